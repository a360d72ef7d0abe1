"""Arrays out of a file that anybody may have made: .npz and .npy, headers first, in one sentence when unsound."""

from __future__ import annotations

import io
import math
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import IO

import numpy as np
from numpy.lib import format as npy

from datasets.words import one_line

RATIO = 1100  # deflate makes nothing smaller than by 1,032
ADVICE = "fetch or make it again"
Reader = Callable[[Path], dict[str, np.ndarray]]
_HEADERS = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}


def read_npz(path: Path, advice: str = ADVICE) -> dict[str, np.ndarray]:
    """The arrays of an .npz file by name. Raises ValueError, in one sentence that names the file and ends in `advice`,
    on any other file.

    An array is not allocated before its header is known to fit the file.
    """
    return _guarded(path, ".npz", _members, advice)


def read_npy(path: Path) -> np.ndarray:
    """The array of an .npy file. Raises ValueError, in one sentence that names the file, on any other file."""
    return _guarded(path, ".npy", lambda p: {"": _array(io.BytesIO(p.read_bytes()), p.stat().st_size)})[""]


def _guarded(path: Path, kind: str, read: Reader, advice: str = ADVICE) -> dict[str, np.ndarray]:
    if not path.is_file():
        raise ValueError(f"{path}: expected {kind}, got {'no regular file' if path.exists() else 'nothing there'}")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # what numpy warns of is not understood
            return read(path)
    except PermissionError as error:
        raise ValueError(f"{path}: cannot be read: {error.strerror or one_line(error)}") from error
    except Exception as error:  # whatever zipfile, its decompressors and numpy raise on bytes that they cannot read
        raise ValueError(f"{path}: cannot be read as {kind} ({one_line(error)}); {advice}") from error


def _members(path: Path) -> dict[str, np.ndarray]:
    arrays = {}
    with open(path, "rb") as file:
        if file.read(2) != b"PK":  # zipfile takes what follows anything else
            raise ValueError("it does not begin as a zip file")
    with zipfile.ZipFile(path) as archive:
        for info in archive.infolist():
            if not info.filename.isprintable():
                raise ValueError(f"an array is named {info.filename!r}")
            if info.file_size > RATIO * info.compress_size + RATIO:
                raise ValueError(f"{info.filename}: {info.file_size} bytes are said to lie in {info.compress_size}")
            name = info.filename.removesuffix(".npy")
            if name in arrays:
                raise ValueError(f"two arrays are named {name!r}")
            with archive.open(info) as member:
                arrays[name] = _array(member, info.file_size)
                if member.read(1):
                    raise ValueError(f"{info.filename}: longer than its header says")
    return arrays


def npy_header(path: Path) -> tuple[tuple[int, ...], np.dtype]:
    """Shape and type of the array in an .npy file, which has just the size for it; the array is not read.

    Raises ValueError, in one sentence that names the file, on any other file.
    """

    def read(path: Path) -> dict[str, np.ndarray]:
        size = path.stat().st_size
        with open(path, "rb") as file:
            shape, _, dtype = _header(file, size)
            if file.tell() + math.prod(shape) * dtype.itemsize != size:
                raise ValueError(f"{size} bytes do not hold {dtype} of shape {shape}")
        return {"": np.broadcast_to(np.zeros((), dtype), shape)}

    made = _guarded(path, ".npy", read)[""]
    return made.shape, made.dtype


def _header(file: IO[bytes], size: int) -> tuple[tuple[int, ...], bool, np.dtype]:
    """Shape, order and type of the array in a file of `size` bytes."""
    version = npy.read_magic(file)
    if version not in _HEADERS:
        raise ValueError(f"format {version[0]}.{version[1]} is not read here")
    shape, fortran, dtype = _HEADERS[version](file)
    if dtype.hasobject:
        raise ValueError("it holds pickled objects")
    if min(shape, default=0) < 0 or not dtype.itemsize or math.prod(shape) * dtype.itemsize > size:
        raise ValueError(f"an array that does not fit into {size} bytes, of {dtype} and shape {shape}")
    return shape, fortran, dtype


def _array(file: IO[bytes], size: int) -> np.ndarray:
    """The array in a file of `size` bytes."""
    shape, fortran, dtype = _header(file, size)
    length = math.prod(shape) * dtype.itemsize
    data = file.read(length)
    if len(data) < length:
        raise ValueError(f"ends after {len(data)} of {length} bytes")
    return np.ndarray(shape, dtype, data, order="F" if fortran else "C")
