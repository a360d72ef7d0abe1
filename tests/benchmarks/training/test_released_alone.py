"""A defense whose answer about a record depends on who else is asked about trains nothing that anybody could attack."""

from dataclasses import dataclass, replace
from types import SimpleNamespace

import numpy as np
import pytest

from benchmarks.naming.registry import DEFENSES, Plugin, builtin
from benchmarks.training import runner
from benchmarks.training.executors import Here
from benchmarks.training.plan import make
from benchmarks.training.store import Store
from benchmarks.training.suites import find
from datasets import HalfSplit
from defenses import adopt
from models import Recipe

RELEASES = {
    "a generator of the process": lambda context, logits: logits + np.random.normal(size=logits.shape),  # noqa: NPY002
    "the mean of the company": lambda context, logits: logits - logits.mean(0),
    "the place in it": lambda context, logits: logits * np.arange(len(logits))[:, None],
    "the queries": lambda context, logits: logits + context.inputs.mean(),
}


@dataclass(frozen=True)
class Source:
    release: object

    @property
    def steps_of_a_model(self):
        return 1

    def plan(self):
        suite = replace(find("digits"), protocol=HalfSplit(part=60), references=2, trials=1)
        suite = replace(suite, recipe=Recipe(epochs=1, batch=16, learning_rate=1e-2))
        own = Plugin("own", adopt(SimpleNamespace(release=self.release)))
        return make(suite, suite.pool(None), builtin(DEFENSES, "none"), (own,), "adaptive", 0)


def trained(release, folder):
    source = Source(release)
    return runner.train(source.plan(), source, Store(folder), Here()), source.plan()


@pytest.mark.parametrize("name", RELEASES)
def test_a_release_that_depends_on_company_is_refused(name, tmp_path):
    failures, plan = trained(RELEASES[name], tmp_path)
    assert {failure.defense for failure in failures} == {"own"}
    assert len(failures) == sum(defense == "own" for defense, _ in plan.trainings)
    assert {failure.reason for failure in failures} == {
        "release: a record asked alone gets another output than in company"
    }


def test_one_that_does_not_is_attacked(tmp_path):
    assert trained(lambda context, logits: logits + context.uniform(logits.shape[1]), tmp_path)[0] == []
