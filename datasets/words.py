"""Text from files and errors as one printable line."""

from __future__ import annotations


def one_line(text: object, most: int = 200) -> str:
    """At most so many characters of `text`, with single blanks and what cannot be printed escaped.

    An exception without words is shown by its name.
    """
    words = " ".join(str(text).split()) or type(text).__name__
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in words[:most])
