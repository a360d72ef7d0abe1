"""Query sets: what a model is asked about a record, by name. Each is stored as outputs of its own, under its name.

A name is a spelling: ``rotations(r=5)``; the one that leaves out what is as by default is the key (`canonical`).
"""

from __future__ import annotations

import functools
import hashlib
import math
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from benchmarks.naming.options import MOST
from benchmarks.naming.registry import QUERIES, Plugin, find
from benchmarks.naming.wording import kind_of
from datasets import Pool
from models import HookError
from models.process import undisturbed

Edges = Literal["constant", "edge"]  # as numpy.pad names them
TRIED = 5  # records, by which a query set's code is tried before anything is trained
LARGEST = 1e6  # deviation of noise, in units of what the network sees
SPLINE = 1  # order of what lies between pixels that are turned: linear, which stays in their range


class QuerySet:
    """What a model is asked about a record. What it asks about one must not depend on the others.

    students: 0 where the model itself answers. Else a student answers the one query in its place, after each of so many
    epochs of learning from the model's outputs on the population; targets and shadow models alone have one.
    """

    version: Any = 1  # raised whenever the queries change
    students: int = 0

    def make(self, x: np.ndarray, pool: Pool) -> Iterator[np.ndarray]:
        """Raw inputs (n, ...), one array a query, of raw records x (n, ...) of the pool."""
        raise NotImplementedError

    def unfit(self, pool: Pool) -> str:
        """What the pool's records are not, as the rest of "which need ..."; empty where they can be asked so."""
        return ""


class Images(QuerySet):
    """A query set of images alone, which it moves by up to `reach` pixels."""

    reach: int = 0

    def unfit(self, pool: Pool) -> str:
        """Whether they are no images, or so small that nothing of one is left."""
        if pool.x.ndim != 4:
            return f"images; the records are {pool.x.shape[1:]}"
        height, width = pool.x.shape[1:3]
        small = min(height, width) <= self.reach
        return f"images of more than {self.reach} pixels a side; the records are {height} x {width}" if small else ""


@dataclass(frozen=True)
class Clean(QuerySet):
    """The record itself."""

    def make(self, x: np.ndarray, pool: Pool) -> Iterator[np.ndarray]:
        """One query."""
        yield x


@dataclass(frozen=True)
class FlipsShifts(Images):
    """The image and its mirror image, each shifted by -1, 0, 1 pixels both ways (Carlini et al. 2022, VI-A)."""

    reach = 1

    def make(self, x: np.ndarray, pool: Pool) -> Iterator[np.ndarray]:
        """18 queries, zeros moving in."""
        for images in (x, x[:, :, ::-1]):
            for down in (0, 1, -1):
                for right in (0, 1, -1):
                    yield shifted(images, down, right, "constant")


@dataclass(frozen=True)
class Shifts(Images):
    """The image, and shifted by i and j pixels, |i| + |j| = d (Choquette-Choo et al. 2021, section 4.2)."""

    d: int = 1

    def __post_init__(self) -> None:
        _demand("d", self.d, self.d >= 1, "1 or more")

    @property
    def reach(self) -> int:  # type: ignore[override]
        """The pixels."""
        return self.d

    def make(self, x: np.ndarray, pool: Pool) -> Iterator[np.ndarray]:
        """4 d + 1 queries, the nearest pixels moving in."""
        yield x
        for down in range(-self.d, self.d + 1):
            rest = self.d - abs(down)
            for right in (-rest, rest)[: 2 if rest else 1]:
                yield shifted(x, down, right, "edge")


@dataclass(frozen=True)
class Rotations(Images):
    """The image turned by -r to r degrees in steps of one (Choquette-Choo et al. 2021, section 4.2)."""

    r: int = 9

    def __post_init__(self) -> None:
        _demand("r", self.r, 1 <= self.r <= 180, "1 to 180")

    def make(self, x: np.ndarray, pool: Pool) -> Iterator[np.ndarray]:
        """2 r + 1 queries, the image itself among them; zeros move in, and bytes stay bytes."""
        from scipy.ndimage import rotate

        for degrees in range(-self.r, self.r + 1):
            turned = rotate(x.astype(np.float32), degrees, axes=(2, 1), reshape=False, order=SPLINE)
            yield turned if x.dtype.kind == "f" else np.rint(turned).astype(x.dtype)


@dataclass(frozen=True)
class Noise(QuerySet):
    """The record with Gaussian noise of deviation sigma, in units of what the network sees (x * scale + shift)."""

    sigma: float = 0.05
    m: int = 50

    def __post_init__(self) -> None:
        _demand("sigma", self.sigma, 0 < self.sigma <= LARGEST, f"a positive number of at most {LARGEST:g}")
        _demand("m", self.m, self.m >= 1, "1 or more")

    def make(self, x: np.ndarray, pool: Pool) -> Iterator[np.ndarray]:
        """m queries; values are neither rounded nor kept in their range. Of a record, the first are always the same."""
        unit = np.float32(self.sigma) / np.array(pool.scale, np.float32)
        for drawn in _draws(x, "noise", self.m, lambda rng: rng.standard_normal(x.shape[1:], np.float32)):
            yield x + unit * drawn


@dataclass(frozen=True)
class BitFlips(QuerySet):
    """Each of d binary features flipped with probability count / d (Choquette-Choo et al. 2021, section 4.4)."""

    count: float = 3.0
    m: int = 50

    def __post_init__(self) -> None:
        _demand("count", self.count, 0 < self.count < math.inf, "a positive number")
        _demand("m", self.m, self.m >= 1, "1 or more")

    def make(self, x: np.ndarray, pool: Pool) -> Iterator[np.ndarray]:
        """m queries. Of a record, the first are always the same."""
        share = np.float32(self.count / math.prod(x.shape[1:]))
        for drawn in _draws(x, "bit-flips", self.m, lambda rng: rng.random(x.shape[1:], np.float32)):
            yield np.where(drawn < share, 1 - x, x).astype(x.dtype)

    def unfit(self, pool: Pool) -> str:
        """Whether some value is neither 0 nor 1, or a record has too few."""
        least, most, width = pool.x.min(), pool.x.max(), math.prod(pool.x.shape[1:])
        if not ((pool.x == 0) | (pool.x == 1)).all():
            return f"features that are 0 or 1; the records hold numbers from {least:g} to {most:g}"
        return "" if self.count <= width else f"{self.count:g} features or more; the records have {width}"


@dataclass(frozen=True)
class Trajectory(Clean):
    """The record itself, of a student after each of its epochs (Liu et al. 2022, section 4)."""

    epochs: int = 20

    def __post_init__(self) -> None:
        _demand("epochs", self.epochs, 1 <= self.epochs <= MOST["epochs"], f"1 to {MOST['epochs']}")

    @property
    def students(self) -> int:  # type: ignore[override]
        """The epochs."""
        return self.epochs


def shifted(images: np.ndarray, down: int, right: int, edges: Edges) -> np.ndarray:
    """Images (n, H, W, channels) whose pixels were moved; `edges`: what moves in, zeros or the nearest pixels."""
    height, width = images.shape[1:3]
    around = [(0, 0), (max(down, 0), max(-down, 0)), (max(right, 0), max(-right, 0)), (0, 0)]
    padded = np.pad(images, around, mode=edges)
    top, left = max(-down, 0), max(-right, 0)
    return np.ascontiguousarray(padded[:, top : top + height, left : left + width])


def _draws(x: np.ndarray, kind: str, m: int, draw: Callable[[np.random.Generator], np.ndarray]) -> Iterator[np.ndarray]:
    """m arrays (n, ...) of random numbers; a record's are a function of its bytes and of `kind` alone."""
    keys = (hashlib.blake2b(record.tobytes(), digest_size=16, key=kind.encode()).digest() for record in x)
    streams = [np.random.Generator(np.random.Philox(key=int.from_bytes(key, "little"))) for key in keys]
    for _ in range(m):
        yield np.stack([draw(rng) for rng in streams]) if streams else np.empty(x.shape, np.float32)


def _demand(name: str, value: Any, true: bool, expected: str) -> None:
    if not true:
        raise ValueError(f"{name}: expected {expected}, got {value}")


def query_set(name: str) -> QuerySet:
    """The query set of that spelling. Raises ValueError with the nearest names."""
    found: QuerySet = _found(name, tuple(sys.path)).value
    return found


def canonical(name: str) -> str:
    """The one spelling of a query set. Raises ValueError as `query_set` does."""
    return _found(name, tuple(sys.path)).name


@functools.cache
def _found(name: str, _path: tuple[str, ...]) -> Plugin:
    return find(QUERIES, name)


def unfit(name: str, pool: Pool) -> str:
    """Why records of the pool cannot be asked by a query set, or nothing; its code is tried on a few."""
    try:
        reason = query_set(name).unfit(pool)
    except ValueError as error:
        return f"needs queries that are not there: {error}"
    return f"asks {name}, which need {reason}" if reason else broken(name, pool)


def broken(name: str, pool: Pool) -> str:
    """Why the code of a query set cannot ask the pool's records, or nothing, also where they are unfit for it."""
    if query_set(name).unfit(pool):
        return ""
    try:
        with undisturbed(0):
            for _ in made(name, pool.x[:TRIED].copy(), pool):
                pass
    except HookError as error:
        return f"asks queries that break: {error}"
    return ""


def made(name: str, x: np.ndarray, pool: Pool) -> Iterator[np.ndarray]:
    """The queries (n, ...) of a set about raw records x (n, ...), checked. Raises HookError where its code breaks."""
    queries, count = query_set(name).make(x, pool), 0
    while True:
        try:
            query = next(queries)
        except StopIteration:
            break
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            raise HookError(f"queries {name}: {kind_of(error)}") from error
        if not isinstance(query, np.ndarray) or query.shape != x.shape or query.dtype.kind not in "biuf":
            raise HookError(f"queries {name}: expected numbers {x.shape}, got {getattr(query, 'shape', query)!s:.80}")
        count += 1
        yield query
    if not count:
        raise HookError(f"queries {name}: expected one query or more, got none")


def adopt(plain: Any) -> QuerySet:
    """`plain` itself, or an object that inherits nothing as a full query set. Raises ValueError where it is none."""
    if isinstance(plain, QuerySet):
        return plain
    if isinstance(plain, type) or not callable(getattr(plain, "make", None)):
        raise ValueError("expected an object with make(x, pool), which yields raw inputs")
    return _Adopted(plain)


class _Adopted(QuerySet):
    def __init__(self, plain: Any) -> None:
        self.version, self.make = getattr(plain, "version", 1), plain.make  # type: ignore[method-assign]
        if callable(getattr(plain, "unfit", None)):
            self.unfit = plain.unfit  # type: ignore[method-assign]
