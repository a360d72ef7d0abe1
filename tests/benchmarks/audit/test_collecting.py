"""What models of torch and scikit-learn answer, against answers by hand; what is refused, in one sentence."""

import re

import numpy as np
import pytest
import torch
from sklearn.calibration import CalibratedClassifierCV
from sklearn.datasets import load_iris
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression, SGDClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.svm import SVC, LinearSVC
from torch.utils.data import (
    BatchSampler,
    DataLoader,
    Dataset,
    IterableDataset,
    RandomSampler,
    SubsetRandomSampler,
    TensorDataset,
)

from benchmarks.audit.collecting import from_sklearn, from_torch, labels_of

X = np.array([[1.0, 2.0], [0.0, -1.0], [3.0, 0.5], [-2.0, 4.0], [0.25, 0.0]])
W, B = np.array([[1.0, 0.0], [0.0, 2.0], [-1.0, 1.0]]), np.array([0.5, 0.0, -0.5])
BY_HAND = np.array(
    [[1.5, 4.0, 0.5], [0.5, -2.0, -1.5], [3.5, 1.0, -3.0], [-1.5, 8.0, 5.5], [0.75, 0.0, -0.75]], np.float32
)
Y = torch.tensor([0, 1, 2, 0, 1])
PAIRS = TensorDataset(torch.tensor(X), Y)


def linear():
    made = torch.nn.Linear(2, 3)
    made.weight.data, made.bias.data = (torch.tensor(of, dtype=torch.float32) for of in (W, B))
    return made


class Ours(torch.nn.Module):
    """Answers what a function makes of the inputs."""

    def __init__(self, answer):
        super().__init__()
        self.answer = answer

    def forward(self, x):
        return self.answer(x)


class Rows(Dataset):
    """A data set of inputs alone."""

    def __len__(self):
        return len(X)

    def __getitem__(self, place):
        return torch.tensor(X[place], dtype=torch.float32)


class Stream(IterableDataset):
    """Pairs that come one after another."""

    def __iter__(self):
        return iter(PAIRS)


@pytest.mark.parametrize(
    ("records", "labelled"),
    [
        (X, False),
        (torch.tensor(X, dtype=torch.float16), False),
        (Rows(), False),
        (TensorDataset(torch.tensor(X)), False),
        (PAIRS, True),
        (DataLoader(PAIRS, batch_size=2), True),
        (DataLoader(PAIRS, batch_size=None), "one by one"),
        (DataLoader(Stream(), batch_size=2), True),
    ],
)
def test_a_linear_layer_answers_as_by_hand(records, labelled):
    if labelled == "one by one":
        with pytest.raises(ValueError, match="expected logits"):
            from_torch(linear(), records)
        return
    for batch in (1, 2, 5, 1024):
        logits, labels = from_torch(linear(), records, batch=batch)
        assert logits.dtype == np.float32
        np.testing.assert_array_equal(logits, BY_HAND)
        assert (labels is not None) == labelled
        if labelled:
            assert labels.dtype == np.int64
            assert labels.tolist() == [0, 1, 2, 0, 1]


def test_modes_gradients_and_generators_are_as_they_were():
    frozen = torch.nn.BatchNorm1d(3).eval()
    model = torch.nn.Sequential(linear(), frozen, torch.nn.Dropout(0.5))
    assert [m.training for m in model.modules()] == [True, True, False, True]
    before, drawn = {k: v.clone() for k, v in model.state_dict().items()}, torch.get_rng_state()
    logits = from_torch(model, DataLoader(PAIRS, batch_size=2)).logits
    np.testing.assert_allclose(logits, BY_HAND / np.sqrt(1 + 1e-5), rtol=1e-6)  # no dropout, and means as at first
    assert [m.training for m in model.modules()] == [True, True, False, True]
    assert all(torch.equal(v, before[k]) for k, v in model.state_dict().items())
    assert torch.equal(torch.get_rng_state(), drawn)
    assert torch.is_grad_enabled()
    with pytest.raises(ValueError):
        from_torch(model, X[:, :1])
    assert [m.training for m in model.modules()] == [True, True, False, True]


def test_inputs_are_asked_in_the_precision_of_the_parameters():
    np.testing.assert_array_equal(from_torch(linear().double(), X.astype(np.float32)).logits, BY_HAND)
    words = torch.nn.Sequential(torch.nn.Embedding(4, 3), torch.nn.Flatten())
    assert from_torch(words, np.array([[0], [3]])).logits.shape == (2, 3)


def grown(x):
    return x.new_zeros(len(x), 2 if float(x[0, 0]) == 1 else 3)


@pytest.mark.parametrize(
    ("model", "records", "sentence"),
    [
        (Ours(lambda x: (x, x)), X, r"model Ours: expected a tensor of logits \(5, C\), got tuple: ask a module"),
        (Ours(lambda x: x[:, 0]), X, r"got float32 of shape \(5,\): of a yes-or-no model, stack 0 and its logit"),
        (Ours(lambda x: x[:, :1]), X, r"of 2 classes or more, got float32 of shape \(5, 1\): of a yes-or-no model"),
        (Ours(lambda x: x.argmax(1)), X, r"got int64 of shape \(5,\)"),
        (Ours(lambda x: x[:2]), X, r"expected logits \(5, C\) of 2 classes or more, got float32 of shape \(2, 2\)"),
        (Ours(grown), X, "model Ours: expected as many classes for each record, got 2 and 3"),
        (Ours(lambda x: x.log()), X, "model Ours: expected finite numbers, got -inf in record 2"),
        (Ours(lambda x: x * float("nan")), X, "expected finite numbers, got nan in record 1"),
        (Ours(lambda x: x @ x), X, r"model Ours: RuntimeError: .* \(test_collecting.py:\d+\)$"),
        (lambda x: x, X, "model: expected a torch.nn.Module, got function"),
        (linear(), X[:0], "expected as many classes for each record, got no record"),
        (linear(), X.tolist(), "records: expected an array, a tensor, a Dataset or a DataLoader, got list"),
        (linear(), np.array(["a"]), "records: expected numbers, got <U1"),
        (linear(), DataLoader(PAIRS, shuffle=True), "order of the data set, got a RandomSampler: give DataLoader"),
        (linear(), DataLoader(PAIRS, sampler=SubsetRandomSampler([1, 0])), "got a SubsetRandomSampler"),
        (linear(), DataLoader(PAIRS, batch_sampler=[[4, 1], [0, 2, 3]]), "got a list"),
        (
            linear(),
            DataLoader(PAIRS, batch_sampler=BatchSampler(RandomSampler(PAIRS), 2, False)),
            "got a RandomSampler",
        ),
        (linear(), DataLoader(Stream(), num_workers=2), "got several workers for one stream"),
        (linear(), DataLoader(PAIRS, batch_size=2, drop_last=True), "got drop_last=True"),
        (linear(), TensorDataset(torch.tensor(X), Y, Y), "inputs and labels, got Tensor, Tensor, Tensor"),
        (linear(), [{"x": 1.0}], "got list"),
        (linear(), TensorDataset(torch.tensor(X), Y + 1), "labels: expected 0 to 2, got 1 to 3: subtract 1"),
        (linear(), TensorDataset(torch.tensor(X), torch.eye(5)), "labels: expected a class for each .* one-hot"),
    ],
)
def test_what_cannot_be_collected_is_one_sentence(model, records, sentence):
    with np.errstate(all="ignore"), pytest.raises(ValueError, match=sentence) as error:
        from_torch(model, records, batch=1 if isinstance(model, Ours) and model.answer is grown else 1024)
    assert "\n" not in str(error.value)


def test_a_data_set_that_fails_is_told_with_its_line():
    class Broken(Rows):
        def __getitem__(self, place):
            raise KeyError("row 3")

    with pytest.raises(ValueError, match=r"^records Broken: KeyError: 'row 3' \(test_collecting.py:\d+\)$"):
        from_torch(linear(), Broken())


NAMES = np.array(["b", "a", "b", "a", "a", "b"])
POINTS = np.array([[0.0], [4.0], [1.0], [5.0], [4.5], [0.5]])


def test_columns_and_labels_follow_the_estimator_s_classes():
    model = GaussianNB().fit(POINTS, NAMES)
    assert model.classes_.tolist() == ["a", "b"]
    said = from_sklearn(model, [[0.0], [5.0]])
    assert said.dtype == np.float64
    assert said[0, 1] > 0.99  # b
    assert said[1, 0] > 0.99
    labels = labels_of(model, ["b", "a", "b"])
    assert labels.dtype == np.int64
    assert labels.tolist() == [1, 0, 1]
    turned = GaussianNB().fit(POINTS, NAMES)
    turned.classes_ = np.array(["b", "a"])  # an estimator may have an order of its own
    assert labels_of(turned, NAMES).tolist() == [0, 1, 0, 1, 1, 0]
    assert labels_of(GaussianNB().fit(POINTS, [3, 7, 3, 7, 7, 3]), [7.0, 3.0]).tolist() == [1, 0]


def test_shares_are_those_of_the_training_labels():
    model = DummyClassifier(strategy="prior").fit(POINTS, NAMES[[0, 1, 1, 1, 0, 1]])
    np.testing.assert_array_equal(from_sklearn(model, POINTS[:2]), [[4 / 6, 2 / 6]] * 2)


class Single:
    """Answers in the precision of float32."""

    classes_ = np.array([0, 1])

    def predict_proba(self, x):
        return np.full((len(x), 2), 0.5, np.float32)


def test_the_precision_stays_the_estimator_s():
    assert from_sklearn(Single(), POINTS).dtype == np.float32


class Halves(Single):
    """Shares that sum to one half."""

    def predict_proba(self, x):
        return np.full((len(x), 2), 0.25)


class Wider(Single):
    """More columns than classes."""

    def predict_proba(self, x):
        return np.full((len(x), 4), 0.25)


class Missing(Single):
    """NaN."""

    def predict_proba(self, x):
        return np.full((len(x), 2), np.nan)


def fitted(estimator, y=NAMES):
    return estimator.fit(POINTS, y)


BOTH = fitted(DummyClassifier(strategy="prior"), np.stack([NAMES, NAMES], 1))


@pytest.mark.parametrize(
    ("estimator", "sentence"),
    [
        (
            fitted(LinearSVC()),
            r"estimator LinearSVC: expected predict_proba, got decision_function alone, .*Calibrated",
        ),
        (SVC(), r"SVC: expected predict_proba, got decision_function alone, whose margins are no probabilities"),
        (LinearRegression(), "estimator LinearRegression: expected predict_proba, got none"),
        (LogisticRegression, "estimator: expected an estimator, got the class LogisticRegression: call it"),
        (LogisticRegression(), "estimator LogisticRegression: NotFittedError: This LogisticRegression instance"),
        (BOTH, "estimator DummyClassifier: expected a fitted classifier with classes_, got several outputs"),
        (Halves(), "estimator Halves: expected shares that sum to 1 within 0.01, got 0.5 in record 1"),
        (Wider(), r"estimator Wider: expected probabilities \(6, 2\) of 2 classes or more, got shape \(6, 4\)"),
        (Missing(), "estimator Missing: expected finite numbers, got nan in record 1"),
        (fitted(DummyClassifier(), ["a"] * 6), r"of 2 classes or more, got shape \(6, 1\)"),
    ],
)
def test_what_is_no_classifier_s_answer_is_one_sentence(estimator, sentence):
    with pytest.raises(ValueError, match=sentence) as error:
        from_sklearn(estimator, POINTS)
    assert "\n" not in str(error.value)


def test_margins_can_be_calibrated_as_the_advice_says():
    x, y = load_iris(return_X_y=True)
    model = CalibratedClassifierCV(SGDClassifier(random_state=0), cv=2).fit(x, y)
    assert from_sklearn(model, x).shape == (150, 3)


@pytest.mark.parametrize(
    ("y", "sentence"),
    [
        (["a", "c"], "labels: expected classes that GaussianNB knows ('a', 'b'), got 'c' in record 2"),
        ([0, 1], "got 0 in record 1"),
        (["a", None], "got None in record 2"),
        ([["a"]], "labels: expected a class for each record, got shape (1, 1)"),
    ],
)
def test_labels_that_the_estimator_does_not_know_are_refused(y, sentence):
    with pytest.raises(ValueError, match=re.escape(sentence)):
        labels_of(fitted(GaussianNB()), y)
