"""Hyperparameters that must lie in a range, said in one sentence where they do not."""

from __future__ import annotations

from typing import Any


def check(of: Any, **ranges: tuple[float, float]) -> None:
    """Check fields of a dataclass, or each value of those that are tuples, against (least, most), None passing.

    Raises ValueError with the field, its range and its value.
    """
    for name, (least, most) in ranges.items():
        value = getattr(of, name)
        values = value if isinstance(value, tuple) else (value,)
        for each in values:
            if each is not None and not least <= each <= most:
                raise ValueError(f"{name}: expected at least {least:g} and at most {most:g}, got {each!r}")
