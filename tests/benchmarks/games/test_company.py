"""An attack says the same alone, in company, in any order, and beside one that spoils all that it can reach."""

import random
import warnings
from types import SimpleNamespace

import numpy as np
import pytest
import torch

import attacks
from benchmarks.games.game import OFFERS, Contest, Game
from benchmarks.games.playing import play_all
from benchmarks.naming.registry import ATTACKS, Plugin, builtin


class Spoils:
    """Writes through torch into all that it is handed, then changes what the process shares."""

    access, needs, uses = "logit", "shadow", ("population", "inputs", "ask")

    def score(self, evidence, rehearsal, rng):
        warnings.simplefilter("ignore")  # torch's, of arrays that are not to be written to
        for side in (evidence, rehearsal.evidence, evidence.population):
            handed = [side.labels, side.trained_on, side.target, side.references, *side.signal("phi")]
            for array in [*handed, *side.signal("log_p"), rehearsal.member]:
                torch.from_numpy(array).zero_()
        torch.from_numpy(evidence.inputs).zero_()
        evidence.ask(evidence.inputs)
        torch.set_default_dtype(torch.float64)
        np.seterr(all="raise")
        np.random.seed(1)  # noqa: NPY002
        return np.random.random(len(evidence.labels))  # noqa: NPY002

    def decide(self, evidence, rehearsal, alphas, rng):
        verdicts = np.zeros((len(alphas), len(evidence.labels)), bool)
        torch.from_numpy(alphas).zero_()
        return verdicts


class Guesses:
    """Draws from all generators that there are."""

    def score(self, evidence, rehearsal, rng):
        numbers = np.random.random(len(evidence.labels))  # noqa: NPY002
        return numbers + rng.random(len(numbers)) + random.random() + torch.rand(len(numbers)).numpy()


LESS = {"hamp-nn": "hamp-nn(hidden=(8,), passes=5)"}  # what works as the default does, in less time
NAMES = [
    *(LESS.get(name, name) for name in attacks.BUILTIN),
    "two-stage(gap)",
    "two-stage(second=lira-offline)",
    "guesses",
]
QUERIES = tuple(dict.fromkeys(q for name in attacks.BUILTIN for q in builtin(ATTACKS, name).value.queries))
SPOILS = Plugin("spoils", attacks.adopt(Spoils()))


def plugin(name):
    return Plugin("guesses", attacks.adopt(Guesses())) if name == "guesses" else builtin(ATTACKS, name)


def contest():
    """Two new games of planted evidence, which offer everything."""
    games = []
    for seed in (1, 2):
        drawn = attacks.planted(np.random.default_rng(seed), 90, 5, 4, 1.0, QUERIES, ("population", "inputs", "ask"))
        games.append(Game(f"{seed:032x}", drawn[2], frozenset(OFFERS), QUERIES, lambda queries, drawn=drawn: drawn[:2]))
    return Contest(SimpleNamespace(defense=SimpleNamespace(name="none")), tuple(games), None)


def said(plugins):
    """What each attack says in both games, to the byte."""
    played, left = play_all(contest(), plugins)
    assert not left
    return {
        name: [
            (g.scores.tobytes(), g.verdicts.tobytes(), g.rehearsed_precision.tobytes(), g.member.tobytes()) for g in of
        ]
        for name, of in played.items()
    }


@pytest.fixture(scope="module")
def company():
    return said([plugin(name) for name in NAMES])


@pytest.mark.parametrize("name", NAMES)
def test_alone_it_says_the_same(name, company):
    torch.rand(3), np.random.random(), random.random()  # noqa: NPY002
    assert said([plugin(name)]) == {name: company[name]}


@pytest.mark.parametrize("seed", range(3))
def test_in_any_order_beside_one_that_spoils_it_says_the_same(seed, company):
    order = np.random.default_rng(seed).permutation(len(NAMES))
    mixed = [plugin(NAMES[i]) for i in order]
    mixed.insert(seed * 8, SPOILS)
    found = said(mixed)
    del found["spoils"]
    assert found == company
