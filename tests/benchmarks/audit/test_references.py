"""Reference models' answers, stacked or one a file, joined by id: the same as if they stood in order."""

import numpy as np
import pytest
from audited import IDS, LABELS, MEMBER, SEX, SHARES, C, N, arrays, written

from benchmarks.audit import outputs, references
from benchmarks.audit.probabilities import Rounding

R = 3
RNG = np.random.default_rng(0)
OTHERS = RNG.dirichlet(np.ones(C), (R, N))
SEEN = RNG.random((R, N)) < 0.5
AUDITED = outputs.answers_of(arrays(), {})
LOSSES = outputs.answers_of(arrays(probabilities=None, loss=np.arange(N) / 4), {})
WITHOUT_IDS = outputs.answers_of(arrays(id=None), {})


def stacked(**changes):
    base = {"probabilities": OTHERS, "trained_on": SEEN, "id": IDS, "label": LABELS}
    return {name: array for name, array in (base | changes).items() if array is not None}


def alone(model, order, key="trained_on", more=0):
    """One model's file, its records in another order, and `more` that are not audited."""
    rng = np.random.default_rng(model)
    made = {
        "label": LABELS[order],
        key: SEEN[model, order],
        "probabilities": OTHERS[model, order],
        "id": IDS[order],
    }
    extra = {
        "label": np.zeros(more, int),
        key: np.zeros(more, bool),
        "probabilities": rng.dirichlet(np.ones(C), more),
        "id": np.array([f"x{i}" for i in range(more)], dtype=str),
    }
    return {name: np.concatenate([extra[name], array]) for name, array in made.items()}


def test_stacked_models_are_read_in_the_order_of_the_audited_records(tmp_path):
    order = np.array([3, 0, 5, 1, 4, 2])
    plain = references.read([written(tmp_path / "a.npz", stacked(id=None))], AUDITED)
    moved = stacked(probabilities=OTHERS[:, order], trained_on=SEEN[:, order], id=IDS[order], label=LABELS[order])
    for found in (plain, references.read([written(tmp_path / "b.npz", moved)], AUDITED)):
        np.testing.assert_array_equal(found.said.values, OTHERS)
        np.testing.assert_array_equal(found.trained_on, SEEN)
        assert found.said.rounding == Rounding(2**-52, False, OTHERS.min())


@pytest.mark.parametrize("suffix", [".npz", ".csv", ".parquet"])
@pytest.mark.parametrize("key", ["trained_on", "member"])
def test_files_of_one_model_each_are_joined_by_id(tmp_path, suffix, key):
    orders = [np.random.default_rng(10 + r).permutation(N) for r in range(R)]
    paths = [written(tmp_path / f"{r}{suffix}", alone(r, order, key, more=r)) for r, order in enumerate(orders)]
    found = references.read(paths, AUDITED)
    np.testing.assert_array_equal(found.said.values, OTHERS)
    np.testing.assert_array_equal(found.trained_on, SEEN)
    assert found.said.rounding.least <= OTHERS.min()


def test_models_with_other_names_and_other_kinds(tmp_path):
    path = written(tmp_path / "a.npz", {"who": SEEN, "z": np.log(OTHERS)})
    found = references.read([path], AUDITED, {"trained_on": "who", "logits": "z"})
    np.testing.assert_array_equal(found.said.logits(0.1).logits, np.log(OTHERS).astype(np.float32))
    path = written(tmp_path / "b.npz", {"loss": -np.log(OTHERS[..., 0]), "trained_on": SEEN, "probabilities": OTHERS})
    found = references.read([path], LOSSES)
    assert found.said.kind == "loss"
    np.testing.assert_array_equal(found.said.values, -np.log(OTHERS[..., 0]))
    path = written(tmp_path / "c.csv", {"loss": np.arange(N) / 8, "trained_on": SEEN[0]})
    assert references.read([path], LOSSES).said.values.shape == (1, N)


def test_the_rounding_of_several_files_is_the_finest(tmp_path):
    made = [alone(r, np.arange(N)) | {"probabilities": np.round(OTHERS[r], 2 + 2 * r)} for r in range(2)]
    found = references.read([written(tmp_path / f"{r}.csv", of) for r, of in enumerate(made)], AUDITED)
    least = min(of["probabilities"][of["probabilities"] > 0].min() for of in made)
    assert found.said.rounding == Rounding(1e-4, True, least)


TWICE, LOST = IDS.copy(), IDS.copy()
TWICE[4], LOST[4] = "r1", "other"
ROW = OTHERS.copy()
ROW[1, 2] *= 0.9
LATE, NAN = SEEN.astype(int), OTHERS.copy()
LATE[2, 4], NAN[1, 4, 0] = 2, np.nan
SAME = OTHERS.copy()
SAME[2] = SHARES
BAD = [
    (AUDITED, stacked(id=TWICE), "id: expected each id once, got 'r1' 2 times"),
    (AUDITED, stacked(id=LOST), "id: expected each audited record, got none of id 'r4'"),
    (AUDITED, stacked(id=IDS[:0], label=None), "id: expected each audited record, got none of id 'r0' and 5 others"),
    (WITHOUT_IDS, stacked(), "expected ids in the audited outputs, too, got none"),
    (
        AUDITED,
        stacked(id=None, probabilities=OTHERS[:, :5]),
        "expected (R, 6, 3), as the audited model's, got shape (3, 5",
    ),
    (AUDITED, stacked(probabilities=OTHERS[:, :5]), "probabilities: expected (R, 6, 3), as the audited model's, got"),
    (AUDITED, stacked(probabilities=OTHERS[..., :2]), "probabilities: expected (R, 6, 3), as the audited model's, got"),
    (
        AUDITED,
        stacked(probabilities=OTHERS[:0], trained_on=SEEN[:0]),
        "expected (R, 6, 3), as the audited model's, got",
    ),
    (
        AUDITED,
        stacked(probabilities=OTHERS[0, 0]),
        "probabilities: expected (R, 6, 3), as the audited model's, got shape",
    ),
    (AUDITED, stacked(trained_on=SEEN[:2]), "trained_on: expected shape (3, 6), as probabilities has, got (2, 6)"),
    (AUDITED, stacked(trained_on=SEEN[0]), "trained_on: expected shape (3, 6), as probabilities has, got (1, 6)"),
    (AUDITED, stacked(trained_on=SEEN + 1), "trained_on of model 1: expected true or false, yes or no, 1"),
    (AUDITED, stacked(trained_on=LATE), "1 or 0, or member or non-member, got 2 in record 5"),
    (AUDITED, stacked(probabilities=NAN), "probabilities of model 2: expected finite numbers, got nan in record 5"),
    (AUDITED, stacked(trained_on=None), "expected a column 'trained_on', who was in each model's training, got"),
    (
        AUDITED,
        stacked(probabilities=None, loss=OTHERS[..., 0]),
        "expected probabilities or logits, as the audited model",
    ),
    (LOSSES, stacked(), "expected loss, as the audited model's answers are, got probabilities, trained_on"),
    (LOSSES, {"loss": -OTHERS[..., 0], "trained_on": SEEN}, "loss of model 1: expected 0 or more, got -0."),
    (
        AUDITED,
        stacked(probabilities=ROW),
        "probabilities of model 2: expected shares that sum to 1 within 1e-05, got 0.9",
    ),
    (
        AUDITED,
        stacked(probabilities=OTHERS * 100),
        "probabilities of model 1: expected shares that sum to 1, they sum to",
    ),
    (AUDITED, stacked(probabilities=SAME), "expected other models, got the audited one's answers from model 3"),
    (
        AUDITED,
        stacked(label=LABELS[::-1]),
        "label: expected the audited records' labels, got others in 4: another order?",
    ),
    (AUDITED, stacked(label=LABELS[:4]), "label: expected shape (6,), a class a record, got (4,)"),
    (AUDITED, stacked(label=LABELS[:4], id=None), "label: expected shape (6,), a class a record, got (4,)"),
]


@pytest.mark.parametrize(("answers", "made", "words"), BAD, ids=range(len(BAD)))
def test_what_are_no_references_is_one_sentence(tmp_path, answers, made, words):
    path = written(tmp_path / "mine.npz", made)
    with pytest.raises(ValueError) as error:
        references.read([path], answers)
    assert words in str(error.value)
    assert str(error.value).startswith(f"{path}: ")
    assert str(error.value).isprintable()


def test_several_files_need_ids_and_one_kind(tmp_path):
    first = written(tmp_path / "0.npz", alone(0, np.arange(N)))
    plain = written(tmp_path / "1.npz", {k: v for k, v in alone(1, np.arange(N)).items() if k != "id"})
    with pytest.raises(ValueError, match=r"1\.npz: expected a column 'id', since there are several files"):
        references.read([first, plain], AUDITED)
    logits = alone(1, np.arange(N))
    logits["logits"] = np.log(logits.pop("probabilities"))
    other = written(tmp_path / "2.npz", logits)
    with pytest.raises(ValueError, match=r"2\.npz: expected probabilities, as .*0\.npz has, got logits"):
        references.read([first, other], AUDITED)
    with pytest.raises(ValueError, match="expected a file or more, got none"):
        references.read([], AUDITED)
    with pytest.raises(ValueError, match=r"3\.csv: expected a file, got nothing there"):
        references.read([first, tmp_path / "3.csv"], AUDITED)


def test_the_audited_file_itself_is_no_reference(tmp_path):
    path = written(tmp_path / "mine.csv", {"label": LABELS, "member": MEMBER, "probabilities": SHARES, "group": SEX})
    with pytest.raises(ValueError, match="got the audited one's answers from model 1"):
        references.read([path], outputs.read(path))
