"""Records to compare, from a folder or from a git commit; validated, so that no verdict rests on a damaged one."""

from __future__ import annotations

import io
import os
import subprocess
import tarfile
import tempfile
from pathlib import Path

from benchmarks.naming.wording import shown
from benchmarks.results import exchange, reading
from benchmarks.tracking.gate import Entry
from datasets import drafts

COMMITTED = "results/regression/records"  # where a commit's records lie unless REF:PATH says otherwise
DEFENDED = "results/regression/defenses"
OF = {"attacks": COMMITTED, "defenses": DEFENDED}


def entries(option: str, place: str | Path, subject: str = "attacks") -> list[Entry]:
    """The records of a folder, or, unless it is a Path, of a git commit: REF or REF:PATH.

    `subject`: attacks or defenses, of which the records are enough. Raises ValueError, in one sentence.
    """
    if os.path.isdir(place):
        return _folder(option, Path(place), str(place), subject)
    if isinstance(place, Path):
        raise ValueError(f"{option}: expected a folder with records (*.json), got {place}")
    with drafts.folder(Path(tempfile.gettempdir())) as folder:
        _extract(option, place, folder, OF[subject])
        return _folder(option, folder, place, subject)


def _folder(option: str, folder: Path, place: str, subject: str) -> list[Entry]:
    try:
        exchange.refuse(folder)
        paths = sorted(folder.glob("*.json"))
        if not paths:
            raise ValueError(f"{folder}: expected records (*.json), found none")
        return [_entry(path) if subject == "attacks" else Entry(reading.record(path), ()) for path in paths]
    except ValueError as error:
        raise ValueError(f"{option}: {str(error).replace(str(folder), place)}") from error


def _extract(option: str, place: str, folder: Path, usual: str) -> None:
    """Write the records of a commit into `folder`; the work tree stays as it is."""
    ref, _, path = place.partition(":")
    top = _git("rev-parse", "--show-toplevel")
    commit = _git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}")
    if top is None or commit is None:
        raise ValueError(f"{option}: {shown(place)} is neither a folder nor a commit of a git repository here")
    tree = f"{commit.decode().strip()}:{path or usual}"
    archive = _git("archive", "--format=tar", tree, cwd=top.decode().rstrip("\n"))
    if archive is None:
        raise ValueError(f"{option}: the commit {ref} has no folder {path or usual}")
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        tar.extractall(folder, filter="data")


def _git(*arguments: str, cwd: str | None = None) -> bytes | None:
    """What git prints, or None where it fails."""
    try:
        done = subprocess.run(["git", *arguments], capture_output=True, cwd=cwd, check=False)
    except FileNotFoundError as error:
        raise ValueError("a git commit was named, and there is no git on this machine; give a folder") from error
    return done.stdout if done.returncode == 0 else None


def repository() -> Path:
    """The root of the git repository here. Raises ValueError where there is none."""
    top = _git("rev-parse", "--show-toplevel")
    if top is None:
        raise ValueError("expected to be inside a git repository, whose commits are the baselines")
    return Path(top.decode().rstrip("\n"))


def commit() -> tuple[str, str]:
    """The abbreviated commit here, with a + where files differ from it, and its date; two dashes without git."""
    try:
        shown = _git("log", "-1", "--format=%h %cs")
        dirty = _git("status", "--porcelain", "--untracked-files=no")
    except ValueError:
        shown = None
    if not shown:
        return "-", "-"
    name, date = shown.decode().split()
    return name + "+" * bool(dirty), date


def _entry(path: Path) -> Entry:
    """A record with what its attack said. Raises ValueError where either is damaged or they do not belong together."""
    record = reading.record(path)
    played = reading.played(path, record)
    if played is None:
        raise ValueError(f"{path.stem}.npz is missing: without an attack's scores there is nothing to compare")
    return Entry(record, played)
