"""Query sets: what a model is asked about a record, by name. Each is stored as outputs of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from benchmarks.naming.nearest import nearest


@dataclass(frozen=True)
class QuerySet:
    """`make` yields raw inputs (n, ...), one array a query, from raw inputs (n, ...); `images`: of images alone."""

    make: Callable[[np.ndarray], Iterator[np.ndarray]]
    images: bool = False
    version: int = 1


def _clean(inputs: np.ndarray) -> Iterator[np.ndarray]:
    yield inputs


def _flips_shifts(inputs: np.ndarray) -> Iterator[np.ndarray]:
    """The image and its mirror image, each shifted by -1, 0, 1 pixels both ways, zeros moving in: 18 queries
    (Carlini et al. 2022, section VI-A).
    """
    height, width = inputs.shape[1:3]
    padded = np.pad(inputs, ((0, 0), (1, 1), (1, 1), (0, 0)))
    for images in (padded, padded[:, :, ::-1]):
        for down in (1, 0, 2):
            for right in (1, 0, 2):
                yield np.ascontiguousarray(images[:, down : down + height, right : right + width])


QUERIES = {"clean": QuerySet(_clean), "flips-shifts": QuerySet(_flips_shifts, images=True)}


def find(name: str) -> QuerySet:
    """The query set of that name. Raises ValueError with the nearest names."""
    if name not in QUERIES:
        raise ValueError(f"unknown query set {name!r}; {nearest(name, QUERIES)}")
    return QUERIES[name]


def unfit(name: str, shape: tuple[int, ...]) -> str:
    """Why records of this shape cannot be asked by a query set, or nothing."""
    try:
        images = find(name).images
    except ValueError as error:
        return f"needs queries that are not there: {error}"
    return f"needs images for the queries {name}, and the records are {shape}" if images and len(shape) != 3 else ""
