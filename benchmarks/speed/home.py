"""Where measured speed is kept: in the repository, whose tests measure it."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parents[2]


def checkout() -> Path:
    """The folder of the repository. Raises ValueError where this package is installed without it."""
    if not (ROOT / "tests" / "speed").is_dir():
        raise ValueError(
            "speed: expected a checkout of the repository, whose tests measure it, got an installed package; "
            "run `make speed` in a clone"
        )
    return ROOT
