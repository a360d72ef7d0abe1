"""Named pools of records, and the protocols that split them."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datasets.canaries import Canaries
    from datasets.hamp import HampSplit
    from datasets.own import read_own
    from datasets.pool import Pool
    from datasets.protocols import HalfSplit, SixSplit, Splitting
    from datasets.registry import load
    from datasets.split import Rows, Split, Trial, duplicates, kinds, repeated

_HOMES = {
    "Canaries": "canaries",
    "HalfSplit": "protocols",
    "HampSplit": "hamp",
    "Pool": "pool",
    "Rows": "split",
    "SixSplit": "protocols",
    "Split": "split",
    "Splitting": "protocols",
    "Trial": "split",
    "duplicates": "split",
    "kinds": "split",
    "repeated": "split",
    "load": "registry",
    "read_own": "own",
}


def __getattr__(name: str) -> Any:
    """Import what is asked for, and no numpy before that."""
    if name in _HOMES:
        return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'datasets' has no attribute {name!r}")


__all__ = [
    "Canaries",
    "HalfSplit",
    "HampSplit",
    "Pool",
    "Rows",
    "SixSplit",
    "Split",
    "Splitting",
    "Trial",
    "duplicates",
    "kinds",
    "load",
    "read_own",
    "repeated",
]
