"""Arrays out of a file that anybody may have made: .npz and .npy, headers first, in one sentence when unsound."""

from __future__ import annotations

import io
import math
import warnings
import zipfile
from pathlib import Path
from typing import IO

import numpy as np
from numpy.lib import format as npy

from datasets.words import one_line

RATIO = 1100  # deflate makes nothing smaller than by 1,032
ADVICE = "delete it and fetch or make it again"
_HEADERS = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}


def read_npz(path: Path) -> dict[str, np.ndarray]:
    """The arrays of an .npz file by name. Raises ValueError, in one sentence that names the file, on any other file.

    An array is not allocated before its header is known to fit the file.
    """
    return _guarded(path, ".npz", _members)


def read_npy(path: Path) -> np.ndarray:
    """The array of an .npy file. Raises ValueError, in one sentence that names the file, on any other file."""
    return _guarded(path, ".npy", lambda p: {"": _array(io.BytesIO(p.read_bytes()), p.stat().st_size)})[""]


def _guarded(path: Path, kind: str, read: object) -> dict[str, np.ndarray]:
    if not path.is_file():
        raise ValueError(f"{path}: expected {kind}, got {'no regular file' if path.exists() else 'nothing there'}")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # of zipfile, on names that occur twice
            return read(path)  # type: ignore[operator]
    except Exception as error:  # whatever zipfile, its decompressors and numpy raise on bytes that they cannot read
        raise ValueError(f"{path}: cannot be read as {kind} ({one_line(error)}); {ADVICE}") from error


def _members(path: Path) -> dict[str, np.ndarray]:
    arrays = {}
    with zipfile.ZipFile(path) as archive:
        for info in archive.infolist():
            if not info.filename.isprintable():
                raise ValueError(f"an array is named {info.filename!r}")
            if info.file_size > RATIO * info.compress_size + RATIO:
                raise ValueError(f"{info.filename}: {info.file_size} bytes are said to lie in {info.compress_size}")
            with archive.open(info) as member:
                arrays[info.filename.removesuffix(".npy")] = _array(member, info.file_size)
                if member.read(1):
                    raise ValueError(f"{info.filename}: longer than its header says")
    return arrays


def _array(file: IO[bytes], size: int) -> np.ndarray:
    """The array in a file of `size` bytes."""
    version = npy.read_magic(file)
    if version not in _HEADERS:
        raise ValueError(f"format {version[0]}.{version[1]} is not read here")
    shape, fortran, dtype = _HEADERS[version](file)
    if dtype.hasobject:
        raise ValueError("it holds pickled objects")
    length = math.prod(shape) * dtype.itemsize
    if min(shape, default=0) < 0 or not dtype.itemsize or length > size:
        raise ValueError(f"an array that does not fit into {size} bytes, of {dtype} and shape {shape}")
    data = file.read(length)
    if len(data) < length:
        raise ValueError(f"ends after {len(data)} of {length} bytes")
    return np.ndarray(shape, dtype, data, order="F" if fortran else "C")
