"""Words that go with numbers."""

from __future__ import annotations


def counted(number: int, thing: str) -> str:
    """``1 trial``, ``8 trials``, ``1,200 trials``: `thing` must take a plain s."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"
