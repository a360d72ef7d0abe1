"""A model that does not remember what the files say it was trained on is named where another one does. Seconds: 10."""

import numpy as np
import pytest

from benchmarks.audit.case import Case
from benchmarks.audit.outputs import Answers, Said
from benchmarks.audit.references import References
from benchmarks.audit.remembered import of_memory, of_records

N, C = 1200, 10


def case(rng, leak=1.5, references=4, own=None, change=None):
    """n records in random halves of models that are surer of their own by `leak`; `change` alters arrays by name."""
    labels = rng.integers(C, size=N)
    seen = rng.random((1 + references, N)) < 0.5
    z = rng.normal(size=(1 + references, N, C)) + rng.normal(size=(N, 1)) * np.eye(C)[labels]
    z[:, np.arange(N), labels] += 2 + leak * seen
    if own is not None:
        z[0, np.arange(N), labels] += (own - leak) * seen[0]
    of = {"answers": z[0], "member": seen[0], "values": z[1:], "trained_on": seen[1:], "labels": labels}
    of |= change(of, rng) if change else {}
    answers = Answers(of["labels"], of["member"], Said("logits", of["answers"]), {}, None, None, ())
    return Case(answers, References(Said("logits", of["values"]), of["trained_on"]))


def shifted(of, rng):
    return {"trained_on": np.roll(of["trained_on"], 1, axis=1)}


def shuffled(of, rng):
    return {"trained_on": of["trained_on"][:, rng.permutation(N)]}


def coins(of, rng):
    return {"trained_on": rng.random(of["trained_on"].shape) < 0.5}


def within(labels, rng):
    """An order in which every record has another's place of its class."""
    place = np.empty(N, int)
    for label in range(C):
        own = np.flatnonzero(labels == label)
        place[own] = rng.permutation(own)
    return place


def within_classes(of, rng):
    return {"values": of["values"][:, within(of["labels"], rng)]}


def one_model(of, rng):
    trained = of["trained_on"].copy()
    trained[2] = np.roll(trained[2], 1)
    return {"trained_on": trained}


def audited(of, rng):
    return {"member": np.roll(of["member"], 1)}


@pytest.mark.parametrize("change", [shifted, shuffled, coins, within_classes])
@pytest.mark.parametrize("references", [1, 4])
def test_references_in_another_order_are_named(change, references):
    for seed in range(10):
        said = of_memory(case(np.random.default_rng(seed), references=references, change=change))
        assert said.startswith("Reference model 1 answers what it was trained on no better than other records")
        assert ("3 others" in said) == (references == 4)
        assert "the audited model answers what it was trained on better" in said


def test_one_model_in_another_order_is_named_alone():
    said = of_memory(case(np.random.default_rng(0), change=one_model))
    assert said.startswith("Reference model 3 ")
    assert "others" not in said.partition("no better than other records")[2]


def test_an_audited_model_in_another_order_or_with_another_defense_is_named():
    for made in (case(np.random.default_rng(1), change=audited), case(np.random.default_rng(1), own=0.0)):
        said = of_memory(made)
        assert said.startswith("The audited model answers members no better than others")
        assert "reference model" in said


@pytest.mark.parametrize("references", [2, 4])
def test_references_of_other_records_of_the_same_classes_are_noticed(references):
    def other(of, rng):
        place = within(of["labels"], rng)
        return {"values": of["values"][:, place], "trained_on": of["trained_on"][:, place]}

    for seed in range(10):
        made = case(np.random.default_rng(seed), references=references, change=other)
        assert of_memory(made) == ""
        assert of_records(made).startswith("Reference models find the same records hard, and the audited model")


@pytest.mark.parametrize("leak", [0.0, 0.1, 0.2, 0.5, 1.5])
@pytest.mark.parametrize("references", [1, 4, 16])
def test_nothing_is_said_where_all_is_in_order(leak, references):
    for seed in range(40):
        made = case(np.random.default_rng(100 + seed), leak, references)
        assert of_memory(made) == ""
        assert of_records(made) == ""


def test_nothing_is_said_where_kinds_are_few_or_there_are_no_references():
    made = case(np.random.default_rng(0), change=shifted)
    assert of_memory(Case(made.answers)) == ""
    few = case(np.random.default_rng(0), references=1, change=lambda of, rng: {"trained_on": np.arange(N)[None] < 40})
    assert of_memory(few) == ""
