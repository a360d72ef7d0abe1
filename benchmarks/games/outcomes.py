"""An attack's answer in one game, kept in the store under what determines it: the game, the attack and its code."""

from __future__ import annotations

import functools
import hashlib
import sys
from collections.abc import Hashable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from attacks import plain
from benchmarks.games.game import Game
from benchmarks.naming.registry import Plugin, settings
from benchmarks.statistics.played import SWEEP
from benchmarks.training.store import Store

OUTCOME_VERSION = 1


@dataclass(frozen=True, eq=False)
class Outcome:
    """What one attack said in one game: scores (n,) float64, verdicts (A, n) bool at each alpha of SWEEP, the precision
    (A,) that its thresholds had on the shadow model (NaN where they claim nobody), and the seconds that it took.
    """

    scores: np.ndarray
    verdicts: np.ndarray
    rehearsed_precision: np.ndarray
    seconds: float


def spec_of(game: Game, attack: Plugin) -> dict[str, Any]:
    """The plain values whose digest is the outcome's key.

    The attack's code is among them, so that an edited attack is played again even where its version was not raised.
    """
    value = attack.value
    written: Hashable = type(plain(value))  # type: ignore[assignment]
    return {
        "game": game.key,
        "attack": attack.name.partition("(")[0],
        "settings": settings(value),
        "version": value.version,
        "access": value.access,
        "needs": value.needs,
        "queries": list(value.queries),
        "uses": sorted(value.uses),
        "code": code_digest(written),
        "sweep": SWEEP.tolist(),
        "outcome_version": OUTCOME_VERSION,
    }


@functools.cache
def code_digest(cls: Any) -> str:
    """A digest of the source files beside which the class and its bases are written, a folder's own files each."""
    files: set[Path] = set()
    for base in cls.__mro__:
        path = getattr(sys.modules.get(base.__module__), "__file__", None)
        if path and base is not object:
            whole = Path(path).parent / "__init__.py"
            files |= set(Path(path).parent.glob("*.py")) if whole.exists() else {Path(path)}
    sha = hashlib.sha256()
    for file in sorted(files, key=str):
        sha.update(file.name.encode() + b"\0" + file.read_bytes())
    return sha.hexdigest()[:32]


def read(store: Store, key: str) -> Outcome | None:
    """The outcome of that key; None where there is none. A damaged one is removed, with a line on stderr."""
    for damaged in store.outcomes.discard([key]):
        print(f"damaged entry {damaged} removed from the store; the attack plays again", file=sys.stderr)
    if key not in store.outcomes:
        return None
    with np.load(store.outcomes.file(key, "outcome.npz"), allow_pickle=False) as file:
        scores, packed, rehearsed = (file[name] for name in ("scores", "verdicts", "rehearsed_precision"))
    verdicts = np.unpackbits(packed, axis=1, count=len(scores)).astype(bool)
    return Outcome(scores, verdicts, rehearsed, float(store.outcomes.facts(key)["seconds"]))


def write(store: Store, spec: dict[str, Any], outcome: Outcome) -> None:
    """Keep an outcome. Raises OSError."""
    packed = np.packbits(outcome.verdicts, axis=1)
    store.outcomes.write(
        spec,
        {
            "outcome.npz": lambda file: np.savez(
                file, scores=outcome.scores, verdicts=packed, rehearsed_precision=outcome.rehearsed_precision
            )
        },
        {"seconds": outcome.seconds},
        durable=False,
    )
