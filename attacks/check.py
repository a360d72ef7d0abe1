"""`check_attack`: does an attack keep the contract? On planted evidence, whose leak is known."""

from __future__ import annotations

import numpy as np
from scipy.stats import rankdata

from attacks.base import adopt
from attacks.evidence import Evidence, Rehearsal, restrict


def planted(
    rng: np.random.Generator, n: int, references: int, classes: int, leak: float, queries: int = 1
) -> tuple[Evidence, Rehearsal, np.ndarray]:
    """Evidence, rehearsal and the target's membership (n,) bool, half of it true, in random order.

    Gaussian logits; the label's stands out by a record's own ease, and on a member by `leak` more. With leak 0
    members and non-members are exchangeable. Every second reference model saw half of the records.
    """

    def one() -> tuple[Evidence, np.ndarray]:
        labels = rng.integers(classes, size=n)
        ease = rng.normal(2, 1, size=n)
        member = rng.permutation(n) < n // 2
        trained_on = (rng.random((references, n)) < 0.5) & (np.arange(references) % 2 == 1)[:, None]

        def outputs(seen: np.ndarray) -> np.ndarray:
            logits = rng.normal(size=(*seen.shape, queries, classes))
            bonus = ease + leak * seen
            hot = labels[:, None] == np.arange(classes)
            return (logits + bonus[..., None, None] * hot[:, None]).astype(np.float32)

        return Evidence(labels, outputs(member), outputs(trained_on), trained_on), member

    (evidence, truth), (rehearsed, member) = one(), one()
    return evidence, Rehearsal(rehearsed, member), truth


def auc(scores: np.ndarray, member: np.ndarray) -> float:
    """P(member above non-member) + P(tie) / 2 (Mann and Whitney)."""
    members, others = int(member.sum()), int((~member).sum())
    return float((rankdata(scores)[member].sum() - members * (members + 1) / 2) / (members * others))


def check_attack(attack: object) -> None:
    """Raises AssertionError, in one sentence, where `attack` breaks the contract; ValueError where it is none."""
    if adopt(type(attack)) is not type(attack):
        attack = adopt(type(attack))()
    null, leaking = (planted(np.random.default_rng(7), 4000, 8, 10, leak) for leak in (0.0, 3.0))
    assert 0.45 < _auc(attack, null) < 0.55, "on evidence without a leak the AUC is not between 0.45 and 0.55"
    assert _auc(attack, leaking) > 0.5, "on evidence with a leak the AUC is not above 0.5: higher must mean member"


def _auc(attack: object, case: tuple[Evidence, Rehearsal, np.ndarray]) -> float:
    evidence, rehearsal, member = case
    access, needs = attack.access, attack.needs  # type: ignore[attr-defined]
    shown = restrict(evidence, access, needs)
    practice = Rehearsal(restrict(rehearsal.evidence, access, needs), rehearsal.member)
    before = [a.tobytes() for e in (shown, practice.evidence) for a in vars(e).values()]
    alphas = np.array([0.5, 0.9, 1.0])
    scores = attack.score(shown, practice, np.random.default_rng(0))  # type: ignore[attr-defined]
    again = attack.score(shown, practice, np.random.default_rng(0))  # type: ignore[attr-defined]
    claims = attack.decide(shown, practice, alphas, np.random.default_rng(0))  # type: ignore[attr-defined]
    n = len(member)
    assert scores.shape == (n,), f"scores: expected shape ({n},), got {scores.shape}"
    assert scores.dtype == np.float64, f"scores: expected float64, got {scores.dtype}"
    assert np.isfinite(scores).all(), "scores: expected finite numbers"
    assert np.array_equal(scores, again), "the same rng gave other scores"
    assert claims.shape == (3, n), f"verdicts: expected shape (3, {n}), got {claims.shape}"
    assert claims.dtype == bool, f"verdicts: expected bool, got {claims.dtype}"
    after = [a.tobytes() for e in (shown, practice.evidence) for a in vars(e).values()]
    assert before == after, "the attack changed its inputs"
    return auc(scores, member)
