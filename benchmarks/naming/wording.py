"""Words of sentences: numbers with their things, what a user typed, what an error says."""

from __future__ import annotations

import re
import shlex
import unicodedata
from collections.abc import Sequence

SHOWN = 60  # characters of a word that a sentence repeats
ENOUGH = 600  # characters of an error of somebody else's
LONGEST = 200  # characters of a word without a blank that an error message may hold, as a path may have
BIDI = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"  # they reorder what is seen


def counted(number: int, thing: str) -> str:
    """``1 trial``, ``8 trials``, ``1,200 trials``: `thing` must take a plain s."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def listed(thing: str, numbers: Sequence[int], most: int = 10) -> str:
    """``trial 3``, ``trials 1, 2 and 190 others``."""
    rest = f" and {counted(len(numbers) - most, 'other')}" if len(numbers) > most else ""
    return f"{thing}{'s' if len(numbers) > 1 else ''} {', '.join(map(str, numbers[:most]))}{rest}"


def quoted(word: str) -> str:
    """A word as a shell takes it, a spelling in double quotes."""
    return f'"{word}"' if re.fullmatch(r"[\w.-]+\([\w.,=() -]*\)", word) else shlex.quote(word)


def shown(word: str) -> str:
    """A user's `word` in quotes: escaped where it cannot be printed, and cut where it is long."""
    return repr(word) if len(word) <= SHOWN else f"{word[:SHOWN]!r}... ({len(word)} characters)"


def bare(word: str) -> str:
    """The same without quotes where it is short and can be printed."""
    return word if word.isprintable() and word and len(word) <= SHOWN else shown(word)


def one_line(text: object) -> str:
    """`text` as one line: white space becomes a blank, and what cannot be printed is escaped."""
    line = " ".join(str(text).split())
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in line)


def steers(letter: str) -> bool:
    """Whether a character does something else than to be seen: it steers a terminal, ends a line or hides text."""
    return unicodedata.category(letter) in ("Cc", "Cs", "Zl", "Zp") or letter in BIDI


def told(error: OSError | ValueError) -> str:
    """An error as the end of a sentence: on one line, without its number, and with long words cut."""
    words = str(error)
    if isinstance(error, OSError) and error.strerror and error.filename is not None:
        words = f"{error.filename}: {error.strerror}"
    elif isinstance(error, OSError) and error.strerror:
        words = error.strerror
    cut = re.compile(rf"(\S{{{SHOWN}}})\S{{{LONGEST - SHOWN},}}")
    return cut.sub(lambda word: f"{word[1]}... ({len(word[0])} characters)", one_line(words))


def kind_of(error: BaseException) -> str:
    """An error with its type, on one line that is cut where it is long."""
    return f"{type(error).__name__}: {said(error)}".rstrip(": ")


def said(error: BaseException) -> str:
    """The words of an error on one line; none where it has none to give."""
    try:
        line = one_line(error)
    except Exception:  # of an error's own __str__
        return ""
    return line if len(line) <= ENOUGH else f"{line[:ENOUGH]}..."


def duration(seconds: float) -> str:
    """A time in the unit that suits it: 52 s, 4 min, 3 h."""
    for unit, size in (("h", 3600), ("min", 60)):
        if seconds >= 1.5 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{max(1, round(seconds))} s"
