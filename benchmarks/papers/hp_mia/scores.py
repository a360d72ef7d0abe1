"""Scores from signals that are computed once a model: the paper's attacks as arithmetic on arrays.

The attacks themselves (package `attacks`) work out every signal anew from logits, since each is handed only what it
declared. Here one model serves many attacks and numbers of references, so that signals are shared; a test holds that
scores and verdicts equal the attacks' own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from attacks.carlini import standardised
from attacks.chen import GRID, claimed, ranks
from attacks.signals import log_p, log_p_max, modified_entropy, phi
from attacks.thresholds import inclusion, two_stage
from attacks.ye import position
from benchmarks.games.playing import SWEEP, precision_of
from benchmarks.training.plan import Plan
from benchmarks.training.store import Store
from datasets import Trial

Arrays = dict[str, np.ndarray]
SIGNALS = {"log_p": log_p, "phi": phi}  # of every model
OWN = {"log_p_max": log_p_max, "mentr": modified_entropy}  # of targets and shadow models alone


@dataclass(frozen=True, eq=False)
class View:
    """What the adversary knows of n records: signals (n,) of the model under attack, (R, n) of the references."""

    own: Arrays
    references: Arrays


def of_model(logits: np.ndarray, labels: np.ndarray, names: dict[str, Callable]) -> Arrays:
    """Signals (n,) of the clean query, from logits (n, Q, C), as an attack with access to probabilities sees them."""
    clean = logits[:, :1]
    shown = clean - clean.max(-1, keepdims=True)
    return {name: signal(shown, labels)[:, 0] for name, signal in names.items()}


class Signals:
    """The signals of a plan's stored models on the audited records, each computed once."""

    def __init__(self, plan: Plan, store: Store) -> None:
        self.plan = plan
        self.store = store
        self.labels = plan.pool.y[plan.split.audited]
        self._known: dict[tuple[str, bool], Arrays] = {}

    def _of(self, key: str, own: bool) -> Arrays:
        if (key, own) not in self._known:
            names = {**SIGNALS, **OWN} if own else SIGNALS
            self._known[key, own] = of_model(self.store.logits(key), self.labels, names)
        return self._known[key, own]

    def views(self, defense: str, trial: Trial) -> tuple[View, View]:
        """What the adversary sees of the target and, as a rehearsal, of the shadow model. six-split alone."""
        plugin = next(d for d in self.plan.defenses if d.name == defense)
        target, shadow, references = self.plan.keys(plugin, trial)
        stacked = {name: np.stack([self._of(r, False)[name] for r in references]) for name in SIGNALS}

        def view(key: str, places: np.ndarray) -> View:
            own = {name: values[places] for name, values in self._of(key, True).items()}
            return View(own, {name: values[:, places] for name, values in stacked.items()})

        return view(target, trial.audited), view(shadow, trial.rehearsed)


def _calibrated(own: np.ndarray, references: np.ndarray) -> np.ndarray:
    return own - references.mean(0)


# Each score (n,) of a view and a number of references R, as its attack defines it.
SCORES: dict[str, Callable[[View, int], np.ndarray]] = {
    "loss": lambda view, r: view.own["log_p"],
    "conf": lambda view, r: view.own["log_p_max"],
    "mentr": lambda view, r: view.own["mentr"],
    "c-loss": lambda view, r: _calibrated(view.own["log_p"], view.references["log_p"][:r]),
    "c-conf": lambda view, r: _calibrated(np.exp(view.own["log_p"]), np.exp(view.references["log_p"][:r])),
    "lira-offline": lambda view, r: standardised(view.own["phi"], view.references["phi"][:r])[0],
    "attack-r": lambda view, r: position(view.own["log_p"], view.references["log_p"][:r]),
}
STAGES = {"two-stage": "c-loss", "two-stage-lira": "lira-offline"}  # second stage; the first is the loss
ATTACKS = (*SCORES, *STAGES)


@dataclass(frozen=True, eq=False)
class Result:
    """What one attack said of one trial: scores (n,), verdicts (A, n) at every alpha of `SWEEP`, and the precision
    (A,) that those thresholds had on the shadow model (NaN where they claim nobody).
    """

    scores: np.ndarray
    verdicts: np.ndarray
    rehearsed_precision: np.ndarray


@dataclass(frozen=True, eq=False)
class Fitted:
    """An attack with its thresholds chosen on the shadow model: t0 (of a second stage alone) and t1, (A,)."""

    attack: str
    references: int
    t0: np.ndarray | None
    t1: np.ndarray
    rehearsed_precision: np.ndarray


def fit(attack: str, rehearsal: View, member: np.ndarray, references: int) -> Fitted:
    """Choose the thresholds for every alpha of `SWEEP` (and for two-stage's ranks of `GRID`) by Algorithm 2."""
    if attack in STAGES:
        s0 = SCORES["loss"](rehearsal, references)
        s1 = SCORES[STAGES[attack]](rehearsal, references)
        t0, t1 = two_stage(s0, s1, member, np.concatenate([SWEEP, GRID]))
        rehearsed = claimed(s0, s1, t0[: len(SWEEP)], t1[: len(SWEEP)])
        return Fitted(attack, references, t0, t1, precision_of(rehearsed, member))
    scores = SCORES[attack](rehearsal, references)
    thresholds = inclusion(scores, member, SWEEP)
    return Fitted(attack, references, None, thresholds, precision_of(scores >= thresholds[:, None], member))


def apply(fitted: Fitted, view: View) -> Result:
    """What the attack says of the target's records: scores, and verdicts at every alpha of `SWEEP`."""
    r, t0, t1, sweep = fitted.references, fitted.t0, fitted.t1, len(SWEEP)
    if t0 is None:
        scores = SCORES[fitted.attack](view, r)
        return Result(scores, scores >= t1[:, None], fitted.rehearsed_precision)
    s0, s1 = SCORES["loss"](view, r), SCORES[STAGES[fitted.attack]](view, r)
    verdicts = claimed(s0, s1, t0[:sweep], t1[:sweep])
    return Result(ranks(s0, s1, t0[sweep:], t1[sweep:]), verdicts, fitted.rehearsed_precision)
