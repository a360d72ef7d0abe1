"""The contract of an attack, and how an object that inherits nothing is made to keep it."""

from __future__ import annotations

import copy
import difflib
import inspect
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from attacks.evidence import ACCESS, NEEDS, USES, Evidence, Rehearsal
from attacks.thresholds import inclusion

HOOKS = {
    "score": ("evidence", "rehearsal", "rng"),
    "fit": ("rehearsal", "rng"),
    "decide": ("evidence", "rehearsal", "alphas", "rng"),
}


class WrongAnswer(ValueError):
    """An attack answered with something else than its contract says."""


class Attack:
    """Ranks records, and gives verdicts under a precision demand. Override `score`, or give it a `fit`.

    One sign everywhere: higher = more likely a member. An attack that learns has `fit(rehearsal, rng)` in the place
    of `score`; what it returns has `score(evidence)` and, if it likes, `decide(evidence, alphas)` and `facts`: a dict
    of numbers and words about its work, which boards show.
    """

    reference: Any = ""  # the paper
    version: Any = 1  # raised whenever scores change
    access: Any = "probability"  # one of ACCESS
    needs: Any = "target"  # one of NEEDS
    queries: Any = ("clean",)  # query sets, the clean one first
    uses: Any = ()  # some of USES

    def score(self, evidence: Evidence, rehearsal: Rehearsal, rng: np.random.Generator) -> np.ndarray:
        """(n,) float64, finite. `evidence` may also be the rehearsal's own."""
        fit = getattr(self, "fit", None)
        if fit is None:
            raise TypeError(f"{type(self).__name__} has no score(evidence, rehearsal, rng)")
        scores: np.ndarray = fit(rehearsal, rng).score(evidence)
        return scores

    def decide(
        self, evidence: Evidence, rehearsal: Rehearsal, alphas: np.ndarray, rng: np.random.Generator
    ) -> np.ndarray:
        """(A, n) bool: for each precision demand, the records claimed to be members.

        Thresholds are chosen on `rehearsal` alone (HP-MIA, Algorithm 2) and applied to `evidence`.
        """
        sides = (rehearsal.evidence, evidence)
        practice, scores = (self.score(side, rehearsal, copy.deepcopy(rng)) for side in sides)  # both start alike
        return scores >= inclusion(practice, rehearsal.member, alphas)[:, None]


@dataclass(frozen=True)
class Declared:
    """What an attack says of itself, checked."""

    reference: str
    version: int
    access: str
    needs: str
    queries: tuple[str, ...]
    uses: tuple[str, ...]


DECLARATIONS = tuple(Declared.__dataclass_fields__)
DOORS = DECLARATIONS[1:]  # whose misspelling would change what an attack is handed, or what is kept of it


def declared(attack: Any) -> Declared:
    """What this very object declares, with `Attack`'s defaults for what it does not say.

    Raises ValueError, in one sentence, on a class, on an object without score or fit, and on whatever declaration is
    misspelt in name or value.
    """
    if isinstance(attack, type):
        raise ValueError(f"{attack.__name__} is a class: give an instance, {attack.__name__}()")
    name = type(attack).__name__
    _has_a_hook(attack, name)
    for word in _attributes(attack):
        if near := _meant(word):
            raise ValueError(f"{name}.{word}: no declaration has this name; did you mean {near}?")
    said = {each: _said(attack, name, each) for each in DECLARATIONS}
    if not isinstance(said["reference"], str):
        raise ValueError(f"{name}.reference: expected a string, got {said['reference']!r}")
    if type(said["version"]) is not int or said["version"] < 1:
        raise ValueError(f"{name}.version: expected a whole number of at least 1, got {said['version']!r}")
    _one_of(name, "access", said["access"], ACCESS)
    _one_of(name, "needs", said["needs"], NEEDS)
    for each in ("queries", "uses"):
        words = said[each]
        if not isinstance(words, tuple) or len(set(map(str, words))) != len(words):
            raise ValueError(f"{name}.{each}: expected a tuple of different names, got {words!r}")
    for use in said["uses"]:
        _one_of(name, "uses", use, USES)
    if said["queries"][:1] != ("clean",) or not all(isinstance(q, str) for q in said["queries"]):
        raise ValueError(f"{name}.queries: expected a tuple of names that begins with 'clean', got {said['queries']!r}")
    return Declared(**said)


@lru_cache(1024)
def _meant(word: str) -> str:
    """The declaration of which a name is a misspelling; "" where it is none."""
    near = [] if word in DECLARATIONS else difflib.get_close_matches(word.lower(), DOORS, 1, 0.8)
    return near[0] if near else ""


def _has_a_hook(attack: Any, name: str) -> None:
    own = {hook: getattr(attack, hook, None) for hook in HOOKS}
    hooks = {h: f for h, f in own.items() if callable(f) and not inherited(f, getattr(Attack, h, None))}
    if not hooks.keys() & {"score", "fit"}:
        raise ValueError(f"{name}: an attack needs a method score(evidence, rehearsal, rng) or fit(rehearsal, rng)")
    if "fit" in hooks and len(hooks) > 1:
        other = next(hook for hook in hooks if hook != "fit")
        raise ValueError(f"{name}: an attack has fit or {other}, not both; what fit returns may have a {other}")
    for hook, function in hooks.items():
        try:
            inspect.signature(function).bind(*HOOKS[hook])
        except TypeError:
            raise ValueError(f"{name}.{hook}: expected the arguments {', '.join(HOOKS[hook])}") from None
        except ValueError:
            continue  # a function without a signature


def inherited(method: Any, base: Any) -> bool:
    """Whether a bound method is the one of the base class."""
    return base is not None and getattr(method, "__func__", None) is base


def _attributes(attack: Any) -> list[str]:
    """The public names that its own classes and the object itself give to what is no method."""
    own = [vars(cls) for cls in type(attack).__mro__ if cls not in (object, Attack)]
    spaces = [*own, getattr(attack, "__dict__", {})]
    return [n for space in spaces for n, value in space.items() if not n.startswith("_") and not callable(value)]


def _said(attack: Any, name: str, each: str) -> Any:
    try:
        return getattr(attack, each)
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        if isinstance(error, AttributeError) and inspect.getattr_static(attack, each, None) is None:
            return getattr(Attack, each)  # it does not say
        raise ValueError(f"{name}.{each}: {type(error).__name__}: {error}") from error


def _one_of(name: str, what: str, value: Any, legal: tuple[str, ...]) -> None:
    if type(value) is not str or value not in legal:  # a subclass may say that it equals anything
        near = difflib.get_close_matches(str(value), legal, 1)
        advice = f"; did you mean {near[0]}?" if near else ""
        raise ValueError(f"{name}.{what}: expected one of {', '.join(legal)}, got {value!r}{advice}")


def adopt(attack: Any) -> Attack:
    """`attack` itself, or an object that inherits nothing as a full attack, its fields as they were.

    Raises ValueError where it is none.
    """
    declared(attack)
    if isinstance(attack, Attack):
        return attack
    cls = type(attack)
    kept = {n: getattr(cls, n) for n in ("__module__", "__doc__", "__dataclass_fields__") if hasattr(cls, n)}
    return type(cls.__name__, (_Adopted,), kept)(attack)


def plain(attack: Any) -> Any:
    """The object that was adopted, or the attack itself."""
    return attack._plain if isinstance(attack, _Adopted) else attack


class _Adopted(Attack):
    """An object that inherits nothing; whatever it has is found here."""

    def __init__(self, plain: Any) -> None:
        self._plain = plain
        for each in (*DECLARATIONS, "score", "fit", "decide"):
            if hasattr(plain, each):
                vars(self)[each] = getattr(plain, each)

    def __getattr__(self, name: str) -> Any:
        return getattr(vars(self)["_plain"], name)

    def __eq__(self, other: object) -> bool:
        return self._plain == (other._plain if isinstance(other, _Adopted) else other)

    def __hash__(self) -> int:
        return hash(self._plain)
