"""Sound files are read the same in every format, and probabilities become logits at the file's own precision."""

import numpy as np
import pandas as pd
import pytest
from audited import IDS, LABELS, MEMBER, SEX, SHARES, C, N, arrays, flat, written
from sklearn.datasets import load_digits
from sklearn.ensemble import RandomForestClassifier

from attacks import Outputs
from benchmarks.audit.outputs import answers_of, read
from benchmarks.audit.probabilities import Rounding, logits_of, rounding_of
from benchmarks.statistics.curves import Curve

SUFFIXES = (".npz", ".csv", ".parquet")


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_every_format_gives_the_same_answers(tmp_path, suffix):
    found = read(written(tmp_path / f"mine{suffix}", arrays(extra=np.arange(N))))
    np.testing.assert_array_equal(found.labels, LABELS)
    np.testing.assert_array_equal(found.member, MEMBER)
    assert found.member.dtype == bool
    assert found.said.kind == "probabilities"
    np.testing.assert_array_equal(found.said.values, SHARES)
    assert found.said.rounding == Rounding(1e-3, True, 0.125)
    assert {name: words.tolist() for name, words in found.groups.items()} == {"group": SEX.tolist()}
    assert found.ids.tolist() == IDS.tolist()
    assert found.left == ("extra",)
    assert found.inputs is None
    logits = found.said.logits(found.said.rounding.floor(C))
    assert logits.count == 2
    np.testing.assert_allclose(np.exp(logits.logits[2]), [0.0005 / 3, 0.0005 / 3, 1], rtol=1e-6)
    np.testing.assert_allclose(logits.logits[0], np.log(SHARES[0]), rtol=1e-6)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_the_users_own_names_are_in_the_order_of_classes(tmp_path, suffix):
    made = {"y": LABELS, "seen": MEMBER.astype(int), "p_b": SHARES[:, 1], "p_a": SHARES[:, 0], "p_c": SHARES[:, 2]}
    made |= {"sex": SEX, "age": np.arange(N) * 10, "weight": np.arange(N) + 0.5, "label": np.zeros(N)}
    names = {
        "labels": "y",
        "member": "seen",
        "probabilities": ("p_a", "p_b", "p_c"),
        "groups": ("sex", "age"),
        "inputs": ("age", "weight"),
    }
    found = read(written(tmp_path / f"mine{suffix}", made), names)
    np.testing.assert_array_equal(found.said.values, SHARES)
    np.testing.assert_array_equal(found.labels, LABELS)
    np.testing.assert_array_equal(found.member, MEMBER)
    assert list(found.groups) == ["sex", "age"]
    assert found.groups["age"].tolist() == ["0", "10", "20", "30", "40", "50"]
    np.testing.assert_array_equal(found.inputs, np.column_stack([np.arange(N) * 10, np.arange(N) + 0.5]))
    assert found.left == ("label",)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_numbered_columns_are_sorted_by_number(tmp_path, suffix):
    shares = np.full((N, 12), 0.03125)
    shares[:, 10] = 1 - 11 * 0.03125
    columns = {f"prob_{c}": shares[:, c] for c in sorted(range(12), key=str)}
    assert list(columns).index("prob_10") < list(columns).index("prob_2")
    found = read(written(tmp_path / f"mine{suffix}", arrays(probabilities=None) | columns))
    np.testing.assert_array_equal(found.said.values, shares)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_logits_losses_and_predicted_classes_are_read_as_they_stand(tmp_path, suffix):
    logits = SHARES.astype(np.float32) * 8 - 3
    single = {"loss": np.arange(N) / 4, "predicted": LABELS[::-1].copy()}
    wide = {f"logit_{c}": logits[:, c] for c in range(C)}
    base = arrays(probabilities=None)
    found = read(written(tmp_path / f"a{suffix}", base | wide | single))
    assert (found.said.kind, found.left) == ("logits", ("loss", "predicted"))
    np.testing.assert_array_equal(found.said.values, logits)
    made = found.said.logits(0.1)
    assert (made.logits.dtype, made.count) == (np.float32, 0)
    np.testing.assert_array_equal(made.logits, logits)
    for kind in single:
        found = read(written(tmp_path / f"{kind}{suffix}", base | {kind: single[kind]}))
        assert found.said.kind == kind
        np.testing.assert_array_equal(found.said.values, single[kind])


def test_words_for_members_and_text_with_a_mark_at_its_start(tmp_path):
    text = "\ufefflabel,member, loss\r\n0,True,0.5\r\n1,false,1\r\n\r\n1,1,2\r\n0,0.0,1e-3\r\n"
    found = read(written(tmp_path / "a.csv", text))
    assert found.member.tolist() == [True, False, True, False]
    assert found.said.values.tolist() == [0.5, 1, 2, 0.001]


def test_membership_in_any_mixture_of_words(tmp_path):
    words = ["yes", "No", "TRUE", "false", "1", "0", "1.0", "0.0", "Member", "non-member", "T RUE"]
    text = "label,member,loss\n" + "".join(f"{i % 2}, {word} ,1\n" for i, word in enumerate(words[:-1]))
    assert read(written(tmp_path / "a.csv", text)).member.tolist() == [True, False] * 5
    with pytest.raises(ValueError, match=r"member: expected true or false, .* got 'T RUE' in row 12"):
        read(written(tmp_path / "a.csv", f"{text}0,T RUE,1\n"))


TEXT = "label,member,group,prob_0,prob_1\n0,1,é,0.75,0.25\n1,0,b,0.5,0.5\n"
WAYS = {
    "utf-8": TEXT,
    "semicolons": TEXT.replace(",", ";"),
    "tabs": TEXT.replace(",", "\t"),
    "empty rows": TEXT + ",,,,\n",
}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("way", WAYS)
def test_text_as_spreadsheets_write_it(tmp_path, way, encoding):
    found = read(written(tmp_path / "a.csv", WAYS[way].encode(encoding)))
    assert found.said.values.tolist() == [[0.75, 0.25], [0.5, 0.5]]
    assert found.groups["group"].tolist() == ["é", "b"]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_records_of_no_group_are_the_group_unknown(tmp_path, suffix):
    kind = np.array(
        [*"abc", None if suffix == ".parquet" else "", "  ", "unknown"], object if suffix == ".parquet" else str
    )
    age = np.array([7, 8, np.nan, 7, 8, np.nan])
    names = {"groups": ("kind", "age")}
    if suffix == ".csv":
        age = np.array(["7", "8", "", "7", "8", ""])
    found = read(written(tmp_path / f"mine{suffix}", arrays(kind=kind, age=age)), names)
    assert found.groups["kind"].tolist() == ["a", "b", "c", "unknown", "unknown", "unknown"]
    assert found.groups["age"].tolist() == ["7", "8", "unknown"] * 2


def test_ids_with_markup_and_signed_numbers_are_words_like_others():
    ids = np.array(["<script>", "-1", "+3.5", "a b", "é", "5"])
    assert answers_of(arrays(id=ids), {}).ids.tolist() == ids.tolist()


def printed(words):
    return rounding_of(np.array([[float(word) for word in words]]), [list(words)])


def test_the_step_of_text_is_its_last_printed_decimal():
    assert printed(["0.5000", "0.5000", "0"]) == Rounding(1e-4, True, 0.5)
    assert printed(["0.5", "0.49", "1e-02"]) == Rounding(1e-2, True, 0.01)
    assert printed(["1.5e-05", "0.5", "2.25E-1"]) == Rounding(1e-6, True, 1.5e-05)
    assert printed(["1", "0"]) == Rounding(1.0, True, 1.0)
    assert printed(["1e0", "0e+0"]).step == 1.0


@pytest.mark.parametrize(("dtype", "step"), [(np.float16, 2**-10), (np.float32, 2**-23), (np.float64, 2**-52)])
def test_the_step_of_an_array_is_that_of_its_type(dtype, step):
    shares = np.random.default_rng(0).dirichlet(np.ones(5), 40).astype(dtype)
    shares[0] = [1, 0, 0, 0, 0]
    found = answers_of({"label": np.arange(40) % 5, "member": np.arange(40) < 20, "probabilities": shares}, {})
    least = float(shares[shares > 0].min())
    assert found.said.rounding == Rounding(step, False, least)
    floor = found.said.rounding.floor(5)
    assert floor == min(step, least) / 10
    made = found.said.logits(floor)
    assert made.count == 4
    np.testing.assert_allclose(made.logits[0], [0, *[np.log(floor)] * 4], rtol=1e-6)


def test_rounded_numbers_have_the_same_step_in_arrays_and_in_text(tmp_path):
    rng = np.random.default_rng(1)
    for decimals in (2, 4):
        shares = np.round(rng.dirichlet(np.ones(C), N), decimals)
        for dtype in (np.float32, np.float64):
            made = arrays(probabilities=shares.astype(dtype))
            for suffix in SUFFIXES:
                rounding = read(written(tmp_path / f"mine{suffix}", made)).said.rounding
                assert (rounding.step, rounding.decimals) == (10.0**-decimals, True)


def test_a_zero_never_outranks_what_is_greater():
    values = np.array([[1, 0, 1e-30], [0.5, 0.5, 5e-324]])
    rounding = Rounding(2**-52, False, 5e-324)
    made = logits_of(values, rounding.floor(3)).logits
    assert np.isfinite(made).all()
    assert made[0, 1] < made[0, 2]
    assert made[0, 1] <= made[1, 2]


def test_blocks_change_nothing(monkeypatch):
    shares = np.random.default_rng(2).dirichlet(np.ones(4), (3, 7))
    shares[1, 2, 3] = 0
    whole = logits_of(shares, 1e-9)
    monkeypatch.setattr("benchmarks.audit.probabilities.BLOCK", 2)
    parts = logits_of(shares, 1e-9)
    np.testing.assert_array_equal(whole.logits, parts.logits)
    np.testing.assert_allclose(whole.logits, np.log(np.maximum(shares, 1e-9)), rtol=1e-6)
    assert whole.count == parts.count == 1


@pytest.mark.parametrize(
    ("dtype", "off", "fits"),
    [(np.float16, 0.01, True), (np.float16, 0.03, False), (np.float32, 5e-6, True), (np.float32, 3e-5, False)],
)
def test_sums_may_be_off_by_what_the_type_rounds(dtype, off, fits):
    shares = np.random.default_rng(3).dirichlet(np.ones(C), N)
    shares[4] *= 1 + off
    made = arrays(probabilities=shares.astype(dtype))
    if fits:
        answers_of(made, {})
    else:
        with pytest.raises(ValueError, match=r"sum to 1 within .* in record 5"):
            answers_of(made, {})


def test_many_rounded_classes_are_allowed_half_a_step_each(tmp_path):
    shares = np.full((N, 30), 0.033)  # 0.99 in all, within 30 halves of 0.001
    path = written(tmp_path / "a.csv", flat(arrays(probabilities=shares)) | {"label": LABELS})
    assert read(path).said.rounding.allowed(30) == pytest.approx(0.015)
    with pytest.raises(ValueError, match=r"sum to 1 within 0\.01, got 0\.96 in row 2"):
        read(written(path, arrays(probabilities=np.round(shares - 0.001, 3))))


def test_pandas_writes_what_is_read_in_full(tmp_path):
    shares = np.random.default_rng(4).dirichlet(np.ones(C), N).astype(np.float32)
    path = tmp_path / "a.csv"
    pd.DataFrame(flat(arrays(probabilities=shares))).to_csv(path, index=False)
    np.testing.assert_array_equal(read(path).said.values.astype(np.float32), shares)


def test_a_forests_shares_say_the_same_in_every_format(tmp_path):
    """Shares of 40 trees, 0 of them included, are signals without infinities, in the order of the shares."""
    x, y = load_digits(return_X_y=True)
    member = np.random.default_rng(5).random(len(y)) < 0.5
    forest = RandomForestClassifier(40, random_state=0).fit(x[member], y[member])
    shares = forest.predict_proba(x)
    made = {"label": y, "member": member, "probabilities": shares}
    found = [read(written(tmp_path / f"mine{suffix}", made)) for suffix in SUFFIXES]
    for each in found:
        assert each.said.rounding == Rounding(1e-3, True, 0.025)  # a fortieth has three decimals
        logits = each.said.logits(each.said.rounding.floor(10))
        assert logits.count == (shares == 0).sum() > 1000
        signal = Outputs(logits.logits[:, None], each.labels).signal("log_p")[:, 0]
        assert np.isfinite(signal).all()
        own = np.take_along_axis(shares, y[:, None], 1)[:, 0]
        assert Curve.of(signal, member).auc() == pytest.approx(Curve.of(own, member).auc(), abs=1e-3)
        assert Curve.of(signal, member).auc() > 0.7
