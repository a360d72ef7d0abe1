"""Records and comparisons on their way to disk: checked first, each file whole or not at all."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path

import msgspec
import numpy as np

from benchmarks.results import files
from benchmarks.results.checking import checked, digest_of
from benchmarks.results.record import Comparisons, Record
from benchmarks.statistics.played import ALPHAS, Played
from benchmarks.statistics.worst_case import Canaries

DEVICES = {"con", "prn", "aux", "nul", *(f"{of}{n}" for of in ("com", "lpt") for n in range(1, 10))}  # of Windows
CANARY = tuple(field.name for field in fields(Canaries))


def stem(*names: str) -> str:
    """A file name, without its ending, for names in order; where letters are lost, or are capital ones, which not all
    systems tell from small ones, a digest keeps two apart.
    """
    return "--".join(map(_safe, names))


def stem_of(record: Record) -> str:
    """The file name of a record, without its ending."""
    return stem(*record.key)


def _safe(name: str) -> str:
    kept = "".join(c if c.isascii() and (c.isalnum() or c in "._-=") else "_" for c in name)[:60]
    while "--" in kept:
        kept = kept.replace("--", "-")
    if kept.partition(".")[0].lower() in DEVICES:
        kept = f"_{kept}"
    return kept if kept == name == name.lower() else f"{kept}-{hashlib.sha256(name.encode()).hexdigest()[:6]}"


def is_name(name: str) -> bool:
    """Whether a file's name is that of a record or its arrays."""
    head, _, ending = name.rpartition(".")
    return ending in ("json", "npz") and head.count("--") == 3


def is_comparison(name: str) -> bool:
    """Whether a file's name is that of comparisons."""
    head, _, ending = name.rpartition(".")
    return ending == "json" and head.count("--") == 2


def write(record: Record, played: Sequence[Played], folder: Path) -> None:
    """Write a record and, where there are games, what the attack said in them, at each of `ALPHAS`. Raises OSError."""
    name = stem_of(record)
    if played:
        named = {"scores": [g.scores for g in played], "member": [g.member for g in played]}
        named["verdicts"] = [np.stack([g.claimed(alpha) for alpha in ALPHAS]) for g in played]
        arrays = {f"{key}_{i}": array for key, of in named.items() for i, array in enumerate(of)}
        arrays |= {f"records_{i}": g.records for i, g in enumerate(played) if g.records is not None}
        for i, canaries in ((i, g.canaries) for i, g in enumerate(played) if g.canaries):
            arrays |= {f"canary_{key}_{i}": getattr(canaries, key) for key in CANARY}
        files.write_arrays(folder / f"{name}.npz", **arrays)
    files.write(folder / f"{name}.json", text_of(record))


def write_comparisons(made: Comparisons, folder: Path) -> None:
    """Write one defense's comparisons. Raises OSError."""
    files.write(folder / f"{stem(*made.key)}.json", text_of(made))


def text_of(value: Record | Comparisons) -> str:
    """What stands in the file: JSON with its own digest, a line for each entry. Raises ValueError on wrong ranges."""
    plain = msgspec.to_builtins(checked(value, type(value)))
    text = json.dumps({**plain, "sha256": digest_of(plain)}, sort_keys=True, allow_nan=False, separators=(",", ":"))
    return text.replace(',"', ',\n"') + "\n"
