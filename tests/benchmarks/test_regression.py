"""The gate on the committed outputs: it passes as things are, and catches real mutations of the attacks."""

import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

import attacks.base
import attacks.chen
import attacks.references
import attacks.thresholds
from attacks.carlini import LiraOffline, LiraTwoSided
from attacks.evidence import Evidence, Rehearsal
from attacks.watson import CConf, CLoss
from benchmarks import gate, history, stored
from benchmarks.baseline import entries
from benchmarks.plugins import Plugin, attack_classes, parse
from benchmarks.regression import TIED, main

ROOT = Path(__file__).parents[2]
OUTPUTS = ROOT / stored.FILE
RECORDS = ROOT / "results/regression/records"


@pytest.fixture(scope="module")
def outputs():
    return stored.read(OUTPUTS)


@pytest.fixture(scope="module")
def committed():
    return {e.key[3]: e for e in entries("--baseline", str(RECORDS))}


def evaluated(outputs, name, attack, folder):
    """The gate's view of one attack on the committed outputs."""
    stored.evaluate(outputs, [Plugin(name, attack)], folder)
    [entry] = entries("--current", str(folder))
    return entry


def flipped(cls):
    return type(cls.__name__, (cls,), {"score": lambda self, *arguments: -cls.score(self, *arguments)})()


def changed(evidence, **arrays):
    return Evidence(**{**{k: v.copy() for k, v in vars(evidence).items()}, **arrays})


class Through:
    """An attack that is handed evidence changed by `change`, for scores and verdicts alike."""

    def __init__(self, inner, change):
        self.inner, self.change = inner, change

    def __getattr__(self, name):
        return getattr(self.inner, name)

    def _changed(self, evidence, rehearsal):
        member = rehearsal.member.copy()
        return self.change(evidence), Rehearsal(self.change(rehearsal.evidence), member)

    def score(self, evidence, rehearsal, rng):
        return self.inner.score(*self._changed(evidence, rehearsal), rng)

    def decide(self, evidence, rehearsal, alphas, rng):
        return self.inner.decide(*self._changed(evidence, rehearsal), alphas, rng)


def without_one_reference(evidence):
    return changed(evidence, references=evidence.references[1:].copy(), trained_on=evidence.trained_on[1:].copy())


def hot(evidence):
    return changed(evidence, target=evidence.target / np.float32(4), references=evidence.references / np.float32(4))
