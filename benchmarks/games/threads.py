"""One thread for small work: several would wait for one another, and for cores that are busy with something else."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

from threadpoolctl import ThreadpoolController


@contextmanager
def one_thread(*kinds: str) -> Iterator[None]:
    """Let libraries of these kinds, blas and openmp, that are loaded run in one thread. torch keeps its own threads."""
    with _libraries(kinds, len(sys.modules)).limit(limits=1):
        yield


@lru_cache(4)
def _libraries(kinds: tuple[str, ...], modules: int) -> ThreadpoolController:
    """Those that are loaded; to find them takes a millisecond and more. They come with `modules`, so many by now."""
    loaded = ThreadpoolController()
    found = [Path(of["filepath"]) for of in loaded.info() if of["user_api"] in kinds]
    return loaded.select(filepath=[str(path) for path in found if "torch" not in path.parts])
