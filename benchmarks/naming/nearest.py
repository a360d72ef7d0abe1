"""The nearest valid choice, for the end of a sentence on bad input."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable

from benchmarks.naming.wording import SHOWN

LEVEL = 0.2  # names that are less alike than the nearest by that are not offered


def nearest(word: str, known: Iterable[str], most: int = 3) -> str:
    """The end of an error sentence: the nearest of the `known` names, at most so many; if none is near, all of them."""
    names = sorted(set(known), key=_natural)
    if not names:
        return "there are none"
    near = {n: difflib.SequenceMatcher(None, n.lower(), word[:SHOWN].lower()).ratio() for n in names}
    least = max(0.5, max(near.values()) - LEVEL)
    close = [n for n in sorted(names, key=near.__getitem__, reverse=True) if near[n] >= least][:most]
    return f"did you mean {' or '.join(close)}?" if close else f"there are {', '.join(names)}"


def _natural(name: str) -> list[tuple[int, str]]:
    """A key that puts figure3 before figure10."""
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"(\d+)", name)]
