"""Networks and protocols from their spellings: ``mlp(hidden=(256, 128))``, ``my_package.nets:Wide(width=2)``."""

from __future__ import annotations

from dataclasses import is_dataclass
from typing import Any

from benchmarks.naming.registry import DATASETS, NETWORKS, PROTOCOLS, Kind, builtin, find, origin
from datasets import Splitting


def dataset_of(name: str) -> str:
    """The name, when a data set has it. Raises ValueError, in one sentence."""
    try:
        origin(DATASETS, name)
    except ValueError as error:
        raise ValueError(f"data: {error}") from error
    return name


def network_of(spelling: str, built_in: bool = False) -> Any:
    """The network of that spelling; `built_in`: one of ours. Raises ValueError, in one sentence."""
    return _checked(NETWORKS, spelling, built_in, "build(shape, classes)", ("build",))


def protocol_of(spelling: str, built_in: bool = False) -> Splitting:
    """The protocol of that spelling; `built_in`: one of ours. Raises ValueError, in one sentence."""
    needed = ("name", "gives", "part", "resized", "split")
    return _checked(PROTOCOLS, spelling, built_in, "name, gives, part, resized and split", needed)


def _checked(kind: Kind, spelling: str, built_in: bool, expected: str, needed: tuple[str, ...]) -> Any:
    value = (builtin(kind, spelling) if built_in else find(kind, spelling)).value
    if not is_dataclass(value) or isinstance(value, type) or any(not hasattr(value, name) for name in needed):
        raise ValueError(f"{kind.word} {spelling}: expected a frozen dataclass with {expected}, got {value!r}"[:300])
    return value
