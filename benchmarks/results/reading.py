"""The one reader of what comes back from disk: whole, sound and within its ranges, or refused in one sentence.

``STEM.json`` is a record, ``STEM.npz`` beside it each game's scores and verdicts, which only comparisons need.
Records of schema 2 are migrated in memory.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import numpy as np

from benchmarks.results import exchange, files, migrating
from benchmarks.results.checking import checked, digest_of
from benchmarks.results.record import SCHEMA, Comparisons, Record
from benchmarks.results.writing import CANARY, is_comparison, is_name, stem, stem_of
from benchmarks.statistics.played import ALPHAS, Played
from benchmarks.statistics.worst_case import Canaries
from datasets.npz import read_npz

BROKEN = (
    *(OSError, ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RecursionError, MemoryError),
)  # what json and msgspec are known to raise on damaged files
T = TypeVar("T")


def records(folder: Path) -> list[Record]:
    """All records of a folder, in the order of the names that they are written under.

    Raises ValueError, naming the file, on none or an unusable one.
    """
    exchange.refuse(folder.parent)
    paths = sorted(folder.glob("*.json"))
    if not paths:
        raise ValueError(f"{folder}: expected records (*.json), found none")
    return sorted((record(path) for path in paths), key=_place)


def _place(record: Record) -> str:
    return f"{stem_of(record)}.json"


def board(folder: Path) -> list[tuple[Record, list[Played] | None]]:
    """The records of a board's folder, each beside what was said in its games; none where it has no records.

    Raises ValueError as `records` does.
    """
    found = [(path, record(path)) for path in sorted((folder / "records").glob("*.json")) if is_name(path.name)]
    return [(one, played(path, one)) for path, one in sorted(found, key=lambda pair: _place(pair[1]))]


class Below(NamedTuple):
    """All records of a folder, the file of each, the comparisons, and the JSON files that are neither."""

    records: list[Record]
    paths: list[Path]
    comparisons: list[Comparisons]
    others: list[Path]


def below(folder: Path) -> Below:
    """What there is in and below a folder.

    Raises ValueError, naming the file, on a record or comparison that is unusable.
    """
    kept = Below([], [], [], [])
    old: dict[Path, list[tuple[dict[str, Any], Record]]] = {}
    for place in folder.rglob(exchange.UNFINISHED):
        exchange.refuse(place.parent)
    paths = [path for path in folder.rglob("*.json") if not _hidden(path, folder)]
    for path in sorted(paths):
        if path.parent.name == "comparisons" and is_comparison(path.name):
            kept.comparisons.append(_comparisons(path))
        elif is_name(path.name) or _looks_like_one(path):
            plain = _plain(path, "a record", (2, SCHEMA))
            kept.records.append(_migrated(path, plain))
            kept.paths.append(path)
            if plain["schema"] == 2 and path.parent.name == "records":
                old.setdefault(path.parent.parent, []).append((plain, kept.records[-1]))
        else:
            kept.others.append(path)
    for place, found in sorted(old.items()):
        kept.comparisons.extend(one for one in _old_comparisons(place, found) if one not in kept.comparisons)
    return kept


def _hidden(path: Path, folder: Path) -> bool:
    """Whether a file below a folder lies in a draft, or is one."""
    return any(part.startswith(".") for part in path.relative_to(folder).parts)


def _looks_like_one(path: Path) -> bool:
    try:
        plain = json.loads(files.read(path))
    except BROKEN:
        return False
    return isinstance(plain, dict) and {"schema", "attack", "defense"} <= set(plain)


def record(path: Path) -> Record:
    """One record. Raises ValueError, in one sentence that names the file."""
    return _migrated(path, _plain(path, "a record", (2, SCHEMA)))


def compared(folder: Path) -> list[Comparisons]:
    """The comparisons of a folder with ``records/``: those in ``comparisons/``, and what records of schema 2 hold.

    Raises ValueError as `records` does.
    """
    now = [_comparisons(path) for path in sorted((folder / "comparisons").glob("*.json"))]
    found = [
        (path, _plain(path, "a record", (2, SCHEMA)))
        for path in sorted((folder / "records").glob("*.json"))
        if is_name(path.name)
    ]
    old = [(plain, _migrated(path, plain)) for path, plain in found if plain["schema"] == 2]
    return [*now, *_old_comparisons(folder, old)]


def _old_comparisons(folder: Path, old: list[tuple[dict[str, Any], Record]]) -> list[Comparisons]:
    return [_typed(folder, "comparisons", made, Comparisons) for made in migrating.comparisons(old)]


def _comparisons(path: Path) -> Comparisons:
    """The comparisons in a file of their own name: one copied over another would hide that one."""
    found = _typed(path, "comparisons", _plain(path, "comparisons", (SCHEMA,)), Comparisons)
    if path.stem != stem(*found.key):
        raise ValueError(f"{path}: holds the comparisons of {stem(*found.key)}; run it again")
    return found


def _migrated(path: Path, plain: dict[str, Any]) -> Record:
    try:
        current = migrating.record(plain) if plain["schema"] == 2 else plain
    except BROKEN as error:
        raise ValueError(f"{path}: is not a record of schema 2 ({_line(error)})") from error
    return _typed(path, "a record", current, Record)


def _typed(path: Path, what: str, plain: Any, kind: type[T]) -> T:
    try:
        return checked(plain, kind)
    except BROKEN as error:
        raise ValueError(f"{path}: is not {what} ({_line(error)})") from error


def _plain(path: Path, what: str, schemas: tuple[int, ...]) -> dict[str, Any]:
    """The file's JSON object, its digest right and taken out."""
    try:
        text = files.read(path).decode("utf-8")
        plain = json.loads(text)
        if not isinstance(plain, dict) or "schema" not in plain:
            raise ValueError("it has no schema")
        found, schema = plain.pop("sha256", None), plain["schema"]
        sound = _as_written(text, found) or found == digest_of(plain)
    except BROKEN as error:
        raise ValueError(f"{path}: is not {what} ({_line(error)})") from error
    if isinstance(schema, bool) or schema not in schemas:
        raise ValueError(f"{path}: expected {what} of schema {schemas[-1]}, got {str(schema)[:40]!r}; run it again")
    if not sound:
        raise ValueError(f"{path}: is not as it was written (its sha256 differs); run it again")
    return plain


def _as_written(text: str, digest: Any) -> bool:
    """Whether the text is that of `writing.text_of`, to the byte, with this digest: what it says was then hashed as it
    stands, and need not be put into canonical form again.
    """
    entry, line = f'"sha256":"{digest}"', text.removesuffix("\n").replace(',\n"', ',"')
    hashed = line.replace(f",{entry}", "", 1) if f",{entry}" in line else line.replace(f"{entry},", "", 1)
    return line.count(entry) == 1 and hashlib.sha256(hashed.encode()).hexdigest() == digest


def played(path: Path, record: Record) -> list[Played] | None:
    """What the attack of the record in `path` said in each game; None where that is not kept.

    Raises ValueError where it is damaged, or is not what the record was made from.
    """
    beside = path.with_suffix(".npz")
    if not beside.exists():
        return None
    file = read_npz(beside, "run it again")
    try:
        return [_played(record, i, file) for i in range(record.trials)]
    except (ValueError, KeyError) as error:
        said = f"has no {error.args[0]}" if isinstance(error, KeyError) else _line(error)
        raise ValueError(f"{beside}: {said}; run it again") from error


def _played(record: Record, game: int, file: dict[str, np.ndarray]) -> Played:
    member, scores, verdicts = (file[f"{key}_{game}"] for key in ("member", "scores", "verdicts"))
    rehearsed = [record.verdict(alpha).rehearsed_precision[game] for alpha in ALPHAS]
    known = np.array([np.nan if p is None else p for p in rehearsed])
    seconds = record.cost.attack_seconds / record.trials
    try:
        kept = f"canary_{CANARY[0]}_{game}" in file
        canaries = Canaries(*(file[f"canary_{key}_{game}"] for key in CANARY)) if kept else None
        records = file.get(f"records_{game}")
        made = Played(member, scores, verdicts, known, seconds, alphas=ALPHAS, canaries=canaries, records=records)
    except ValueError as error:
        raise ValueError(f"game {game}: {error}") from error
    counted = [made.counts(alpha) for alpha in ALPHAS]
    claimed = [(record.verdict(alpha).tp[game], record.verdict(alpha).fp[game]) for alpha in ALPHAS]
    if hashlib.sha256(made.all_scores.tobytes()).hexdigest()[:32] != record.scores[game] or counted != claimed:
        raise ValueError(f"the scores or verdicts of game {game} are not those that its record was made from")
    return made


def _line(error: BaseException) -> str:
    text = " ".join(str(error).split()) or type(error).__name__
    return "".join(c if c.isprintable() else "?" for c in text)[:300]
