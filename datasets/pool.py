"""A named pool of records, with where it is from and a digest of its bytes."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np


@dataclass(frozen=True, eq=False)
class Pool:
    """`x` (N, ...) uint8 or float32, `y` (N,) int64 in 0 .. classes - 1; both become read-only.

    A network's input is x * scale + shift, broadcast over the last axis. Images are (N, H, W, channels).
    Raises ValueError on arrays that break this.
    """

    name: str
    x: np.ndarray
    y: np.ndarray
    classes: int
    scale: tuple[float, ...]
    shift: tuple[float, ...]
    source: str
    licence: str
    synthetic: bool = False
    lossless: bool = True

    def __post_init__(self) -> None:
        if self.x.ndim < 2 or self.y.ndim != 1 or len(self.x) != len(self.y):
            raise ValueError(
                f"{self.name}: got {self.x.shape} inputs for {self.y.shape} labels; expected as many of each"
            )
        if self.y.dtype != np.int64:
            raise ValueError(f"{self.name}: expected labels of type int64, got {self.y.dtype}")
        for what, values in (("scale", self.scale), ("shift", self.shift)):
            if len(values) not in (1, self.x.shape[-1]):
                raise ValueError(
                    f"{self.name}: expected {len(values)} values on the last axis, one for each {what}, "
                    f"got inputs of shape {self.x.shape}"
                )
        if self.x.dtype not in (np.uint8, np.float32):
            raise ValueError(f"{self.name}: expected inputs of type uint8 or float32, got {self.x.dtype}")
        if self.x.dtype == np.float32 and not np.isfinite(self.x).all():
            raise ValueError(f"{self.name}: expected finite inputs, got NaN or infinity")
        if len(self.y) and not 0 <= self.y.min() <= self.y.max() < self.classes:
            raise ValueError(
                f"{self.name}: expected labels from 0 to {self.classes - 1}, got {self.y.min()} to {self.y.max()}"
            )
        self.x.flags.writeable = False
        self.y.flags.writeable = False

    def told(self, source: str, licence: str) -> Pool:
        """The same records with another word on where they are from."""
        pool = replace(self, source=source, licence=licence)
        vars(pool)["digest"] = self.digest  # of the same bytes: not taken again
        return pool

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the bytes and of all that a network's input depends on."""
        about = (self.x.shape, str(self.x.dtype), self.classes, self.scale, self.shift)
        sha = hashlib.sha256(repr(about).encode())
        sha.update(np.ascontiguousarray(self.x).data)
        sha.update(np.ascontiguousarray(self.y).data)
        return sha.hexdigest()
