"""A small committed set of trained models' outputs, on which all attacks run in seconds without training.

16 models on 400 of the bundled digits, half-split: each record is in the training sets of half of the models. Every
model is the target once; model t + 8 is then the shadow model and the other 14 are its references.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
import zipfile
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from benchmarks.games.evaluate import audited
from benchmarks.naming.plugins import Plugin, defense_classes, parse
from benchmarks.results import records
from benchmarks.training import plan, runner
from benchmarks.training.plan import Plan
from benchmarks.training.store import Store
from benchmarks.training.suites import SUITES
from datasets import Split, Trial, load

MODELS = 16
RECORDS = 400
FILE = Path("results/regression/outputs.npz")
SUITE = replace(
    SUITES["digits"],
    name="stored-digits",
    protocol="half-split",
    part=RECORDS // 2,
    references=MODELS - 2,
    trials=MODELS,
)


@dataclass(frozen=True, eq=False)
class Outputs:
    """`rows` (n,) of the digits, `labels` (n,), `member` (M, n) bool, `logits` (M, n, 1, C) float32."""

    rows: np.ndarray
    labels: np.ndarray
    member: np.ndarray
    logits: np.ndarray


def none() -> Plugin:
    """No defense."""
    return parse("--defenses", "none", defense_classes())


def train(device: str) -> Outputs:
    """Train the models anew. The rows and the memberships are always the same, the outputs up to the device."""
    pool = load(SUITE.dataset, None)
    rows = np.random.default_rng(0).permutation(len(pool.y))[:RECORDS]
    pool = replace(pool, x=pool.x[rows], y=pool.y[rows])
    made = plan.make(SUITE, pool, none(), (), "adaptive", seed=0)
    with tempfile.TemporaryDirectory() as folder:
        store = Store(Path(folder))
        failures = runner.train(made, store, device)
        if failures:
            raise ValueError(f"model {failures[0].model} failed: {failures[0].reason}")
        logits = np.stack([store.logits(made.trainings["none", m].key) for m in range(MODELS)])
    return Outputs(rows, pool.y, np.stack([made.split.member(m) for m in range(MODELS)]), logits)


def write(outputs: Outputs, path: Path) -> None:
    """Write the outputs whole or not at all. Raises OSError."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.draft")
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with open(draft, "wb") as file:
            np.savez_compressed(file, **vars(outputs))
        os.replace(draft, path)
    finally:
        draft.unlink(missing_ok=True)


def read(path: Path) -> Outputs:
    """The outputs that `path` holds. Raises ValueError, in one sentence, when it is none or damaged."""
    try:
        with np.load(path, allow_pickle=False) as arrays:
            outputs = Outputs(**{name: arrays[name] for name in Outputs.__dataclass_fields__})
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise ValueError(f"--outputs: {path} cannot be read as stored outputs ({error})") from error
    m, n = outputs.member.shape if outputs.member.ndim == 2 else (0, 0)
    expected = {"rows": (n,), "labels": (n,), "member": (m, n), "logits": (m, n, 1, 10)}
    for name, shape in expected.items():
        if getattr(outputs, name).shape != shape or m < 4 or m % 2:
            raise ValueError(f"--outputs: {path}: expected {name} of shape {shape}, got {getattr(outputs, name).shape}")
    if outputs.member.dtype != bool or not np.isfinite(outputs.logits).all():
        raise ValueError(f"--outputs: {path}: expected membership as bool and finite logits")
    return outputs


@dataclass(frozen=True, eq=False)
class StoredPlan(Plan):
    """A plan whose models are known by the digests of their outputs (M,), whatever trained them."""

    digests: tuple[str, ...] = ()

    def keys(self, defense: Plugin, trial: Trial) -> tuple[str, str, tuple[str, ...]]:
        """The store's keys of target, shadow and references."""
        target, shadow, *references = (self.digests[m] for m in (trial.target, trial.shadow, *trial.references))
        return target, shadow, tuple(references)


def planned(outputs: Outputs, home: Path) -> tuple[Plan, Store]:
    """The outputs as a plan and a store in the folder `home`. Raises ValueError where they are not of the digits."""
    pool = load(SUITE.dataset, None)
    if not np.array_equal(outputs.labels, pool.y[outputs.rows]):
        raise ValueError("--outputs: the labels are not those of the digits that they name")
    pool = replace(pool, x=pool.x[outputs.rows], y=pool.y[outputs.rows])
    models, n = outputs.member.shape
    training = {m: np.flatnonzero(outputs.member[m]) for m in range(models)}
    trials = tuple(_trial(t, models, n) for t in range(models))
    digests = tuple(_digest(*model) for model in zip(outputs.logits, outputs.member, strict=True))
    store = Store(home)
    for key, logits in zip(digests, outputs.logits, strict=True):
        store.write(key, {}, logits, {"seconds": 0.0})
    split = Split("half-split", np.arange(n), training, trials)
    return StoredPlan(SUITE, pool, split, (none(),), "adaptive", 0, digests), store


def _digest(*arrays: np.ndarray) -> str:
    return hashlib.sha256(b"".join(a.tobytes() for a in arrays)).hexdigest()[:32]


def _trial(target: int, models: int, n: int) -> Trial:
    """The records lie in random order already, and who is a member of which model is drawn at random."""
    shadow = (target + models // 2) % models
    rest = tuple(m for m in range(models) if m not in (target, shadow))
    return Trial(target, shadow, rest, np.arange(n), np.arange(n))


def evaluate(outputs: Outputs, attacks: list[Plugin], folder: Path) -> None:
    """Run the attacks on every model in turn; afterwards `folder` holds their records and no others of this suite.

    Raises ValueError where an attack breaks its contract, OSError where the folder cannot be written.
    """
    names = " ".join(f'"{a.name}"' if "(" in a.name else a.name for a in attacks)
    command = {
        "command": f"python -m benchmarks.regression evaluate --attacks {names} --output DIR",
        "device": "stored outputs",
    }
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as home, tempfile.TemporaryDirectory(prefix=".draft-", dir=folder) as draft:
        made, store = planned(outputs, Path(home))
        for record, arrays in audited(made, store, attacks, command):
            record["cost"]["attack_seconds"] = 0.0  # so that the same attacks leave the same bytes
            records.write(record, arrays, Path(draft))
        for old in folder.glob(f"{SUITE.name}--*"):
            old.unlink()
        for path in Path(draft).iterdir():
            path.replace(folder / path.name)
