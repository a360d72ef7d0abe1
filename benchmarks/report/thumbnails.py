"""Small pictures of the most exposed members, where the data are images and lie at hand."""

from __future__ import annotations

import base64
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np

from benchmarks.naming.loading import load as imported
from benchmarks.report.found import Found
from benchmarks.results.record import Record
from datasets import Pool, Split, load
from datasets.registry import PROTOCOLS


def of(record: Record, found: Found, data: Path) -> list[str]:
    """A data URI (PNG) for each of `found.exposed`, the records of a data set in the folder `data`; none where that has
    not the very data, they are no images, or the split cannot be drawn again.
    """
    pool = _pool(record, data)
    split = _split(record, len(pool.y)) if pool is not None else None
    if pool is None or split is None or len(split.trials) != len(found.members):
        return []
    for trial, member in zip(split.trials, found.members, strict=True):
        if not np.array_equal(split.member(trial.target)[trial.audited], member):
            return []  # not these games
    low, high = float(pool.x.min()), float(pool.x.max())
    made = []
    for i in found.exposed:
        row = split.audited[split.trials[found.game[i]].audited[found.row[i]]]
        shade = (pool.x[row].astype(float) - low) / max(high - low, 1e-12)
        made.append("data:image/png;base64," + base64.b64encode(png((255 * shade).round().astype(np.uint8))).decode())
    return made


def _pool(record: Record, data: Path) -> Pool | None:
    """The record's images; nothing is fetched."""
    name = record.suite.dataset
    try:
        pool = load(name, data if (data / f"{name}.npz").is_file() else None)
    except ValueError:
        return None
    images = pool.x.ndim == 4 and pool.x.shape[-1] in (1, 3)
    return pool if images and pool.digest == record.suite.dataset_digest else None


def _split(record: Record, records: int) -> Split | None:
    """The split of the record's games, drawn again from its protocol and seed."""
    suite = record.suite
    try:
        protocol: Callable[..., object] = imported(PROTOCOLS[suite.protocol])
        made = protocol(suite.part).split(records, suite.trials, suite.references, suite.seed)  # type: ignore[attr-defined]
    except (LookupError, TypeError, ValueError):
        return None  # a protocol of its own, or one that needs more words
    return made if isinstance(made, Split) else None


def png(image: np.ndarray) -> bytes:
    """An image (H, W, 1 or 3) of uint8 as PNG (RFC 2083)."""
    height, width, channels = image.shape
    head = struct.pack(">IIBBBBB", width, height, 8, {1: 0, 3: 2}[channels], 0, 0, 0)
    lines = b"".join(b"\0" + line.tobytes() for line in np.ascontiguousarray(image))
    parts = ((b"IHDR", head), (b"IDAT", zlib.compress(lines, 9)), (b"IEND", b""))
    chunks = (struct.pack(">I", len(d)) + k + d + struct.pack(">I", zlib.crc32(k + d)) for k, d in parts)
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)
