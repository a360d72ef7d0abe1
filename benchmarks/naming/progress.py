"""A progress bar that never stands in the way: when it cannot be shown, the work goes on without it."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

from tqdm import tqdm


@contextlib.contextmanager
def progress(total: int, what: str, unit: str) -> Iterator[Callable[[int], None]]:
    """Show a bar on stderr while the block runs; yields advance(steps)."""
    bar = None
    with contextlib.suppress(OSError, ValueError):
        bar = tqdm(total=total, desc=what, unit=unit, disable=not total, dynamic_ncols=True)

    def advance(steps: int = 1) -> None:
        nonlocal bar
        if bar is not None:
            try:
                bar.update(steps)
            except (OSError, ValueError):
                bar = None

    try:
        yield advance
    finally:
        if bar is not None:
            with contextlib.suppress(OSError, ValueError):
                bar.close()
