"""Plain structs that are checked when they are read from disk, ranges included, and what checks them."""

from __future__ import annotations

import hashlib
import itertools
import json
import math
from typing import Annotated, Any, TypeVar

import msgspec
from msgspec import Meta, Struct

from benchmarks.naming.wording import steers

Line = Annotated[str, Meta(max_length=4000)]
Name = Annotated[str, Meta(min_length=1, max_length=400)]
Digest = Annotated[str, Meta(pattern=r"\A[0-9a-f]{8,128}\Z")]
Count = Annotated[int, Meta(ge=0, le=2**53)]
Share = Annotated[float, Meta(ge=0, le=1)]
Seconds = Annotated[float, Meta(ge=0, le=1e12)]
T = TypeVar("T")


class Plain(Struct, frozen=True, forbid_unknown_fields=True):
    """A read-only struct that refuses unknown fields."""


def checked(value: Any, kind: type[T]) -> T:
    """Plain data, or a struct, as `kind`, every range checked; names are in order, as in files, so that pages are the
    same from what was just made and from what is read back. Raises ValueError in one sentence.
    """
    try:
        plain = msgspec.to_builtins(value)
        _printable(plain, 0)
        return msgspec.convert(json.loads(json.dumps(plain, sort_keys=True)), kind)
    except (TypeError, RecursionError, msgspec.ValidationError) as error:
        raise ValueError(" ".join(str(error).split())) from error


def digest_of(plain: Any) -> str:
    """SHA-256 of plain data's canonical JSON."""
    return hashlib.sha256(json.dumps(plain, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def _printable(value: Any, depth: int) -> None:
    """Refuse NaN, infinity, characters that steer a terminal or hide text, and what nests too deep."""
    expect(depth < 12, "a nesting of at most 12", "more")
    if isinstance(value, float):
        expect(math.isfinite(value), "finite numbers", value)
    elif isinstance(value, str):
        expect(not any(map(steers, value)), "text without control characters", ascii(value[:80]))
    elif isinstance(value, dict):
        for key, child in value.items():
            _printable(key, depth + 1)
            _printable(child, depth + 1)
    elif isinstance(value, list | tuple):
        for child in value:
            _printable(child, depth + 1)
    else:
        expect(value is None or isinstance(value, int), "plain values", type(value).__name__)


def expect(true: bool, expected: str, got: Any) -> None:
    """Raise ValueError, "expected ..., got ...", unless it is true."""
    if not true:
        raise ValueError(f"expected {expected}, got {got}")


def one_of(name: str, value: str, known: tuple[str, ...]) -> None:
    """Expect one of the known words."""
    expect(value in known, f"{name} {' or '.join(known)}", repr(value))


def alike(of: Struct, *names: str) -> None:
    """Expect sequences of equal length under the struct's `names`."""
    lengths = [len(getattr(of, name)) for name in names]
    expect(len(set(lengths)) == 1, f"{', '.join(names)} of equal length", lengths)


def rising(name: str, values: tuple[float, ...]) -> None:
    """Expect values that rise."""
    expect(all(a < b for a, b in itertools.pairwise(values)), f"rising values of {name}", "others")


def bins(of: Struct, *names: str) -> None:
    """Expect one rising edge more than there are counts under `names`."""
    edges = of.edges  # type: ignore[attr-defined]
    alike(of, *names)
    expect(len(edges) == len(getattr(of, names[0])) + 1, "one edge more than counts", len(edges))
    rising("edges", edges)
