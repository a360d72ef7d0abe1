"""One thread for small work: several would wait for one another, and for cores that are busy with something else."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from threadpoolctl import ThreadpoolController


@contextmanager
def one_thread(*kinds: str) -> Iterator[None]:
    """Let libraries of these kinds, blas and openmp, that are loaded run in one thread. torch keeps its own threads."""
    found = ThreadpoolController().info()
    paths = [of["filepath"] for of in found if of["user_api"] in kinds and "torch" not in Path(of["filepath"]).parts]
    with ThreadpoolController().select(filepath=paths).limit(limits=1):
        yield
