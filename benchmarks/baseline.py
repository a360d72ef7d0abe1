"""Records to compare, from a folder or from a git commit; validated, so that no verdict rests on a damaged one."""

from __future__ import annotations

import hashlib
import io
import subprocess
import tarfile
import tempfile
import zipfile
from pathlib import Path

import numpy as np

from benchmarks import metrics, records
from benchmarks.audit import ALPHAS
from benchmarks.gate import Entry

COMMITTED = "results/regression/records"  # where a commit's records lie unless REF:PATH says otherwise


def entries(option: str, place: str) -> list[Entry]:
    """The records of a folder, or of a git commit: REF or REF:PATH. Raises ValueError, in one sentence."""
    if Path(place).is_dir():
        return _folder(option, Path(place))
    with tempfile.TemporaryDirectory() as folder:
        _extract(option, place, Path(folder))
        return _folder(option, Path(folder))


def _folder(option: str, folder: Path) -> list[Entry]:
    try:
        found = records.read(folder)
        return [_entry(folder, record) for record in found]
    except ValueError as error:
        raise ValueError(f"{option}: {error}") from error


def _extract(option: str, place: str, folder: Path) -> None:
    """Write the records of a commit into `folder`; the work tree stays as it is."""
    ref, _, path = place.partition(":")
    top = _git("rev-parse", "--show-toplevel")
    commit = _git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}")
    if top is None or commit is None:
        raise ValueError(f"{option}: {place!r} is neither a folder nor a commit of a git repository here")
    tree = f"{commit.decode().strip()}:{path or COMMITTED}"
    archive = _git("archive", "--format=tar", tree, cwd=top.decode().rstrip("\n"))
    if archive is None:
        raise ValueError(f"{option}: the commit {ref} has no folder {path or COMMITTED}")
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        tar.extractall(folder, filter="data")


def _git(*arguments: str, cwd: str | None = None) -> bytes | None:
    """What git prints, or None where it fails."""
    try:
        done = subprocess.run(["git", *arguments], capture_output=True, cwd=cwd, check=False)
    except FileNotFoundError as error:
        raise ValueError("a git commit was named, and there is no git on this machine; give a folder") from error
    return done.stdout if done.returncode == 0 else None


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


def _entry(folder: Path, record: records.Any) -> Entry:
    """The record with what its attack said. Raises ValueError where the two do not belong together."""
    name = records.file_name(record)
    path = (folder / name).with_suffix(".npz")
    trials = range(len(record["trials"]))
    try:
        with np.load(path, allow_pickle=False) as arrays:
            scores, verdicts, member = ([arrays[f"{k}_{t}"] for t in trials] for k in ("scores", "verdicts", "member"))
    except FileNotFoundError:
        raise ValueError(f"{path.name} is missing: without an attack's scores there is nothing to compare") from None
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise ValueError(f"{path.name} cannot be read ({error})") from error
    for t in trials:
        n = len(member[t])
        shapes = (scores[t].shape, verdicts[t].shape, member[t].shape) == ((n,), (len(ALPHAS), n), (n,))
        if not shapes or member[t].dtype != bool or verdicts[t].dtype != bool or not np.isfinite(scores[t]).all():
            raise ValueError(f"{path.name}: trial {t} holds no finite scores, verdicts and membership of {n} records")
        if hashlib.sha256(scores[t].tobytes()).hexdigest()[:32] != record["scores"][t]:
            raise ValueError(f"{path.name}: the scores of trial {t} are not those that {name} was made from")
        claimed = [[int((v & m).sum()) for v in verdicts[t]] for m in (member[t], ~member[t])]
        if claimed != [[v[k][t] for v in record["verdicts"]] for k in ("tp", "fp")]:
            raise ValueError(f"{path.name}: the verdicts of trial {t} are not those that {name} counts")
        auc = float(metrics.ranking(metrics.ranked(scores[t], member[t]))["auc"])
        if abs(auc - record["trials"][t]["auc"]) > 1e-9:
            raise ValueError(f"{path.name}: the scores of trial {t} have another AUC than {name} says")
    return Entry(record, scores, verdicts, member)
