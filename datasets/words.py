"""Text from files and errors as one printable line."""

from __future__ import annotations


def one_line(text: object, most: int = 200) -> str:
    """About so many characters of `text`, its end cut with ..., single blanks, what cannot be printed escaped.

    An exception without words is shown by its name.
    """
    words = " ".join(str(text).split()) or type(text).__name__
    words = words if len(words) <= most else f"{words[:most].rsplit(' ', 1)[0]} ..."
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in words)
