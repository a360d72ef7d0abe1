"""A folder of trained models' outputs, each write-once under the digest of what determines it."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np


def digest(value: Any) -> str:
    """The first 32 hex digits of the SHA-256 of a plain value's canonical JSON."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


@dataclass(frozen=True)
class Store:
    """``<root>/models/<digest>/`` holds spec.json, logits.npy and facts.json; present means complete."""

    root: Path

    def folder(self, key: str) -> Path:
        """Where the entry `key` lies, or would."""
        return self.root / "models" / key

    def __contains__(self, key: str) -> bool:
        return (self.folder(key) / "facts.json").is_file()

    def missing(self, keys: Iterable[str]) -> list[str]:
        """Those of `keys` that are not stored, in order."""
        return [key for key in keys if key not in self]

    def write(self, key: str, spec: dict[str, Any], logits: np.ndarray, facts: dict[str, Any]) -> None:
        """Store one model's outputs, `logits` (A, Q, C) float32: whole or not at all.

        Raises OSError when the disk is full or not writable; an entry that another process stored stays.
        """
        home = self.root / "models"
        home.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix=".draft-", dir=home))
        try:
            with open(draft / "logits.npy", "wb") as file:
                np.save(file, logits, allow_pickle=False)
                file.flush()
                os.fsync(file.fileno())
            facts = {**facts, "logits_sha256": _sha256(draft / "logits.npy")}
            (draft / "spec.json").write_text(json.dumps(spec, indent=1, sort_keys=True) + "\n")
            (draft / "facts.json").write_text(json.dumps(facts, indent=1, sort_keys=True) + "\n")
            if key not in self:
                draft.rename(self.folder(key))
        except OSError as error:
            if key not in self:  # else another process was faster, with the same bytes
                raise OSError(f"--store: cannot write to {self.root} ({error}); is the disk full?") from error
        finally:
            shutil.rmtree(draft, ignore_errors=True)

    def logits(self, key: str) -> np.ndarray:
        """The stored (A, Q, C) float32 array, mapped read-only. Raises ValueError when it is damaged."""
        return np.load(self.folder(key) / "logits.npy", mmap_mode="r", allow_pickle=False)

    def facts(self, key: str) -> dict[str, Any]:
        """What was noted at training: seconds, device."""
        return json.loads((self.folder(key) / "facts.json").read_text())

    def summary(self, name: str, keys: list[str]) -> str:
        """A line on how many of `keys` are stored and sound, and how many are not."""
        damaged = self.damaged(keys)
        missing = len({*self.missing(keys), *damaged})
        line = f"{name:<24} {len(keys):4d} models: {len(keys) - missing} stored, {missing} to train"
        return f"{line} ({len(damaged)} of them damaged)" if damaged else line

    def damaged(self, keys: Iterable[str]) -> list[str]:
        """Those of `keys` in whose place lies something else than what was written, in order."""
        return [key for key in keys if self.folder(key).exists() and not self._sound(key)]

    def verify(self, keys: Iterable[str]) -> list[str]:
        """Remove the damaged entries among `keys`, so that they are trained anew, and return them."""
        found = self.damaged(keys)
        for key in found:
            if self.folder(key).is_dir():
                shutil.rmtree(self.folder(key))
            else:
                self.folder(key).unlink()
        return found

    def _sound(self, key: str) -> bool:
        try:
            return self.facts(key)["logits_sha256"] == _sha256(self.folder(key) / "logits.npy")
        except (OSError, ValueError, KeyError):
            return False


def _sha256(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
