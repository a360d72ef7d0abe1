"""A plugin that cannot be used stops only who names it: one sentence, exit code 2, whatever it does."""

import sys

import numpy as np
import pytest

import attacks
from benchmarks import run
from benchmarks.games.game import Game
from benchmarks.games.playing import play
from benchmarks.naming.registry import ATTACKS, find

MODULE = """
import asyncio
from dataclasses import dataclass, field
from enum import Enum
import numpy as np

class Way(Enum):
    UP = "up"

class Fine:
    def score(self, evidence, rehearsal, rng):
        return np.zeros(len(evidence.labels))

class Wordless(Exception):
    def __str__(self):
        return 1 / 0

class Cancelled(Fine):
    def __init__(self):
        raise asyncio.CancelledError("bye")

class Generator(Fine):
    def __init__(self):
        raise GeneratorExit

class WithoutWords(Fine):
    def __init__(self):
        raise Wordless

class Endless(Fine):
    def __init__(self):
        raise RuntimeError("x" * 10**6)

class Coloured(Fine):
    def __init__(self):
        raise RuntimeError("a\\nb\\x1b[31m\\u2028c")

class Meta(type):
    def __call__(cls, *arguments):
        raise SystemExit(0)

class OfAMeta(Fine, metaclass=Meta):
    pass

class Needing(Fine):
    def __init__(self, power):
        self.power = power

class Declares(Fine):
    @property
    def needs(self):
        raise SystemExit(0)

class Anything:
    def __getattr__(self, name):
        return self
    def __call__(self, *arguments, **named):
        return self

@dataclass
class Factory(Fine):
    power: int = field(default_factory=lambda: exit(0))

@dataclass
class Factory2(Fine):
    power: int = field(default_factory=lambda: 1 / 0)

@dataclass
class Reading(Fine):
    power: int = 3
    def __getattribute__(self, name):
        if name == "power":
            raise SystemExit(0)
        return super().__getattribute__(name)

@dataclass
class Loop(Fine):
    power: list = field(default_factory=list)
    def __post_init__(self):
        self.power.append(self.power)

@dataclass
class Huge(Fine):
    power: int = 10**5000

@dataclass
class Array(Fine):
    power: object = field(default_factory=lambda: np.zeros(3))

@dataclass
class Shy:
    def __repr__(self):
        return 1 / 0

@dataclass
class Holding(Fine):
    power: object = field(default_factory=Shy)

@dataclass
class Choosing(Fine):
    way: Way = Way.UP

def function(evidence, rehearsal, rng):
    return np.zeros(len(evidence.labels))

NUMBER = 3

class Masked(Fine):
    def score(self, evidence, rehearsal, rng):
        return np.ma.array(np.zeros(len(evidence.labels)), mask=True)

class TooGreat(Fine):
    def score(self, evidence, rehearsal, rng):
        return np.full(len(evidence.labels), np.longdouble("1e4000"))

class Quiet(Fine):
    def score(self, evidence, rehearsal, rng):
        raise Wordless

class Later(Fine):
    def score(self, evidence, rehearsal, rng):
        yield 1

class Wild(Fine):
    def decide(self, evidence, rehearsal, alphas, rng):
        raise GeneratorExit

class Unfinished:
    def fit(self, rehearsal, rng):
        return self
    @property
    def score(self):
        raise AttributeError("not yet")
"""
UNUSABLE = {
    "Cancelled": "CancelledError: bye",
    "Generator": "cannot be used: GeneratorExit",
    "WithoutWords": "cannot be used: Wordless",
    "Endless": "RuntimeError: xxx",
    "Coloured": "RuntimeError: a b\\x1b[31m c",
    "OfAMeta": "SystemExit: 0",
    "Needing": "missing 1 required positional argument: 'power'",
    "Declares": "Declares.needs: SystemExit: 0",
    "Anything": "an attack has fit or score, not both",
    "Factory": "SystemExit: 0",
    "Factory2": "ZeroDivisionError: division by zero",
    "Reading": "SystemExit: 0",
    "Loop": "RecursionError",
    "Huge": "power must be plain",
    "Array": "got array([0., 0., 0.])",
    "Holding": "got a Shy",
    "Choosing": "or a tuple of these; got <Way.UP: 'up'>",
    "function": "an attack needs a method score",
    "NUMBER": "an attack needs a method score",
    "Wordy": "has no attribute 'Wordy'",
}
WRONG = {
    "Masked": "expected an array, got MaskedArray",
    "TooGreat": "expected finite scores, got 40 of 40 that are NaN or infinite",
    "Quiet": "Wordless (outside_broken.py:",
    "Later": "expected (40,) real scores, got () object",
    "Wild": "GeneratorExit (outside_broken.py:",
}


@pytest.fixture(autouse=True)
def module(tmp_path, monkeypatch):
    (tmp_path / "outside_broken.py").write_text(MODULE)
    monkeypatch.syspath_prepend(tmp_path)
    yield
    sys.modules.pop("outside_broken", None)


@pytest.mark.parametrize("name", UNUSABLE)
def test_one_that_cannot_be_used_is_one_sentence(name, capsys):
    spelling = f"outside_broken:{name}"
    with pytest.raises(ValueError) as error:
        find(ATTACKS, spelling)
    said = str(error.value)
    assert said.startswith(f"--attacks {spelling}: {spelling} cannot be used: ")
    assert UNUSABLE[name] in said
    assert said.isprintable()
    assert len(said) < 1000
    assert run.main(["--dry-run", "--attacks", "loss", spelling]) == 2
    printed = capsys.readouterr().err
    assert printed.startswith(f"error: {said[:80]}")
    assert printed.count("\n") == 1


@pytest.mark.parametrize("name", WRONG)
def test_one_that_answers_wrongly_is_one_sentence(name):
    evidence, rehearsal, member = attacks.planted(np.random.default_rng(0), 40, 2, 3, 1.0)
    game = Game("0" * 32, member, frozenset(), ("clean",), lambda queries: (evidence, rehearsal))
    plugin = find(ATTACKS, f"outside_broken:{name}")
    with pytest.raises(ValueError) as error:
        play(game, plugin)
    said = str(error.value)
    assert said.startswith(f"attack outside_broken:{name}: ")
    assert WRONG[name] in said
    assert "\n" not in said


def test_an_interruption_is_none(monkeypatch):
    module = find(ATTACKS, "outside_broken:Fine") and sys.modules["outside_broken"]

    def interrupted(self):
        raise KeyboardInterrupt

    monkeypatch.setattr(module.Fine, "__init__", interrupted)
    with pytest.raises(KeyboardInterrupt):
        find(ATTACKS, "outside_broken:Fine")
