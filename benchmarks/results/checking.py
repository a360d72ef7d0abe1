"""Plain structs that are checked when they are read from disk, ranges included, and what checks them."""

from __future__ import annotations

import hashlib
import json
import math
import operator
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
_TEXT = "text without control characters"


class Plain(Struct, frozen=True, forbid_unknown_fields=True):
    """A read-only struct that refuses unknown fields."""


def checked(value: Any, kind: type[T]) -> T:
    """Plain data, or a struct, as `kind`, every range checked; names are in order, as in files, so that pages are the
    same from what was just made and from what is read back. Raises ValueError in one sentence.
    """
    try:
        return msgspec.convert(_plain(msgspec.to_builtins(value, str_keys=True, order="sorted"), 0), kind)
    except (TypeError, RecursionError, msgspec.ValidationError) as error:
        raise ValueError(" ".join(str(error).split())) from error


def digest_of(plain: Any) -> str:
    """SHA-256 of plain data's canonical JSON."""
    return hashlib.sha256(json.dumps(plain, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def _plain(value: Any, depth: int) -> Any:
    """The value as JSON would give it back; refuses NaN, infinity, characters that steer a terminal or hide text, and
    what nests too deep.
    """
    expect(depth < 12, "a nesting of at most 12", "more")
    if isinstance(value, float):
        expect(math.isfinite(value), "finite numbers", value)
    elif isinstance(value, str):
        expect((value.isascii() and value.isprintable()) or not any(map(steers, value)), _TEXT, ascii(value[:80]))
    elif isinstance(value, dict):
        return {_plain(key, depth + 1): _plain(child, depth + 1) for key, child in value.items()}
    elif isinstance(value, list | tuple):
        if set(map(type, value)) == {float} and all(map(math.isfinite, value)):
            return list(value)  # the long ones, fast
        return [_plain(child, depth + 1) for child in value]
    else:
        expect(value is None or isinstance(value, int), "plain values", type(value).__name__)
    return value


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
    expect(all(map(operator.lt, values, values[1:])), f"rising values of {name}", "others")


def bins(of: Struct, *names: str) -> None:
    """Expect one rising edge more than there are counts under `names`."""
    edges = of.edges  # type: ignore[attr-defined]
    alike(of, *names)
    expect(len(edges) == len(getattr(of, names[0])) + 1, "one edge more than counts", len(edges))
    rising("edges", edges)
