"""Values of fields by their types: int, float, bool, str, None, Literal, tuples and unions of these, and plugins."""

from __future__ import annotations

import re
import types
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, Union, get_args, get_origin

from benchmarks.naming.splitting import split
from benchmarks.naming.wording import shown

LARGEST = 2**63  # whole numbers lie below it, and not below its negative
_SAFE = re.compile(r"[^\s'\"\\(),=](?:[^'\"\\(),=]*[^\s'\"\\(),=])?")


@dataclass(frozen=True)
class Nested:
    """How fields that hold plugins are read and spelled.

    word: a field's type -> what such a plugin is called, "" where it is none. read: (type, spelling) -> the plugin.
    spell: a value -> its spelling, None where it is no plugin.
    """

    word: Callable[[Any], str]
    read: Callable[[Any, str], Any]
    spell: Callable[[Any], str | None]


class Wrong(Exception):
    """A text that is not of the type; its message is the text as it is shown."""


def read(hint: Any, text: str, nested: Nested) -> Any:
    """The value of type `hint` that `text` spells. Raises TypeError on a type that no text can give."""
    text = text.strip()
    origin, inner = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        return _first(inner, text, nested)
    if origin is Literal:
        return _choice(inner, text, nested)
    if origin is tuple and inner:
        return _tuple(inner, text, nested)
    if hint in _READERS:
        return _READERS[hint](text)
    if nested.word(hint):
        return nested.read(hint, _unquoted(text))
    raise TypeError(hint)


def _first(hints: tuple[Any, ...], text: str, nested: Nested) -> Any:
    """The value by the first of a union's types that takes `text`: None first, str last, and alone in quotes."""
    for hint in sorted(hints, key=lambda h: 1 if h is str else -1 if h is types.NoneType else 0):
        try:
            if hint is str or text[:1] not in ("'", '"'):
                return read(hint, text, nested)
        except Wrong:
            continue
    raise Wrong(shown(text))


def _choice(values: tuple[Any, ...], text: str, nested: Nested) -> Any:
    for value in values:
        if text in (write(type(value), value, nested), str(value)) or _unquoted(text) == value:
            return value
    raise Wrong(shown(text))


def _tuple(inner: tuple[Any, ...], text: str, nested: Nested) -> tuple[Any, ...]:
    if not (text.startswith("(") and text.endswith(")")):
        raise Wrong(shown(text))
    items = split(text[1:-1])
    hints = [inner[0]] * len(items) if inner[-1] is Ellipsis else [h for h in inner if h != ()]
    if len(items) != len(hints):
        raise Wrong(shown(text))
    return tuple(read(hint, item, nested) for hint, item in zip(hints, items, strict=True))


def _integer(text: str) -> int:
    if not re.fullmatch(r"[+-]?[0-9]+", text):
        raise Wrong(shown(text))
    if len(text) > 20 or not -LARGEST <= int(text) < LARGEST:
        raise Wrong(f"{shown(text)}, which is out of range")
    return int(text)


def _float(text: str) -> float:
    if not re.fullmatch(r"[+-]?([0-9]*\.?[0-9]+|[0-9]+\.)(e[+-]?[0-9]+)?|[+-]?inf|nan", text, re.IGNORECASE):
        raise Wrong(shown(text))
    return float(text)


def _bool(text: str) -> bool:
    if text.lower() not in ("true", "false") or text[1:] != text[1:].lower():
        raise Wrong(shown(text))
    return text.lower() == "true"


def _none(text: str) -> None:
    if text not in ("none", "None"):
        raise Wrong(shown(text))


def _text(text: str) -> str:
    word = _unquoted(text)
    if not word.isprintable():
        raise Wrong(shown(word))
    return word


def _unquoted(text: str) -> str:
    """`text` without the quotes around it, if it has some, and without the backslashes that they need."""
    match = re.fullmatch(r"(['\"])((?:\\.|(?!\1)[^\\])*)\1", text, re.DOTALL)
    return re.sub(r"\\(.)", r"\1", match[2], flags=re.DOTALL) if match else text


_READERS: dict[Any, Callable[[str], Any]] = {
    int: _integer,
    float: _float,
    bool: _bool,
    str: _text,
    None: _none,
    types.NoneType: _none,
}
_WORDS: dict[Any, str] = {
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    str: "text",
    None: "none",
    types.NoneType: "none",
}


def in_words(hint: Any, nested: Nested) -> str:
    """A type in words: "a whole number or none"."""
    origin, inner = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        return " or ".join(in_words(h, nested) for h in inner)
    if origin is Literal:
        return f"one of {', '.join(write(type(v), v, nested) for v in inner)}"
    if origin is tuple and inner[-1] is Ellipsis:
        return f"values in parentheses, each {in_words(inner[0], nested)},"
    if origin is tuple:
        return f"{len(inner)} values in parentheses ({', '.join(in_words(h, nested) for h in inner)})"
    return _WORDS.get(hint) or nested.word(hint) or type_name(hint)


def write(hint: Any, value: Any, nested: Nested) -> str:
    """`value` as `read` takes it for the type `hint`."""
    if value is None or isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return value if _reads_back(hint, value, nested) else _quoted(value)
    if isinstance(value, tuple):
        inner = get_args(hint)
        hints = inner if inner and inner[-1] is not Ellipsis and len(inner) == len(value) else inner[:1] * len(value)
        items = [write(h, v, nested) for h, v in zip(hints or [Any] * len(value), value, strict=True)]
        return f"({items[0]},)" if len(items) == 1 else f"({', '.join(items)})"
    return nested.spell(value) or str(value)


def _reads_back(hint: Any, value: str, nested: Nested) -> bool:
    """Whether `value` needs no quotes."""
    if not _SAFE.fullmatch(value):
        return False
    try:
        return bool(read(hint, value, nested) == value)
    except (Wrong, TypeError, ValueError):
        return True  # of no type that has other readings


def _quoted(text: str) -> str:
    return "'" + re.sub(r"(['\\])", r"\\\1", text) + "'"


def type_name(hint: Any) -> str:
    """A type as one writes it."""
    return hint.__name__ if isinstance(hint, type) and not get_args(hint) else str(hint).replace("typing.", "")
