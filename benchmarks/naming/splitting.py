"""The parts of a text between commas: the one grammar of spellings, tuples and lists of words."""

from __future__ import annotations

DEPTH = 20  # parentheses within parentheses
_BRACKETS = {"(": 1, ")": -1}


def split(text: str) -> list[str]:
    """The parts of `text` between its commas, but for those in parentheses or quotes; one comma may end it.

    Raises ValueError on a parenthesis or quote without its partner, an empty part, and what is nested too deep.
    """
    parts, start, depth, quote, place = [], 0, 0, "", 0
    while place < len(text):
        letter = text[place]
        if quote:
            place += letter == "\\"
            quote = "" if letter == quote else quote
        elif letter in "'\"":
            quote = letter
        elif letter == "," and not depth:
            parts.append(text[start:place].strip())
            start = place + 1
        depth += 0 if quote else _BRACKETS.get(letter, 0)
        if not 0 <= depth <= DEPTH:
            raise ValueError(f"more than {DEPTH} parentheses in each other" if depth > 0 else "a ) without its (")
        place += 1
    if depth or quote:
        raise ValueError(f"a {quote} without its partner" if quote else "a ( without its )")
    last = text[start:].strip()
    parts += [last] if last else []
    if not all(parts):
        raise ValueError("nothing between two commas")
    return parts
