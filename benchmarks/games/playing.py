"""Stored outputs -> evidence -> scores and verdicts. The target's membership is joined only afterwards."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from attacks import Evidence, Rehearsal, restrict
from attacks.signals import log_p
from benchmarks.naming.plugins import Plugin, call
from benchmarks.training.plan import Plan
from benchmarks.training.store import Store, digest
from datasets import Trial

ALPHAS = (0.9, 0.95, 0.98, 1.0)  # the precision demands that boards show
SWEEP = np.unique(np.concatenate([ALPHAS, np.linspace(0.5, 1.0, 51)]).round(3))


@dataclass(frozen=True, eq=False)
class Outcome:
    """What one attack said of one trial: (n,) scores, (A, n) verdicts at each alpha of `SWEEP`, the precision (A,)
    that those thresholds had on the adversary's shadow model (NaN where they claim nothing), and the seconds it took.
    """

    scores: np.ndarray
    verdicts: np.ndarray
    rehearsed_precision: np.ndarray
    seconds: float


def usable(attack: Plugin, plan: Plan) -> bool:
    """Whether the protocol gives the attack what it needs: IN models exist in half-split alone."""
    return attack.value.needs != "shadow" or plan.split.protocol == "half-split"


def complete(plan: Plan, store: Store, defense: Plugin) -> list[Trial]:
    """The trials all of whose models are stored."""
    return [t for t in plan.split.trials if not store.missing(plan.models(defense, t))]


def evidence_of(plan: Plan, store: Store, defense: Plugin, trial: Trial) -> tuple[Evidence, Rehearsal]:
    """What the adversary has in one trial: evidence on the target, and the rehearsal on its own shadow model."""
    target, shadow, references = plan.keys(defense, trial)
    split = plan.split

    def seen(key: str, positions: np.ndarray) -> Evidence:
        outputs = np.stack([store.logits(r)[positions] for r in references])
        trained_on = np.stack([split.member(m)[positions] for m in trial.references])
        labels = plan.pool.y[split.audited[positions]]
        return Evidence(labels, store.logits(key)[positions], outputs, trained_on)

    rehearsal = Rehearsal(seen(shadow, trial.rehearsed), split.member(trial.shadow)[trial.rehearsed])
    return seen(target, trial.audited), rehearsal


def run_attacks(
    evidence: Evidence, rehearsal: Rehearsal, attacks: list[Plugin], seed: str
) -> Iterator[tuple[Plugin, Outcome]]:
    """Every attack on one trial, each handed only what it declared; order and company change nothing.

    Raises ValueError when an attack raises, or returns scores or verdicts that break its contract.
    """
    cache: dict[tuple[str, str], tuple[Evidence, Rehearsal]] = {}
    for attack in attacks:
        access, needs = attack.value.access, attack.value.needs
        if (access, needs) not in cache:
            shown = restrict(rehearsal.evidence, access, needs)
            cache = {(access, needs): (restrict(evidence, access, needs), Rehearsal(shown, rehearsal.member))}
        yield attack, _outcome(attack, *cache[access, needs], seed)


def _outcome(attack: Plugin, evidence: Evidence, rehearsal: Rehearsal, seed: str) -> Outcome:
    def rng() -> np.random.Generator:
        return np.random.default_rng(int(digest([seed, attack.name]), 16))

    def verdicts(on: Evidence) -> np.ndarray:
        made = call("attack", attack, "decide", on, rehearsal, SWEEP, rng())
        expected = (len(SWEEP), len(on.labels))
        if made.shape != expected or made.dtype != bool:
            raise ValueError(f"attack {attack.name}: expected {expected} bool verdicts, got {made.shape} {made.dtype}")
        return made

    n, begun = len(evidence.labels), time.perf_counter()
    scores = call("attack", attack, "score", evidence, rehearsal, rng())
    if scores.shape != (n,) or scores.dtype.kind not in "biuf":
        raise ValueError(f"attack {attack.name}: expected ({n},) real scores, got {scores.shape} {scores.dtype}")
    wrong = n - int(np.isfinite(scores).sum())
    if wrong:
        raise ValueError(f"attack {attack.name}: expected finite scores, got {wrong} of {n} that are NaN or infinite")
    claimed, rehearsed = verdicts(evidence), verdicts(rehearsal.evidence)
    seconds = time.perf_counter() - begun
    return Outcome(scores.astype(np.float64), claimed, precision_of(rehearsed, rehearsal.member), seconds)


def precision_of(verdicts: np.ndarray, member: np.ndarray) -> np.ndarray:
    """(A,) share of members among those that `verdicts` (A, n) claim; NaN where they claim nobody."""
    claims = verdicts.sum(1)
    return np.where(claims > 0, verdicts[:, member].sum(1) / np.maximum(claims, 1), np.nan)


def difficulty(evidence: Evidence) -> np.ndarray | None:
    """(n,) mean loss -log p_y of the clean query over the reference models that never saw a record (HP-MIA, section 5).

    None without reference models, NaN for a record that all of them saw.
    """
    if not len(evidence.references):
        return None
    losses = -np.stack([log_p(r, evidence.labels)[:, 0] for r in evidence.references])
    unseen = ~evidence.trained_on
    count = unseen.sum(0)
    return np.where(count, (losses * unseen).sum(0) / np.maximum(count, 1), np.nan)


def utility(plan: Plan, store: Store, defense: Plugin, trials: list[Trial]) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Correct answers (K,) and records (K,) of each target: on its training records and on the others."""
    counts: dict[str, list[tuple[int, int]]] = {"train": [], "test": []}
    for trial in trials:
        target = plan.keys(defense, trial)[0]
        labels = plan.pool.y[plan.split.audited[trial.audited]]
        correct = store.logits(target)[trial.audited, 0].argmax(-1) == labels
        member = plan.split.member(trial.target)[trial.audited]
        counts["train"].append((int(correct[member].sum()), int(member.sum())))
        counts["test"].append((int(correct[~member].sum()), int((~member).sum())))
    return {name: (np.array(pairs)[:, 0], np.array(pairs)[:, 1]) for name, pairs in counts.items()}
