"""Reference models trained anew: the design, what is trained and what is found again, and that they find members."""

from pathlib import Path

import numpy as np
import pytest
import scipy.sparse
import torch
from scipy.stats import norm
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.datasets import load_digits
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC

from benchmarks.audit.collecting import from_sklearn, from_torch, labels_of
from benchmarks.audit.refitting import design, refit
from benchmarks.statistics.curves import Curve
from benchmarks.statistics.telling import refuse_telling

RNG = np.random.default_rng(0)
N, M, C = 40, 7, 2
X, OTHERS = RNG.normal(size=(N, 3)), RNG.normal(size=(M, 3))
Y = (X[:, 0] > 0).astype(int)
NAMES = np.array(["no", "yes"])[Y]


class Means(ClassifierMixin, BaseEstimator):
    """Says the share of each class among its training records, and counts in a file how often it was fitted."""

    def __init__(self, log, weight=0.0, random_state=None):
        self.log, self.weight, self.random_state = log, weight, random_state

    def fit(self, x, y):
        with open(self.log, "a", encoding="utf-8") as file:
            file.write(f"{self.random_state}\n")
        stop = Path(f"{self.log}.stop")
        if stop.exists() and fits(Path(self.log)) == 3:
            raise (KeyboardInterrupt if stop.stat().st_size else RuntimeError)("enough")
        self.classes_, counts = np.unique(y, return_counts=True)
        self.shares = counts / len(y)
        return self

    def predict_proba(self, x):
        return np.tile(self.shares, (len(x), 1))


@pytest.fixture
def log(tmp_path):
    path = tmp_path / "log"
    path.write_text("")
    return path


def fits(log):
    return len(log.read_text().splitlines())


def mean_of(inputs, labels, seed):
    """A function that trains: logits of the mean of the first column, and of the seed."""
    center = float(np.mean(inputs[:, 0])) if len(inputs) else 0.0
    return lambda x: np.stack([x[:, 0] - center, np.full(len(x), seed % 7.0)], axis=1)


def test_models_are_trained_on_their_halves_and_answer_all_records(log):
    made = refit(Means(str(log)), X, NAMES, models=5, others=OTHERS, seed=3)
    assert made.kind == "probabilities"
    assert made.values.shape == (5, N, C)
    assert made.others.shape == (5, M, C)
    np.testing.assert_array_equal(made.trained_on, design(N, 5, 0.5, 3))
    assert not made.every.trained_on[:, N:].any()
    for seen, said, other in zip(made.trained_on, made.values, made.others, strict=True):
        by_hand = [np.mean(NAMES[seen] == name) for name in ("no", "yes")]
        np.testing.assert_allclose(said, np.tile(by_hand, (N, 1)), rtol=1e-15)
        np.testing.assert_allclose(other, np.tile(by_hand, (M, 1)), rtol=1e-15)
    assert made.every.said.rounding is not None
    states = log.read_text().split()
    assert len(set(states)) == 5
    assert "None" not in states


def test_the_estimator_that_is_given_stays_as_it_is():
    forest = RandomForestClassifier(2, random_state=5)
    refit(forest, X, Y, models=1)
    assert forest.random_state == 5
    assert not hasattr(forest, "classes_")


def test_a_function_is_given_its_records_and_its_seed():
    calls = []

    def train(inputs, labels, seed):
        calls.append((inputs.copy(), labels.copy(), seed))
        inputs[:] = 0  # its own
        predict = mean_of(inputs, labels, seed)

        def spoiling(x):
            made = predict(x)
            x[:] = 0
            return made

        return spoiling

    made = refit(train, X, Y, models=3, others=OTHERS)
    assert made.kind == "logits"
    assert made.values.dtype == np.float32
    assert len({seed for _, _, seed in calls}) == 3
    for (inputs, labels, seed), seen, said in zip(calls, made.trained_on, made.values, strict=True):
        np.testing.assert_array_equal(inputs, X[seen])
        np.testing.assert_array_equal(labels, Y[seen])
        np.testing.assert_allclose(said, np.stack([X[:, 0], np.full(N, seed % 7)], axis=1), rtol=1e-6)


def test_a_torch_function_gives_what_its_module_answers():
    def train(inputs, labels, seed):
        layer = torch.nn.Linear(3, C)  # of the process's generator, which starts anew for each model
        return lambda x: from_torch(layer, x).logits

    drawn = torch.get_rng_state()
    one, two = (refit(train, X, Y, models=2).values for _ in range(2))
    np.testing.assert_array_equal(one, two)
    assert not np.array_equal(one[0], one[1])
    assert torch.equal(torch.get_rng_state(), drawn)


def test_every_membership_is_a_coin_of_its_own():
    seen = design(500, 200, 0.5, 1)
    assert abs(seen.mean() - 0.5) < 5 * 0.5 / np.sqrt(seen.size)
    sizes = seen.sum(1)
    assert np.var(sizes) / 125 == pytest.approx(1, abs=5 * np.sqrt(2 / 200))  # n / 4, as of a binomial number
    assert np.var(seen.sum(0)) / 50 == pytest.approx(1, abs=5 * np.sqrt(2 / 500))
    r = np.corrcoef(seen)[np.triu_indices(200, 1)]
    assert abs(r.mean()) < 5 / np.sqrt(500 * len(r))
    assert np.abs(r).max() < 6 / np.sqrt(500)
    refuse_telling(seen, 0, 1, range(2, 200))
    assert design(10_000, 1, 0.2).mean() == pytest.approx(0.2, abs=5 * 0.4 / 100)


def test_more_models_leave_the_first_as_they_are_and_seeds_differ():
    np.testing.assert_array_equal(design(N, 4), design(N, 9)[:4])
    assert not np.array_equal(design(N, 4), design(N, 4, seed=1))
    few, many, other = (
        refit(RandomForestClassifier(3), X, Y, models=models, seed=seed).values
        for models, seed in ((2, 0), (3, 0), (2, 1))
    )
    np.testing.assert_array_equal(few, many[:2])
    assert not np.array_equal(few, other)


@pytest.mark.parametrize(("stop", "told"), [("killed", KeyboardInterrupt), ("", ValueError)])
def test_a_killed_run_goes_on_where_it_was(tmp_path, log, stop, told):
    def run(models=5):
        return refit(Means(str(log)), X, Y, models=models, store=tmp_path / "store").values

    whole = refit(Means(str(log)), X, Y, models=5).values
    log.write_text("")
    (tmp_path / "log.stop").write_text(stop)
    with pytest.raises(told, match="enough"):
        run()
    assert fits(log) == 3
    assert len(list((tmp_path / "store" / "outputs").iterdir())) == 2
    (tmp_path / "log.stop").unlink()
    np.testing.assert_array_equal(run(), whole)
    assert fits(log) == 3 + 3
    np.testing.assert_array_equal(run(6)[:5], whole)
    assert fits(log) == 6 + 1


@pytest.mark.parametrize(
    "change",
    [
        {"train": lambda log: Means(log, weight=1.0)},
        {"train": lambda log: make_pipeline(Means(log))},
        {"inputs": X + 1},
        {"inputs": X[::-1].copy()},
        {"labels": 1 - Y},
        {"seed": 1},
        {"share": 0.25},
        {"name": "the second"},
        {"others": OTHERS},
        {"others": OTHERS * 2},
    ],
)
def test_whatever_is_another_is_trained_anew_and_all_else_is_found(tmp_path, log, change):
    def run(train=Means, inputs=X, labels=Y, **options):
        made = refit(train(str(log)), inputs, labels, models=2, store=tmp_path / "store", **options)
        return made, fits(log)

    first, count = run()
    assert count == 2
    found, count = run()
    assert count == 2
    np.testing.assert_array_equal(first.every.said.values, found.every.said.values)
    assert run(**change)[1] == 4
    assert run(**change)[1] == 4
    assert run()[1] == 4


def edit(path, place=-1):
    data = bytearray(path.read_bytes())
    data[place] ^= 1
    path.write_bytes(data)


def swapped(folder):
    other = next(path for path in folder.parent.iterdir() if path != folder)
    folder.rename(folder.parent / "aside")
    other.rename(folder)


@pytest.mark.parametrize(
    "damage",
    [
        lambda folder: edit(folder / "answers.npy"),
        lambda folder: edit(folder / "spec.json", 30),
        lambda folder: (folder / "answers.npy").write_bytes(b""),
        lambda folder: (folder / "answers.npy").unlink(),
        lambda folder: (folder / "facts.json").unlink(),
        swapped,
    ],
)
def test_what_is_damaged_or_another_s_is_not_used(tmp_path, log, capsys, damage):
    made = refit(Means(str(log)), X, Y, models=2, store=tmp_path)
    damage(sorted((tmp_path / "outputs").iterdir())[0])
    again = refit(Means(str(log)), X, Y, models=2, store=tmp_path)
    np.testing.assert_array_equal(made.values, again.values)
    assert fits(log) == (4 if damage is swapped else 3)
    assert capsys.readouterr().err.count("removed from the store; the model is trained again") == 1


def test_training_that_changes_what_it_uses_is_told(tmp_path, capsys):
    losses = []

    def train(inputs, labels, seed):
        losses.append(seed)
        return mean_of(inputs, labels, seed)

    refit(train, X, Y, models=2, store=tmp_path)
    said = "warning: function train changes values that it uses, so this process will not find its answers again\n"
    assert capsys.readouterr().err == said
    losses.clear()
    refit(train, X, Y, models=2, store=tmp_path)
    assert losses == []


def test_a_class_that_a_model_did_not_see_has_no_share():
    y = np.where(np.arange(N) == 0, "maybe", NAMES)  # before "no" and "yes"
    made = refit(GaussianNB(), X, y, models=6)
    saw = made.trained_on[:, 0]
    assert saw.any()
    assert not saw.all()
    np.testing.assert_array_equal(made.values[~saw, :, 0], 0)
    np.testing.assert_allclose(made.values.sum(2), 1)


def test_tables_and_sparse_matrices_are_records_too():
    pd = pytest.importorskip("pandas")
    plain = refit(LogisticRegression(), X, Y, models=2).values
    table = refit(LogisticRegression(), pd.DataFrame(X, index=range(5, 5 + N)), pd.Series(Y), models=2).values
    sparse = refit(LogisticRegression(), scipy.sparse.csr_matrix(X), Y, models=2).values
    np.testing.assert_allclose(plain, table, rtol=1e-12)
    np.testing.assert_allclose(plain, sparse, rtol=1e-3)


def answering(answer):
    return lambda inputs, labels, seed: answer


def uneven(inputs, labels, seed):
    return lambda x: np.zeros((len(x), 2 + seed % 2))


@pytest.mark.parametrize(
    ("train", "options", "sentence"),
    [
        (LinearSVC(), {}, "estimator LinearSVC: expected predict_proba, got decision_function alone"),
        (LogisticRegression, {}, "expected an estimator, got the class LogisticRegression: call it"),
        ("forest", {}, r"train: expected an estimator, or a function \(inputs, labels, seed\) -> predict, got str"),
        (LogisticRegression(C=-1.0), {}, "estimator LogisticRegression: InvalidParameterError: The 'C' parameter"),
        (answering(3), {}, "function <lambda>: expected a function that answers inputs, got int"),
        (answering(lambda x: x[0]), {}, r"expected logits \(40, C\) of 2 classes or more, got float64 of shape \(3,\)"),
        (answering(lambda x: x[:, :1]), {}, r"got float64 of shape \(40, 1\)"),
        (answering(lambda x: x * np.nan), {}, "expected finite numbers that float32 holds, got nan in record 1"),
        (answering(lambda x: np.full((40, 2), 1e300)), {}, "that float32 holds, got 1e[+]300 in record 1"),
        (answering(lambda x: x @ x), {}, r"^function <lambda>: ValueError: matmul.* \(test_refitting.py:\d+\)$"),
        (lambda x, y: 1, {}, r"^function <lambda>: TypeError: .* takes 2 positional arguments but 3 were given"),
        (uneven, {"models": 9}, r"function uneven: expected answers \(40, \d\) of each model, got \(40, \d\) of model"),
        (GaussianNB(), {"labels": Y[1:]}, "labels: expected 40, one a record of inputs, got 39"),
        (GaussianNB(), {"labels": np.eye(2)[Y]}, r"labels: expected a class for each record, got float64 of shape"),
        (mean_of, {"labels": NAMES}, "labels: expected classes as whole numbers from 0, got '(yes|no)'"),
        (mean_of, {"labels": -Y}, "labels: expected 0 or more, got -1 in record"),
        (mean_of, {"inputs": np.float64(3)}, r"inputs: expected records \(n, ...\), got shape \(\)"),
        (mean_of, {"others": OTHERS[:0]}, r"others: expected records \(n, ...\), got shape \(0, 3\)"),
        (mean_of, {"models": 0}, "models: expected 1 or more, got 0"),
        (mean_of, {"share": 1.0}, "share: expected a number between 0 and 1, got 1"),
        (mean_of, {"seed": -1}, "seed: expected 0 or more, got -1"),
    ],
)
def test_what_cannot_be_trained_is_one_sentence(train, options, sentence):
    with pytest.raises(ValueError, match=sentence) as error:
        refit(train, **{"inputs": X, "labels": Y, "models": 2} | options)
    assert "\n" not in str(error.value)


def test_a_procedure_that_cannot_be_described_needs_a_name_to_be_kept(tmp_path):
    file = open(tmp_path / "open", "w", encoding="utf-8")  # noqa: SIM115

    def train(inputs, labels, seed):
        file.write("one\n")
        return mean_of(inputs, labels, seed)

    with file:
        refit(train, X, Y, models=1)
        with pytest.raises(ValueError, match=r"^train.file: expected what can be told .* give the procedure a name=$"):
            refit(train, X, Y, models=1, store=tmp_path / "store")
        refit(train, X, Y, models=1, store=tmp_path / "store", name="first")
        refit(train, X, Y, models=1, store=tmp_path / "store", name="first")
    assert (tmp_path / "open").read_text() == "one\n" * 2


def test_a_store_that_cannot_be_written_is_said_before_training(tmp_path, log):
    with pytest.raises(ValueError, match="store: expected a folder, got"):
        refit(Means(str(log)), X, Y, store=log / "inner")
    assert fits(log) == 0


def test_forests_trained_anew_find_the_members_of_another():
    """LiRA (Carlini et al. 2022, equation 4) with one deviation for all records, in ten lines of its own."""
    x, y = load_digits(return_X_y=True)
    x, y, member = x[:400], y[:400], np.random.default_rng(1).random(400) < 0.5
    model = RandomForestClassifier(20, random_state=0).fit(x[member], y[member])
    labels = labels_of(model, y)

    def phi(shares):
        p = np.clip(np.take_along_axis(shares, np.broadcast_to(labels, shares.shape[:-1])[..., None], -1), 0.01, 0.99)
        return np.log(p / (1 - p))[..., 0]

    made = refit(RandomForestClassifier(20), x, y, models=12)
    others, target = phi(made.values), phi(from_sklearn(model, x))
    means = [others.mean(0, where=kind) for kind in (made.trained_on, ~made.trained_on)]
    inside, outside = (norm.logpdf(target, mean, others.std()) for mean in means)
    assert Curve.of(inside - outside, member).auc() > 0.85
    shuffled = Curve.of(inside - outside, np.random.default_rng(2).permutation(member)).auc()
    assert abs(shuffled - 0.5) < 5 * np.sqrt(401 / (12 * 200 * 200))
    refuse_telling(np.concatenate([member[None], made.trained_on]), 0, 1, range(2, 13))


def test_a_pipeline_is_given_random_states_within():
    made = refit(make_pipeline(StandardScaler(), RandomForestClassifier(2)), X, Y, models=3)
    again = refit(make_pipeline(StandardScaler(), RandomForestClassifier(2)), X, Y, models=3)
    np.testing.assert_array_equal(made.values, again.values)


@pytest.mark.parametrize("seed", [0, [0], [0, 0], [0, 0, 0], 1])
def test_no_model_is_trained_on_what_a_user_may_have_drawn(seed):
    member = np.random.default_rng(seed).random(400) < 0.5
    for model in design(400, 8):
        assert abs((model == member).mean() - 0.5) < 0.1  # 4 deviations
