"""Words of sentences: numbers with their things, what a user typed, what an error says."""

from __future__ import annotations

SHOWN = 60  # characters of a word that a sentence repeats


def counted(number: int, thing: str) -> str:
    """``1 trial``, ``8 trials``, ``1,200 trials``: `thing` must take a plain s."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def shown(word: str) -> str:
    """A user's `word` in quotes: escaped where it cannot be printed, and cut where it is long."""
    return repr(word) if len(word) <= SHOWN else f"{word[:SHOWN]!r}... ({len(word)} characters)"


def one_line(text: object) -> str:
    """`text` as one line: white space becomes a blank, and what cannot be printed is escaped."""
    line = " ".join(str(text).split())
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in line)


def kind_of(error: BaseException) -> str:
    """An error with its type, on one line."""
    return f"{type(error).__name__}: {one_line(error)}".rstrip(": ")
