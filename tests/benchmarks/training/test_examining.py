"""Splits of somebody's own protocol: sound ones are taken, all others are refused in a sentence. Seconds: 1."""

from dataclasses import dataclass, replace

import numpy as np
import pytest

from benchmarks.naming.registry import PROTOCOLS, builtin
from benchmarks.training.examining import examine, ours
from datasets import Rows, Split, Trial

RECORDS, AUDITED = 1000, np.arange(0, 800, 2)  # of 1,000 records, 400


def half(model):
    """A fair coin for each audited record."""
    return AUDITED[np.random.default_rng([7, model]).random(len(AUDITED)) < 0.5]


def split(training=half, models=range(34), references=range(2, 34), **changes):
    def order(side):
        return np.random.default_rng([8, side]).permutation(len(AUDITED))

    trial = Trial(0, 1, tuple(references), order)
    made = Split("mine", 200, AUDITED, Rows(models, training), (trial,), population=np.arange(801, 1000, 2))
    return replace(made, **changes)


def own(model, rows):
    """Like `half`, but for one model."""
    return lambda other: rows if other == model else half(other)


def in_half_of_all(model):
    ranks = np.random.default_rng(9).random((34, len(AUDITED))).argsort(0).argsort(0)
    return AUDITED[ranks[model] < 17]


UNSOUND = {
    "no such model": (
        split(models=range(20)),
        "^training: expected the rows of every model of a trial, got none of model 20$",
    ),
    "rows beyond": (
        split(own(3, np.array([5, 1000]))),
        "^training of model 3: expected numbers from 0 to 999, got 5 to 1000$",
    ),
    "rows before": (
        split(own(3, np.array([-1, 5]))),
        "^training of model 3: expected numbers from 0 to 999, got -1 to 5$",
    ),
    "rows twice": (split(own(3, np.array([5, 5]))), "^training of model 3: expected each number once, got some twice$"),
    "rows of no number": (
        split(own(3, np.array([0.5]))),
        r"^training of model 3: expected an array of whole numbers \(n,\)",
    ),
    "audited twice": (split(audited=AUDITED[[0, 0]]), "^audited: expected each number once"),
    "population": (split(population=AUDITED[:9]), "^population: expected records that model 0 never saw, got some"),
    "spare": (split(spare=AUDITED), "^spare: expected records that model 0 never saw, got some that it trains on$"),
    "validation": (split(validations={4: half(4)}), "^validation: expected records that model 4 never saw"),
    "half of all": (split(in_half_of_all), "^how many other models saw a record tells whether model 0 did"),
    "a twin": (split(own(6, half(0))), "^whether model 6 saw a record tells whether model 0 did"),
    "the shadow is one": (
        split(own(1, np.setdiff1d(AUDITED, half(0)))),
        "^whether model 1 saw a record tells whether model 0",
    ),
}


@pytest.mark.parametrize(("made", "words"), UNSOUND.values(), ids=UNSOUND)
def test_what_does_not_hold_together_is_refused(made, words):
    with pytest.raises(ValueError, match=words):
        examine(made, RECORDS)


def test_orders_are_of_audited_records():
    made = split()
    trial = replace(made.trials[0], order=lambda side: np.arange(401))
    with pytest.raises(ValueError, match=r"^order\(0\): expected numbers from 0 to 399, got 0 to 400$"):
        examine(replace(made, trials=(trial,)), RECORDS)


def test_a_sound_split_is_taken():
    examine(split(), RECORDS)
    known = replace(split().trials[0], shadow=0)  # the adversary knows some of the target's own
    examine(replace(split(), trials=(known,)), RECORDS)


BUILT_IN = ["six-split(part=60)", "half-split(part=60)", "canaries(of=half-split(part=60), count=20)"]


@pytest.mark.parametrize("name", BUILT_IN)
def test_built_in_protocols_are_sound(name):
    protocol = builtin(PROTOCOLS, name).value
    assert ours(protocol)
    examine(protocol.split(1000, 4, 8, 3), 1000)


@dataclass(frozen=True)
class Mine:
    of: object = 1


def test_what_holds_anothers_protocol_is_not_built_in():
    canaries = builtin(PROTOCOLS, BUILT_IN[2]).value
    assert not ours(Mine())
    object.__setattr__(canaries, "of", Mine())
    assert not ours(canaries)
