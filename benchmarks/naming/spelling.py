"""The language of spellings: ``two-stage(second=gap)`` or ``mlp(hidden=(256, 128))`` names a plugin and its fields."""

from __future__ import annotations

import math
import re
import typing
from dataclasses import MISSING, Field, fields, is_dataclass
from typing import Any, Literal, get_origin

from benchmarks.naming.nearest import nearest
from benchmarks.naming.splitting import split
from benchmarks.naming.values import LARGEST, Nested, Wrong, in_words, read, type_name, write
from benchmarks.naming.wording import counted, kind_of, one_line, shown


def name_of(spelling: str) -> tuple[str, str]:
    """The name and the arguments of a spelling. Raises ValueError where it is none."""
    expected = "expected NAME or NAME(VALUE, ...), as in l2(0.001)"
    match = re.fullmatch(r"\s*([\w.-]+(?::[\w.]+)?)\s*(?:\((.*)\))?\s*", spelling)
    try:
        split(match[2] or "" if match else spelling)
    except ValueError as error:
        raise ValueError(f"cannot read {shown(spelling)}: {error}; {expected}") from None
    if match is None:
        raise ValueError(f"cannot read {shown(spelling)}; {_of_file(spelling) or expected}")
    return match[1], match[2] or ""


def _of_file(spelling: str) -> str:
    """What to write in the place of a path to a file of Python; empty where it is none."""
    found = re.match(r"[^(]*[/\\]([\w.-]+?)(?:\.py)?(?::([\w.]+))?\s*(?:\(|$)", spelling)
    return (
        f"a file is named without its folder: run where it lies, with {found[1]}:{found[2] or 'NAME'}" if found else ""
    )


def arguments(cls: type, text: str, nested: Nested) -> dict[str, Any]:
    """``"0.8, alpha=0.01"`` as the fields of `cls` that it sets, each read by its type.

    Raises ValueError, in one sentence, on an unknown field, one set twice or not at all, and what is not of its type.
    """
    known = {f.name: f for f in _fields(cls)}
    places = [f.name for f in known.values() if not f.kw_only]
    given: dict[str, str] = {}
    named = False
    for place, item in enumerate(split(text)):
        key, word = _assigned(item)
        named = named or bool(key)
        if not key and named:
            raise ValueError(f"{shown(word)} has no name and follows a value that has one; write FIELD=VALUE")
        if not key and place >= len(places):
            raise ValueError(f"takes {counted(len(places), 'value')} at most, got one more: {shown(word)}")
        key = key or places[place]
        if key not in known:
            raise ValueError(f"has no field {shown(key)}; {nearest(key, known) if known else 'it has none'}")
        if key in given:
            raise ValueError(f"sets {key} twice")
        given[key] = word
    hints = _hints(cls) if given else {}
    values = {key: _read_field(known[key], hints[key], word, nested) for key, word in given.items()}
    missing = [f.name for f in known.values() if f.name not in given and _default(f) is MISSING]
    if missing:
        raise ValueError(f"needs a value for {' and '.join(missing)}, as in {missing[0]}=VALUE")
    return values


def _assigned(item: str) -> tuple[str, str]:
    """``alpha=0.01`` as its two sides; the left one is empty where there is none."""
    match = re.fullmatch(r"([\w.-]+)\s*=\s*(.*)", item, re.DOTALL)
    return (match[1], match[2]) if match else ("", item)


def _read_field(field: Field[Any], hint: Any, word: str, nested: Nested) -> Any:
    try:
        return read(hint, word, nested)
    except TypeError:
        raise ValueError(
            f"{field.name} cannot be set in a spelling: its type is {type_name(hint)}; "
            "expected int, float, bool, str, None, Literal, a tuple or union of these, or a plugin"
        ) from None
    except Wrong as error:
        default = _default(field)
        told = default is MISSING or default is None or get_origin(hint) is Literal  # a Literal's words are all named
        such = "" if told else f" such as {write(hint, default, nested)}"
        raise ValueError(f"{field.name} must be {in_words(hint, nested)}{such}, got {error}") from None
    except ValueError as error:
        raise ValueError(f"{field.name}: {error}") from error


def spell(name: str, value: Any, nested: Nested) -> str:
    """`name` with every field of `value` that differs from its default, as one would type it."""
    known = _fields(type(value))
    changed = [f for f in known if not _same(getattr(value, f.name), _default(f), nested)]
    if not changed:
        return name
    try:
        hints = _hints(type(value))
    except ValueError:
        hints = {}
    texts = {f.name: write(hints.get(f.name, Any), getattr(value, f.name), nested) for f in changed}
    if changed == [known[0]] and not known[0].kw_only:
        return f"{name}({texts[known[0].name]})"
    return f"{name}({', '.join(f'{key}={text}' for key, text in texts.items())})"


def settings(value: Any, nested: Nested) -> dict[str, Any]:
    """All fields of a plugin as plain JSON values; a plugin among them as its spelling.

    Raises ValueError on a field that holds anything else.
    """
    return {f.name: _plain(f.name, getattr(value, f.name), nested) for f in _fields(type(value))}


def _plain(name: str, value: Any, nested: Nested) -> Any:
    if value is None or isinstance(value, bool) or (isinstance(value, str) and value.isprintable()):
        return value
    if isinstance(value, int) and -LARGEST <= value < LARGEST:
        return int(value)
    if isinstance(value, float) and math.isfinite(value):
        return float(value)
    if isinstance(value, (tuple, list)):
        return [_plain(name, v, nested) for v in value]
    if isinstance(value, dict) and all(isinstance(key, str) for key in value):
        return {key: _plain(name, v, nested) for key, v in value.items()}
    spelled = nested.spell(value)
    if spelled is None:
        expected = "a number, printable text, true or false, none, a plugin, or a tuple of these"
        raise ValueError(f"{name} must be plain, {expected}; got {_shown(value)}")
    return spelled


def _shown(value: Any) -> str:
    try:
        return one_line(repr(value))[:60]
    except Exception:  # of a plugin's own __repr__
        return f"a {type(value).__name__}"


def _same(a: Any, b: Any, nested: Nested) -> bool:
    try:
        return a is b or bool(a == b) or nested.spell(a) == nested.spell(b) is not None
    except Exception:  # of a plugin's own __eq__
        return False


def _fields(cls: type) -> tuple[Field[Any], ...]:
    return tuple(f for f in fields(cls) if f.init) if is_dataclass(cls) else ()


def _default(field: Field[Any]) -> Any:
    return field.default if field.default_factory is MISSING else field.default_factory()


def _hints(cls: type) -> dict[str, Any]:
    try:
        return typing.get_type_hints(cls)
    except Exception as error:
        raise ValueError(f"the types of its fields cannot be read: {kind_of(error)}") from error
