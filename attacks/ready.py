"""An attack made ready for one game: fitted once, handed only what it declared, its scores worked out once a side."""

from __future__ import annotations

import copy
from collections.abc import Collection
from typing import Any

import numpy as np

from attacks.base import Attack, WrongAnswer, adopt, declared, inherited
from attacks.evidence import Evidence, Rehearsal, restrict
from attacks.facts import Fact, facts_of
from attacks.shapes import described
from attacks.thresholds import inclusion, resampled

BITS = 40  # of a score: 12 digits


class Ready:
    """What one attack says of evidence, after its rehearsal. Made by `prepare`.

    A side is one `Evidence` object: the target's, or the rehearsal's own. Calls change nothing for those that follow:
    every one is handed a generator that starts alike, and the attack's own views of both sides.
    """

    def __init__(self, attack: Attack, rehearsal: Rehearsal, rng: np.random.Generator) -> None:
        self.declared = declared(attack)
        self._attack, self._rehearsal = attack, rehearsal
        self._rng = copy.deepcopy(rng)
        self._views: dict[Evidence, Evidence] = {}
        self._scores: dict[Evidence, np.ndarray] = {}
        self.practice = Rehearsal(self.view(rehearsal.evidence), rehearsal.member.copy())
        self._fitted: Any = None
        if hasattr(attack, "fit"):
            self._fitted = attack.fit(self.practice, self._generator())
            if not callable(getattr(self._fitted, "score", None)):
                raise WrongAnswer(f"fit: expected an object with score(evidence), got {type(self._fitted).__name__}")

    def view(self, evidence: Evidence) -> Evidence:
        """What the attack sees of `evidence`: the same object at every call."""
        if evidence not in self._views:
            d = self.declared
            self._views[evidence] = restrict(evidence, d.access, d.needs, d.uses, d.queries)
        return self._views[evidence]

    @property
    def asked(self) -> int:
        """How many records the attack has asked the target about, on all sides."""
        return sum(view._ask.count for view in self._views.values() if view._ask is not None)

    @property
    def own_facts(self) -> dict[str, Fact]:
        """What the fitted object says in `facts`. Raises WrongAnswer where that is no dict of plain values."""
        return facts_of(getattr(self._fitted, "facts", {}))

    def facts(self, evidence: Evidence, others: Collection[str] = ()) -> dict[str, Fact]:
        """What there is to tell of the attack's work so far: `own_facts`, and, where it asks for more than the clean
        output, the `queries a record` of `evidence`; where it uses a population, its size. others: query sets that not
        the target itself answers. Raises WrongAnswer.
        """
        view, found = self.view(evidence), {**self.own_facts}
        stored = sum(of.stop - of.start for name, of in view.columns.items() if name not in others)
        asked = view._ask.count if view._ask else 0
        if view._ask is not None or stored > 1:
            whole, rest = divmod(asked, len(view.labels))
            found["queries a record"] = stored + whole + (rest / len(view.labels) if rest else 0)
        if view._population is not None:
            found["population"] = len(view._population.labels)
        return facts_of(found)

    def score(self, evidence: Evidence) -> np.ndarray:
        """(n,) float64, finite, with BITS, worked out once a side. Raises WrongAnswer where the attack says something
        else.
        """
        if evidence not in self._scores:
            with np.errstate(over="ignore"):  # what float64 does not hold is infinite, and refused as such
                self._scores[evidence] = rounded(_finite(self.answer(evidence).astype(np.float64)))
        return self._scores[evidence].copy()

    def answer(self, evidence: Evidence) -> np.ndarray:
        """(n,) the attack's own answer, worked out anew. Raises WrongAnswer where it is no (n,) of real numbers."""
        view = self.view(evidence)
        if self._fitted is not None:
            scores = _array(self._fitted.score(view))
        else:
            scores = _array(self._attack.score(view, self.practice, self._generator()))
        if scores.shape != view.labels.shape or scores.dtype.kind not in "biuf":
            raise WrongAnswer(f"expected {view.labels.shape} real scores, got {described(scores)}")
        return scores

    def decide(self, evidence: Evidence, alphas: np.ndarray) -> np.ndarray:
        """(A, n) bool: the records claimed at each of `alphas` (A,), by the attack's own rule if it has one.

        Raises WrongAnswer where the attack says something else.
        """
        demands = np.array(alphas, np.float64)
        view = self.view(evidence)
        if not self.has_rule:
            return self.by_thresholds(evidence, demands)
        if self._fitted is not None:
            answer = self._fitted.decide(view, demands)
        else:
            answer = self._attack.decide(view, self.practice, demands, self._generator())
        return _verdicts(answer, (len(alphas), len(view.labels)))

    @property
    def has_rule(self) -> bool:
        """Whether the attack decides by a rule of its own, not by thresholds on its scores."""
        if self._fitted is not None:
            return callable(getattr(self._fitted, "decide", None))
        return not inherited(self._attack.decide, Attack.decide)

    def resampled(self, alphas: np.ndarray, draws: int) -> np.ndarray:
        """(S, A) thresholds of `by_thresholds` from S = `draws` resampled rehearsals; (0, A) of a rule of its own."""
        if self.has_rule:
            return np.empty((0, len(alphas)))
        rehearsed = self.score(self._rehearsal.evidence)
        return resampled(rehearsed, self._rehearsal.member, np.array(alphas, np.float64), draws, self._generator())

    def by_thresholds(self, evidence: Evidence, alphas: np.ndarray) -> np.ndarray:
        """(A, n) bool: scores at or above the thresholds of Algorithm 2, chosen on the rehearsal's scores."""
        thresholds = inclusion(self.score(self._rehearsal.evidence), self._rehearsal.member, alphas)
        return claimed(self.score(evidence), thresholds)

    def _generator(self) -> np.random.Generator:
        return copy.deepcopy(self._rng)


def prepare(attack: Any, rehearsal: Rehearsal, rng: np.random.Generator) -> Ready:
    """`attack` ready for the game whose rehearsal this is; one that learns is fitted here, once.

    Evidence may hold more than the attack declared: it is handed views. Raises ValueError where it is no attack.
    """
    return Ready(adopt(attack), rehearsal, rng)


def claimed(scores: np.ndarray, thresholds: np.ndarray) -> np.ndarray:
    """(A, n) bool: the records whose scores (n,) reach each of the thresholds (A,)."""
    return scores >= thresholds[:, None]


def rounded(scores: np.ndarray) -> np.ndarray:
    """Scores (n,) float64 with BITS each, so that those tie which the processor's rounding alone tells apart: it rounds
    equal answers otherwise at another place of an array, and places may tell members.
    """
    fractions, exponents = np.frexp(scores)
    with np.errstate(over="ignore"):
        made = np.ldexp(np.rint(np.ldexp(fractions, BITS)), exponents - BITS)
    return np.where(np.isfinite(made), made, scores)  # the greatest have nothing above them


def _finite(scores: np.ndarray) -> np.ndarray:
    wrong = len(scores) - int(np.isfinite(scores).sum())
    if wrong:
        raise WrongAnswer(f"expected finite scores, got {wrong} of {len(scores)} that are NaN or infinite")
    return scores


def _verdicts(answer: Any, shape: tuple[int, int]) -> np.ndarray:
    verdicts = _array(answer)
    if verdicts.shape != shape or verdicts.dtype != bool:
        raise WrongAnswer(f"expected {shape} bool verdicts, got {described(verdicts)}")
    return verdicts.copy()


def _array(answer: Any) -> np.ndarray:
    try:
        made = np.asarray(answer)
    except ValueError:
        made = None
    if made is None or isinstance(answer, np.ma.MaskedArray):
        raise WrongAnswer(f"expected an array, got {type(answer).__name__}")
    return made
