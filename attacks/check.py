"""`check_attack`: does an attack keep the contract? On planted evidence, whose leak is known."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from attacks.base import Declared, WrongAnswer, adopt, declared
from attacks.evidence import Evidence, Rehearsal, restrict
from attacks.planting import Form, planted
from attacks.ranking import auc
from attacks.ready import Ready, prepare, rounded

MANY, FEW, CLASSES, REFERENCES = 4000, 300, 10, 8
ALPHAS = np.array([0.5, 0.9, 1.0])


def null_width(member: np.ndarray) -> float:
    """Five standard deviations of the AUC of a score that knows nothing (Mann and Whitney)."""
    members, others = int(member.sum()), int((~member).sum())
    return 5 * float(np.sqrt((members + others + 1) / (12 * members * others)))


def check_attack(attack: Any) -> list[str]:
    """What was checked of this very instance, a sentence each.

    Raises AssertionError, in one sentence, where it breaks the contract; ValueError where it is no attack.
    """
    says = declared(attack)
    made = adopt(attack)
    found = [f"It declares access {says.access} and needs {says.needs}, which is all that it was handed."]

    def case(what: str, leak: float, n: int = FEW, references: int = REFERENCES, **how: Any) -> _Case:
        rng = np.random.default_rng(7)
        drawn = planted(rng, n, references, CLASSES, leak, queries=says.queries, uses=says.uses, **how)
        return _Case(what, *drawn)

    null = _played(made, says, case("without a leak", 0.0, MANY))
    found += [
        f"Scores are ({MANY},) float64, finite, and the same whenever the generator starts alike.",
        f"Verdicts are ({len(ALPHAS)}, {MANY}) bool.",
        "What it was handed stayed as it was.",
        _within("without a leak", *null),
        _above(*_played(made, says, case("with a leak", 3.0, MANY))),
        _within(
            "on outputs that are all 0", *_played(made, says, case("on outputs that are all 0", 3.0, MANY, form=_zero))
        ),
    ]
    forms: dict[str, Form] = {"on tied outputs": _tied, "on saturated outputs": _saturated}
    for what, form in forms.items():
        _played(made, says, case(what, 1.0, form=form))
        found.append(f"It answers {what}.")
    _played(made, says, case("when a class is missing", 1.0, missing=True))
    found.append("It answers when a class is missing.")
    if says.needs != "target":
        found.append(_alone(lambda: _played(made, says, case("with one reference model", 1.0, references=1))))
    return found


class _Case:
    def __init__(self, what: str, evidence: Evidence, rehearsal: Rehearsal, member: np.ndarray) -> None:
        self.what, self.evidence, self.rehearsal, self.member = what, evidence, rehearsal, member


def _zero(logits: np.ndarray, labels: np.ndarray) -> np.ndarray:
    return np.zeros_like(logits)


def _tied(logits: np.ndarray, labels: np.ndarray) -> np.ndarray:
    return np.round(logits / 4)


def _saturated(logits: np.ndarray, labels: np.ndarray) -> np.ndarray:
    top = logits == logits.max(-1, keepdims=True)
    return np.where(top, 1e4, -1e4).astype(np.float32)


def _played(attack: Any, says: Declared, case: _Case) -> tuple[np.ndarray, np.ndarray]:
    """Scores (n,) and membership (n,) of one case. Raises AssertionError where the contract is broken."""
    try:
        ready = prepare(attack, case.rehearsal, np.random.default_rng(0))
        answer = ready.answer(case.evidence)
        scores = ready.score(case.evidence)
        if answer.dtype != np.float64:
            raise WrongAnswer(f"expected float64 scores, got {answer.dtype}")
        second = prepare(attack, case.rehearsal, np.random.default_rng(0))
        ready.decide(case.evidence, ALPHAS)
        ready.decide(case.rehearsal.evidence, ALPHAS)
        fresh = second.score(case.evidence)
    except WrongAnswer as error:
        raise AssertionError(f"{case.what}: {error}") from error
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        if isinstance(error, ValueError) and case.what == "with one reference model":
            raise
        raise AssertionError(f"{case.what}: {type(error).__name__}: {' '.join(str(error).split())}") from error
    _unchanged(ready, says, case)
    if not (np.array_equal(rounded(answer), scores) and np.array_equal(scores, fresh)):
        raise AssertionError(f"{case.what}: a generator that starts alike gave other scores")
    return scores, case.member


def _unchanged(ready: Ready, says: Declared, case: _Case) -> None:
    for evidence in (case.evidence, case.rehearsal.evidence):
        pristine = restrict(evidence, says.access, says.needs, says.uses, says.queries)
        for name, before, after in _arrays(pristine, ready.view(evidence)):
            if before.tobytes() != after.tobytes():
                raise AssertionError(f"{case.what}: the attack changed its inputs: {name}")
    if not np.array_equal(ready.practice.member, case.rehearsal.member):
        raise AssertionError(f"{case.what}: the attack changed its inputs: member")


def _arrays(pristine: Evidence, view: Evidence) -> list[tuple[str, np.ndarray, np.ndarray]]:
    names = ["labels", "trained_on", "target", *(["references"] if len(view.trained_on) else [])]
    pairs = [(name, getattr(pristine, name), getattr(view, name)) for name in names]
    if pristine._inputs is not None:
        pairs.append(("inputs", np.asarray(pristine.inputs), np.asarray(view.inputs)))
    if pristine._population is not None and view._population is not None:
        pairs += [(f"population.{n}", a, b) for n, a, b in _arrays(pristine._population, view._population)]
    return pairs


def _within(what: str, scores: np.ndarray, member: np.ndarray) -> str:
    value, width = auc(scores, member), null_width(member)
    low, high = 0.5 - width, 0.5 + width
    if not low < value < high:
        raise AssertionError(f"{what} the AUC is {value:.3f}, not between {low:.3f} and {high:.3f}")
    return f"{what[0].upper()}{what[1:]} its AUC is {value:.3f}, between {low:.3f} and {high:.3f}."


def _above(scores: np.ndarray, member: np.ndarray) -> str:
    value, least = auc(scores, member), 0.5 + null_width(member)
    if value < 1 - least:
        raise AssertionError(f"with a leak the AUC is {value:.3f}, not above 0.5: higher must mean member")
    if value < least:
        raise AssertionError(f"with a leak the AUC is {value:.3f}, not above {least:.3f}: the attack finds nothing")
    return f"With a leak its AUC is {value:.3f}, above {least:.3f}."


def _alone(play: Callable[[], Any]) -> str:
    try:
        play()
    except ValueError as error:
        return f"With one reference model it says: {' '.join(str(error).split())}."
    return "It answers with one reference model."
