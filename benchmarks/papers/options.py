"""What is wanted of a paper, in words and numbers; light, since every command line makes one."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Options:
    """What of a paper is wanted, from which data, into which folders.

    `only`, `suites` and `change` are words as they stand on the command line; none: everything. `output`: None for
    output/PAPER; `docs`: where page and images go, None for the output.
    """

    paper: str
    only: tuple[str, ...] = ()
    suites: tuple[str, ...] = ()
    change: tuple[str, ...] = ()
    data: Path | None = None
    store: Path = Path("store")
    output: Path | None = None
    docs: Path | None = None
    on: str = "auto"
    workers: int | None = None
    timeout: float | None = None
    detach: bool = False
    device: str = "auto"
    seed: int = 0
    dry_run: bool = False
