"""What facts.json must say of an entry, by the shelf, so that whoever reads it can rely on it; more may stand there."""

from __future__ import annotations

from typing import Any

from msgspec import Struct, field

from benchmarks.results.checking import Digest, Line, Name, Seconds


class Model(Struct, frozen=True):
    """How a model was made; `defense`: what it says of its own training."""

    seconds: Seconds
    device: Line
    versions: dict[Name, Line]
    defense: dict[Name, Any] = field(default_factory=dict)


class Output(Struct, frozen=True):
    """Which signals lie beside the logits, and the digest of the code that made them."""

    signals: tuple[Name, ...] = ()
    signals_code: Digest | None = None


class Outcome(Struct, frozen=True):
    """What an attack took, and what it says of its work."""

    seconds: Seconds
    facts: dict[Name, int | float | str] = field(default_factory=dict)
