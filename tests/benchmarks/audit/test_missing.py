"""What would let more attacks play: given it, they do. About 6 seconds."""

import numpy as np
import pytest

from benchmarks.audit import attacking, auditing, references
from benchmarks.audit.attacking import Wanted, attacked
from benchmarks.audit.case import Case, both, population_of
from benchmarks.audit.games import table
from benchmarks.audit.missing import Missing, grouped, missing
from benchmarks.audit.outputs import answers_of
from benchmarks.games.evaluate import Evaluated
from benchmarks.naming import registry

N, M, R, C = 400, 100, 8, 3
CLASSES = {"logits": "logits", "probabilities or logits": "probabilities", "predicted classes": "predicted"}
PROXIES = "8 reference models that saw half of the population"


def said(kind, labels, logits):
    """Logits (..., n, C) as an answer of another kind."""
    p = np.exp(logits) / np.exp(logits).sum(-1, keepdims=True)
    own = np.take_along_axis(p, np.broadcast_to(labels[:, None], (*p.shape[:-1], 1)), -1)[..., 0]
    return {"logits": logits, "probabilities": p, "predicted": p.argmax(-1), "loss": -np.log(own)}[kind]


def case(kind, given=()):
    """Random answers of a kind, with what is given besides; and a model that can be asked, where that is given."""
    rng = np.random.default_rng(0)
    kind = next((CLASSES[word] for word in given if word in CLASSES), kind)
    labels, logits = rng.integers(C, size=N + M), rng.normal(size=(1 + R, N + M, C))
    inputs = {"inputs": rng.normal(size=(N + M, 2, 2))} if "inputs" in given else {}
    columns = {"label": labels, kind: said(kind, labels, logits[0]), **inputs}
    answers = answers_of({"member": rng.random(N) < 0.5} | {k: v[:N] for k, v in columns.items()}, {})
    crowd = population_of({k: v[N:] for k, v in columns.items()}, answers, {}) if "a population" in given else None
    others = None
    proxies = PROXIES in given
    if "8 reference models" in given or proxies:
        count = N + (M if crowd else 0)
        seen = rng.random((R, count)) < 0.5
        seen[:, N:] &= proxies
        made = {kind: said(kind, labels, logits[1:])[:, :count], "trained_on": seen}
        others = references.of_columns(made, {}, both(answers, crowd), False)
    ask = (lambda x: np.zeros((len(x), C))) if "a model to ask" in given else None
    return auditing._with_reference(Case(answers, others, crowd))[0], ask


@pytest.fixture
def able(monkeypatch):
    """Who could play, since nobody does."""
    names = []

    def nobody(_contests, attacks):
        names[:] = [attack.name for attack in attacks]
        return Evaluated()

    monkeypatch.setattr(attacking, "evaluate", nobody)
    return names


def lacking(made, ask, able, attacks=("all",)):
    """What each attack lacks in a case; those of `able` nothing."""
    lacks = attacked(made, table(made, ask), Wanted.of(attacks), "audit", "audit").lacks
    assert not set(able) & set(lacks)
    return lacks


@pytest.mark.parametrize("kind", ["logits", "probabilities", "predicted", "loss"])
def test_what_is_said_to_be_missing_lets_them_play(kind, able):
    alone, _ = case(kind)
    groups = grouped(lacking(alone, None, able))
    assert len(groups) > 4
    for group in groups:
        if group.given:
            lacking(*case(kind, group.given), able, ["gap", *group.attacks] if kind != "loss" else group.attacks)
            assert set(group.attacks) <= set(able), group
            for left_out in group.given[kind == "loss" and len(group.given) > 1 :]:  # of losses one more may be named
                fewer = [word for word in group.given if word != left_out]
                assert not set(group.attacks) <= set(playing(kind, fewer, group.attacks, able)), (group, left_out)


def playing(kind, given, attacks, able):
    """Who of the attacks can play where so much is given."""
    made, ask = case(kind, given)
    try:
        attacked(made, table(made, ask), Wanted.of(attacks), "audit", "audit")
    except ValueError:
        return []
    return list(able)


def test_two_references_are_too_few_where_many_records_have_none(able):
    made, _ = case("logits", ["8 reference models"])
    few = references.References(
        references.Said("logits", made.references.said.values[:3]), made.references.trained_on[:3]
    )
    lacks = lacking(Case(made.answers, few), None, able)
    assert lacks["c-loss"] == ("8 reference models",)
    assert "lira-online" in able


def test_attacks_that_lack_the_same_stand_together_and_most_first():
    lacks = {"a": (), "b": ("x", "y"), "c": ("z",), "d": ("z",), "e": ()}
    expected = [Missing(("z",), ("c", "d")), Missing(("x", "y"), ("b",)), Missing((), ("a", "e"))]
    assert grouped(lacks) == expected


def test_an_attack_that_asks_about_changed_records_cannot_be_helped():
    shifts = registry.find(registry.ATTACKS, "label-regression").value
    assert missing(shifts, (), "predicted classes") == ()
