"""A folder of results, each write-once under the digest of what determines it: trained models, their outputs, attacks'
answers. Several processes may share it.
"""

from __future__ import annotations

import functools
import hashlib
import json
import os
import shutil
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from benchmarks.results import files
from benchmarks.results.checking import checked
from benchmarks.training import noted as kinds
from datasets import drafts
from datasets.npz import npy_header

Writer = Callable[[BinaryIO], None]


def digest(value: Any) -> str:
    """The first 32 hex digits of the SHA-256 of a plain value's canonical JSON."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def rows_digest(rows: np.ndarray) -> str:
    """A digest of row numbers (n,), in their order."""
    return hashlib.sha256(np.ascontiguousarray(rows, dtype=np.int64).tobytes()).hexdigest()[:32]


MAPPED = 1024  # files of a shelf that stay mapped; a system maps some ten thousands for a process
WEIGHTS = "weights.safetensors"  # of a model
ADVICE = "delete this folder, and the same command makes it again"


class Damaged(ValueError):
    """In an entry's place lies something else than what was written there."""


@dataclass(frozen=True)
class Entry:
    """An entry on its way from one store to another: its shelf, its key, and the bytes of its files."""

    shelf: str
    key: str
    files: dict[str, bytes]


@dataclass(frozen=True)
class Shelf:
    """Entries of one kind: ``home/<digest of its spec>/`` with spec.json, facts.json and data files.

    An entry is made as a draft and renamed: present = complete. It is checked when it is first read: the spec against
    the entry's name, every file against its digest in facts.json, and facts.json against its own; then facts are of
    the type `kind`, and arrays are whole. What was read is kept: games of one plan share their models.
    """

    home: Path
    kind: Any = dict[str, Any]
    _noted: dict[str, dict[str, Any]] = field(default_factory=dict, compare=False, repr=False)
    _mapped: OrderedDict[tuple[str, str], np.ndarray] = field(default_factory=OrderedDict, compare=False, repr=False)

    def folder(self, key: str) -> Path:
        """Where the entry `key` lies, or would."""
        return self.home / key

    def __contains__(self, key: str) -> bool:
        return (self.folder(key) / "facts.json").is_file()

    def missing(self, keys: Iterable[str]) -> list[str]:
        """Those of `keys` that are not there, in order."""
        return [key for key in keys if key not in self]

    def write(self, spec: Any, files: Mapping[str, Writer], facts: Mapping[str, Any], durable: bool = True) -> str:
        """Store an entry, whole or not at all, and return its key; one that another process stored stays.

        durable: wait until the disk has it. Raises ValueError on facts that are not of the shelf's kind, OSError when
        the disk is full or not writable.
        """
        key, plain = digest(spec), dict(facts)
        checked(plain, self.kind)

        def fill(draft: Path) -> None:
            every = {**files, "spec.json": _json(spec)}
            for name, writer in every.items():
                _write(draft / name, writer, durable)
            noted = {"facts": plain, "files": {name: _sha256(draft / name) for name in every}}
            _write(draft / "facts.json", _json({**noted, "sha256": digest(noted)}), durable)

        self._place(key, fill)
        return key

    def _place(self, key: str, fill: Callable[[Path], None]) -> None:
        try:
            self.home.mkdir(parents=True, exist_ok=True)
            with drafts.folder(self.home) as draft:
                fill(draft)
                if key not in self:
                    drafts.rename(draft, self.folder(key))
        except OSError as error:
            if key not in self:  # else another process was faster, with the same bytes
                raise OSError(files.unwritable("--store", self.home, error)) from error

    def entry(self, key: str) -> Entry:
        """What lies there, to be sent. Raises Damaged, OSError."""
        names = ["facts.json", *self.noted(key)["files"]]
        return Entry(self.home.name, key, {name: (self.folder(key) / name).read_bytes() for name in names})

    def adopt(self, entry: Entry) -> None:
        """Store what another store's shelf held; an entry that is there stays. Raises Damaged, OSError."""
        for name in (entry.key, *entry.files):
            if name != Path(name).name or name in (".", ".."):
                raise Damaged(f"expected the name of an entry or a file, got {name!r}")

        def fill(draft: Path) -> None:
            for name, data in entry.files.items():
                _write(draft / name, functools.partial(put, data=data), durable=True)
            self._check(entry.key, draft)
            if entry.files.keys() - {"facts.json", *_plain(draft / "facts.json")["files"]}:
                raise Damaged(f"{entry.key}: holds files that its facts.json does not name")

        self._place(entry.key, fill)

    def noted(self, key: str) -> dict[str, Any]:
        """What facts.json holds: `facts`, and `files`, the SHA-256 of each; nobody changes it. Raises
        Damaged, OSError.
        """
        if key not in self._noted:
            self._check(key)
            self._noted[key] = _plain(self.folder(key) / "facts.json")
        return self._noted[key]

    def facts(self, key: str) -> dict[str, Any]:
        """What was noted when the entry was made: seconds, device, versions. Raises Damaged, OSError."""
        facts: dict[str, Any] = self.noted(key)["facts"]
        return facts

    def file(self, key: str, name: str) -> Path:
        """The path of the entry's file `name`. Raises Damaged, OSError."""
        if name not in self.noted(key)["files"]:
            raise Damaged(f"{self.folder(key)} has no {name}; {ADVICE}")
        return self.folder(key) / name

    def array(self, key: str, name: str, shape: tuple[int | None, ...] = (), dtype: Any = None) -> np.ndarray:
        """The array in the entry's file `name`, mapped read-only; None in `shape` stands for any number.

        Raises Damaged where it is of another shape or type, OSError.
        """
        array = self._map(key, name)
        fits = len(array.shape) == len(shape) and all(w in (None, g) for w, g in zip(shape, array.shape, strict=True))
        if (shape and not fits) or (dtype and array.dtype != dtype):
            said = f"({', '.join('any' if n is None else str(n) for n in shape)})"
            got = f"{array.dtype} of shape {array.shape}"
            raise Damaged(
                f"{self.folder(key)}: expected {name} of shape {said}, {np.dtype(dtype)}, got {got}; {ADVICE}"
            )
        return array

    def _map(self, key: str, name: str) -> np.ndarray:
        place = key, name
        if place not in self._mapped:
            self._mapped[place] = np.load(self.file(key, name), mmap_mode="r", allow_pickle=False).view(np.ndarray)
            if len(self._mapped) > MAPPED:
                self._mapped.popitem(last=False)
        self._mapped.move_to_end(place)
        return self._mapped[place]

    def damaged(self, keys: Iterable[str]) -> list[str]:
        """Those of `keys` in whose place lies something else than what was written, in order."""
        return [key for key in keys if os.path.lexists(self.folder(key)) and not self._sound(key)]

    def discard(self, keys: Iterable[str]) -> list[str]:
        """Remove the damaged entries among `keys`, so that they are made anew, and return them. Raises OSError."""
        found = self.damaged(keys)
        for key in found:
            self.remove(key)
        return found

    def remove(self, key: str) -> None:
        """Remove whatever lies in an entry's place. Raises OSError."""
        folder = self.folder(key)
        self._noted.pop(key, None)
        for place in [place for place in self._mapped if place[0] == key]:
            del self._mapped[place]
        if folder.is_dir() and not folder.is_symlink():
            shutil.rmtree(folder)
        else:
            folder.unlink()

    def _sound(self, key: str) -> bool:
        try:
            self.noted(key)
        except (OSError, Damaged):
            return False
        return True

    def _check(self, key: str, folder: Path | None = None) -> None:
        """Raise Damaged unless the folder, the entry's own unless given, holds the entry `key` as it was written."""
        folder = folder or self.folder(key)
        try:
            noted = _plain(folder / "facts.json")
            sealed = noted.pop("sha256")
            sound = sealed == digest(noted) and digest(_plain(folder / "spec.json")) == key
            sound = sound and all(_sha256(folder / Path(name).name) == sha for name, sha in noted["files"].items())
            if sound:
                checked(noted["facts"], self.kind)
                for name in (name for name in noted["files"] if name.endswith(".npy")):
                    _check_array(folder / name)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise Damaged(f"{folder}: cannot be read ({error}); {ADVICE}") from error
        if not sound:
            raise Damaged(f"{folder}: is not as it was written, or belongs to something else; {ADVICE}")

    def clear_drafts(self) -> None:
        """Remove what processes that are gone left half-made. Raises nothing."""
        drafts.clear(self.home)


@dataclass(frozen=True)
class Store:
    """models/: weights; outputs/: logits and signals of (model, records, query set); outcomes/: an attack's answer."""

    root: Path

    def __post_init__(self) -> None:
        for name, kind in (("models", kinds.Model), ("outputs", kinds.Output), ("outcomes", kinds.Outcome)):
            object.__setattr__(self, name, Shelf(self.root / name, kind))

    models: Shelf = field(init=False, compare=False, repr=False)
    outputs: Shelf = field(init=False, compare=False, repr=False)
    outcomes: Shelf = field(init=False, compare=False, repr=False)

    def shelf(self, name: str) -> Shelf:
        """That of a name. Raises KeyError."""
        return {shelf.home.name: shelf for shelf in self.shelves}[name]

    def entries(self) -> Iterator[Entry]:
        """All that is here: models before outputs, since a model that is there need only be asked."""
        for shelf in self.shelves:
            for facts in sorted(shelf.home.glob("*/facts.json")):
                yield shelf.entry(facts.parent.name)

    @property
    def shelves(self) -> tuple[Shelf, Shelf, Shelf]:
        """All of them."""
        return self.models, self.outputs, self.outcomes


def array_file(array: np.ndarray) -> Writer:
    """A file of one array."""
    return lambda file: np.save(file, array, allow_pickle=False)


def _json(value: Any) -> Writer:
    text = json.dumps(value, indent=1, sort_keys=True, allow_nan=False) + "\n"
    return lambda file: put(file, text.encode())


def put(file: BinaryIO, data: bytes) -> None:
    """Write bytes."""
    file.write(data)


def _write(path: Path, writer: Writer, durable: bool) -> None:
    with open(path, "xb") as file:
        writer(file)
        if durable:
            file.flush()
            os.fsync(file.fileno())


def _sha256(path: Path) -> str:
    if not path.is_file():
        raise ValueError(f"{path.name} is no file")  # a pipe or a device may have no end
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _plain(path: Path) -> Any:
    """What a JSON file holds. Raises ValueError, OSError."""
    return json.loads(files.read(path).decode("utf-8"))


def _check_array(path: Path) -> None:
    """Raise ValueError unless the file is an array of floating-point numbers, whole."""
    _, dtype = npy_header(path)
    if dtype.kind != "f":
        raise ValueError(f"{path.name} holds {dtype}, no floating-point numbers")
