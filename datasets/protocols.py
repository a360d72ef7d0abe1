"""The protocols as values: who is attacked on what, from a seed. Prefix-stable in trials and references.

More trials or more references never change what earlier models were trained on, or what earlier trials attack.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar, Protocol, runtime_checkable

import numpy as np

from datasets.split import Rows, Split, Trial

GIVES = ("reference", "shadow", "population", "proxies", "validation", "spare")
REFERENCE = 1_000_000  # the number of six-split's first reference model, so that more trials never renumber it
LEAST = 10  # rows of the pool that nobody needs are given from a LEAST-th of `part` on
_PARTNER = (1, 0, 3, 2)


@runtime_checkable
class Splitting(Protocol):
    """What a protocol is: a frozen dataclass with a `name`, the records `part` that a model trains on, and `split`."""

    @property
    def name(self) -> str:
        """What records call it."""

    @property
    def gives(self) -> frozenset[str]:
        """What it can give, a choice of GIVES."""

    @property
    def part(self) -> int:
        """The records that a model trains on."""

    def resized(self, part: int) -> Splitting:
        """The same protocol with models that train on `part` records."""

    def split(self, records: int, trials: int, references: int, seed: int) -> Split:
        """The split of a pool of so many records. Raises ValueError, in one sentence, when they are too few."""


@dataclass(frozen=True)
class SixSplit:
    """HP-MIA, section 4.1.1: six disjoint parts; P0 to P3 take turns as target and shadow parts.

    P0 and P1, P2 and P3 are partners: a model trains on one and the other is its non-members; the shadow model is
    one of the other pair. Each reference model trains on a random half of P4 and P5 joined. With `target_out`, P1
    has only so many records and is never trained on. Once every part had its turn the same parts are trained on
    again from other seeds.

    The population is P4 and P5 joined: no target or shadow model trained on them, each reference model on half of them.
    Validation and spare records are what the six parts leave.
    """

    name: ClassVar[str] = "six-split"
    gives: ClassVar[frozenset[str]] = frozenset(GIVES) - {"shadow"}
    part: int
    target_out: int | None = None

    def __post_init__(self) -> None:
        whole("six-split: part", self.part, 1)
        if self.target_out is not None:
            whole("six-split: target_out", self.target_out, 1, self.part)

    def resized(self, part: int) -> SixSplit:
        """The protocol with parts of `part` records, and P1 in proportion."""
        out = None if self.target_out is None else max(1, round(self.target_out * part / self.part))
        return replace(self, part=part, target_out=out)

    def split(self, records: int, trials: int, references: int, seed: int) -> Split:
        """The split of a pool of so many records. Raises ValueError when they are too few."""
        counts(self.name, records, trials, references, seed)
        part = self.part
        sizes = [part] * 6
        sizes[1] = part if self.target_out is None else self.target_out
        if sum(sizes) > records:
            raise ValueError(
                f"six-split with {part} training records a model needs {sum(sizes)} records, "
                f"and the data set has {records}"
            )
        order = np.random.default_rng([seed, 0]).permutation(records)
        parts = np.split(order[: sum(sizes)], np.cumsum(sizes)[:-1])
        starts = np.concatenate([[0], np.cumsum(sizes)])
        turns = [p for p in (0, 2, 1, 3) if sizes[p] == part]
        rows = [np.sort(p) for p in parts]
        joined = np.concatenate(parts[4:])
        for shared in (*rows, joined):
            shared.flags.writeable = False
        numbers = tuple(range(REFERENCE, REFERENCE + references))

        def trained(model: int) -> np.ndarray:
            if model < REFERENCE:
                return rows[model % 4]
            return np.sort(np.random.default_rng([seed, 2, model - REFERENCE]).permutation(joined)[:part])

        def trial(number: int) -> Trial:
            again, turn = divmod(number, len(turns))
            own = turns[turn]
            other = next(p for p in ((own + 2) % 4, _PARTNER[(own + 2) % 4]) if p in turns)

            def shuffled(side: int) -> np.ndarray:
                places = [np.arange(starts[p], starts[p + 1]) for p in _pair((own, other)[side])]
                return np.random.default_rng([seed, 1, number, side]).permutation(np.concatenate(places))

            return Trial(4 * again + own, 4 * again + other, numbers, shuffled)

        made = tuple(map(trial, range(trials)))
        models = [model for t in made for model in (t.target, t.shadow)]
        validation, spare = _rest(order[sum(sizes) :], part, 2)
        return given(
            self,
            Split(
                self.name,
                part,
                np.concatenate(parts[:4]),
                Rows([*models, *numbers], trained),
                made,
                population=joined,
                validation=validation,
                spare=spare,
            ),
        )


@dataclass(frozen=True)
class HalfSplit:
    """Every model trains on a random half of the same 2 `part` records, and models take turns as the target.

    As Carlini et al. 2022 (LiRA), who put each record into exactly half of the models: then what the other models leave
    over is the target's, and tells its membership. Here models 2i and 2i + 1 are twins, which train on a random half
    and on the other half, and each pair of twins draws on its own. A trial has four models of two pairs: the target,
    the shadow model, and their twins, which nobody uses. All others are references, so that each record is in exactly
    half of them, and neither the target's half nor the shadow model's can be told from theirs.

    There are R + 4 models; in each four of them 0 and 2, 2 and 0, 1 and 3, 3 and 1 are target and shadow model in turn.
    Population, validation and spare records are what the audited ones leave.
    """

    name: ClassVar[str] = "half-split"
    gives: ClassVar[frozenset[str]] = frozenset(GIVES) - {"proxies"}
    part: int

    def __post_init__(self) -> None:
        whole("half-split: part", self.part, 1)

    def resized(self, part: int) -> HalfSplit:
        """The protocol with models that train on `part` records."""
        return replace(self, part=part)

    def split(self, records: int, trials: int, references: int, seed: int) -> Split:
        """The split of a pool of so many records.

        Raises ValueError when they are too few, or on fewer than two reference models or more trials than models.
        """
        counts(self.name, records, trials, references, seed)
        if references < 2:
            raise ValueError(f"half-split needs at least 2 reference models, got {references}")
        most = (references + 4) // 4 * 4
        if trials > most:
            raise ValueError(
                f"half-split with {references} reference models has {most} trials, got {trials}; "
                f"take at most that many, or at least {-(-trials // 4) * 4 - 4} reference models"
            )
        if 2 * self.part > records:
            raise ValueError(
                f"half-split with {self.part} training records a model needs {2 * self.part} records, "
                f"and the data set has {records}"
            )
        order = np.random.default_rng([seed, 5]).permutation(records)
        audited = np.sort(order[: 2 * self.part])

        def trained(model: int) -> np.ndarray:
            pair, twin = divmod(model, 2)
            halves = np.random.default_rng([seed, 3, pair]).permutation(audited).reshape(2, self.part)
            return np.sort(halves[twin])

        def trial(number: int) -> Trial:
            four, turn = divmod(number, 4)
            target = 4 * four + (0, 2, 1, 3)[turn]
            return Trial(
                target,
                target ^ 2,
                numbers,
                lambda side: np.random.default_rng([seed, 4, number, side]).permutation(len(audited)),
                unused=(target ^ 1, target ^ 3),
            )

        numbers = tuple(range(references + 4))
        population, validation, spare = _rest(order[2 * self.part :], self.part, 3)
        return given(
            self,
            Split(
                self.name,
                self.part,
                audited,
                Rows(numbers, trained),
                tuple(map(trial, range(trials))),
                population=population,
                validation=validation,
                spare=spare,
            ),
        )


def _pair(part: int) -> tuple[int, int]:
    return part, _PARTNER[part]


def _rest(rows: np.ndarray, part: int, shares: int) -> list[np.ndarray]:
    """Equal sorted shares of the rows that are left, each of `part` at most; empty below a `LEAST`-th of `part`.

    They depend on the seed, the pool's size and `part`, and on nothing else.
    """
    size = min(part, len(rows) // shares)
    size = size if LEAST * size >= part else 0
    return [np.sort(rows[i * size : (i + 1) * size]) for i in range(shares)]


def given(protocol: Splitting, split: Split) -> Split:
    """The split with what it gives: of what the protocol can give, what is there."""
    there = {name for name in ("population", "validation", "spare") if len(getattr(split, name))}
    if any(trial.offered for trial in split.trials[:1]):
        there |= {"reference", "shadow"}
        there |= {"proxies"} if "population" in there else set()
    return replace(split, gives=protocol.gives & there)


def whole(what: str, value: object, least: int, most: int | None = None) -> None:
    """Raise ValueError on anything but a whole number in this range."""
    expected = f"at least {least}" if most is None else f"from {least} to {most}"
    whole = isinstance(value, int) and not isinstance(value, bool)
    if not whole or value < least or (most is not None and value > most):  # type: ignore[operator]
        raise ValueError(f"{what}: expected a whole number {expected}, got {value!r}")


def counts(name: str, records: int, trials: int, references: int, seed: int) -> None:
    """Raise ValueError on numbers of which no split can be made."""
    whole(f"{name}: records", records, 0)
    whole(f"{name}: seed", seed, 0)
    whole(f"{name}: trials", trials, 1)
    whole(f"{name}: references", references, 0)
