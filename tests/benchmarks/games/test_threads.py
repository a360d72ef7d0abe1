"""Attacks and estimators work in one thread of what they use, torch keeps its own. About 3 seconds."""

from typing import ClassVar

import numpy as np
import pytest
import torch
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.ensemble import HistGradientBoostingClassifier
from threadpoolctl import threadpool_info, threadpool_limits

from attacks import prepare
from benchmarks.audit import audit
from benchmarks.audit.refitting import refit
from benchmarks.games.threads import one_thread

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(300, 5)), RNG.integers(3, size=300)


@pytest.fixture(autouse=True)
def two_threads():
    before = torch.get_num_threads()
    with threadpool_limits(2):
        torch.set_num_threads(2)
        yield
    torch.set_num_threads(before)


def threads(kind):
    """How many of each library of a kind but torch's, as sets; and torch's."""
    found = [of for of in threadpool_info() if of["user_api"] == kind and "/torch/" not in of["filepath"]]
    assert found
    return {of["num_threads"] for of in found}, torch.get_num_threads()


def test_the_limit_is_in_force_within_and_gone_after():
    with one_thread("openmp"):
        assert threads("openmp") == ({1}, 2)
        assert threads("blas") == ({2}, 2)
    with one_thread("blas", "openmp"):
        assert threads("blas") == threads("openmp") == ({1}, 2)
    with pytest.raises(KeyError), one_thread("blas", "openmp"):
        raise KeyError
    assert threads("blas") == threads("openmp") == ({2}, 2)


class Watching(ClassifierMixin, BaseEstimator):
    seen: ClassVar = set()

    def fit(self, x, y):
        self.seen.add(str(threads("openmp")))
        self.inner_ = HistGradientBoostingClassifier(max_iter=1, random_state=0).fit(x, y)
        self.classes_ = self.inner_.classes_
        return self

    def predict_proba(self, x):
        self.seen.add(str(threads("openmp")))
        return self.inner_.predict_proba(x)


def test_estimators_are_refitted_in_one_thread_to_the_same_answers():
    made = refit(Watching(), X, Y, models=1)
    assert Watching.seen == {"({1}, 2)"}
    for answers, rows in zip(made.values, made.trained_on, strict=True):
        alone = HistGradientBoostingClassifier(max_iter=1, random_state=0).fit(X[rows], Y[rows])
        np.testing.assert_array_equal(answers, alone.predict_proba(X))


def test_a_function_trains_in_all_threads():
    seen = []

    def train(inputs, labels, seed):
        seen.append(threads("openmp"))
        return lambda asked: np.tile(np.arange(3.0), (len(asked), 1)) + seed % 7

    refit(train, X, Y, models=1)
    assert seen == [({2}, 2)]


def test_attacks_score_in_one_thread(monkeypatch):
    seen = []
    monkeypatch.setattr("benchmarks.games.playing.prepare", lambda *a: seen.append(threads("openmp")) or prepare(*a))
    audit(
        Y,
        np.random.default_rng(1).random(300) < 0.5,
        np.random.default_rng(2).dirichlet(np.ones(3), 300),
        attacks="loss",
    )
    assert set(map(str, seen)) == {"({1}, 2)"}
