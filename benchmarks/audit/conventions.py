"""How columns of outputs are named: by convention, or by the user's own names."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from benchmarks.audit.columns import Columns, numbers
from benchmarks.naming.nearest import nearest
from datasets.words import one_line

Names = Mapping[str, str | Sequence[str]]


class Key(NamedTuple):
    """What a column may be called, and how those of a table begin (``prob`` of ``prob_0``, ``prob_1``, ...)."""

    columns: tuple[str, ...]
    numbered: str = ""


KEYS = {
    "labels": Key(("label", "labels")),
    "member": Key(("member",)),
    "logits": Key(("logits",), "logit"),
    "probabilities": Key(("probabilities",), "prob"),
    "loss": Key(("loss",)),
    "predicted": Key(("predicted",)),
    "groups": Key(("group",)),
    "ids": Key(("id", "ids")),
    "inputs": Key(("inputs",), "input"),
    "trained_on": Key(("trained_on",)),
}
WIDE = tuple(key for key, of in KEYS.items() if of.numbered)


def known(names: Names) -> dict[str, tuple[str, ...]]:
    """The user's own names of columns by key. Raises ValueError on what is no key, and on two names for one column."""
    made = {}
    for key, of in names.items():
        if key not in KEYS:
            raise ValueError(f"names: unknown {one_line(repr(key), 60)}; {nearest(key, KEYS)}")
        made[key] = (of,) if isinstance(of, str) else tuple(of)
        if not made[key] or len(set(made[key])) < len(made[key]):
            raise ValueError(f"names: expected different columns for {key}, got {one_line(', '.join(made[key]), 60)!r}")
        if len(made[key]) > 1 and key not in (*WIDE, "groups"):
            raise ValueError(f"names: expected one column for {key}, got {one_line(', '.join(made[key]), 60)}")
    return made


def own(columns: Columns, names: Names) -> dict[str, tuple[str, ...]]:
    """Those of the user's own names that all are columns here: another file may have the usual names."""
    return {key: of for key, of in known(names).items() if all(name in columns for name in of)}


def found(columns: Columns, names: Mapping[str, tuple[str, ...]], key: str) -> tuple[str, ...]:
    """The names of the columns that hold what `key` stands for, in order; none where there are none.

    Raises ValueError where a column that the user named is not there, where it is there twice, and where one of
    numbered columns is missing.
    """
    if key in names:
        for name in names[key]:
            if name not in columns:
                near = one_line(nearest(name, columns), 200)
                raise ValueError(f"{key}: expected a column {one_line(repr(name), 60)}; {near}")
        return names[key]
    plain = [name for name in KEYS[key].columns if name in columns]
    numbered = _numbered(columns, KEYS[key].numbered) if KEYS[key].numbered else ()
    if len(plain) + bool(numbered) > 1:
        raise ValueError(f"{key}: expected them once, got {', '.join([*plain, *numbered[:1]])}")
    return numbered or tuple(plain)


def _numbered(columns: Columns, prefix: str) -> tuple[str, ...]:
    """``prob_0``, ``prob_1``, ... in the order of their numbers, wherever they stand."""
    matches = [match for name in columns if (match := re.fullmatch(rf"{prefix}_([0-9]{{1,9}})", name))]
    made = sorted((int(match[1]), match[0]) for match in matches)
    for expected, (number, name) in enumerate(made):
        if number != expected:
            got = f"{name} twice" if number < expected else f"no {prefix}_{expected}"
            raise ValueError(f"{name}: expected {prefix}_0 to {prefix}_{max(1, len(made) - 1)}, one a class, got {got}")
    return tuple(name for _, name in made)


def required(columns: Columns, names: Mapping[str, tuple[str, ...]], key: str) -> str:
    """The name of the one column that holds what `key` stands for. Raises ValueError where there is none."""
    have = found(columns, names, key)
    if have:
        return have[0]
    wanted = KEYS[key].columns[0]
    if any(re.fullmatch(rf"{wanted}_[0-9]+", name) for name in columns):
        raise ValueError(f"expected a column {wanted!r} with the class's number, got {wanted}_0, ...: one-hot?")
    near = one_line(nearest(wanted, columns), 200)
    raise ValueError(f"expected a column {wanted!r} (or name yours); {near}")


def table(columns: Columns, have: Sequence[str]) -> np.ndarray:
    """Numbers (n, ...): the array of that one name, or columns (n,) side by side. Raises ValueError on others."""
    if len(have) == 1 and not isinstance(columns[have[0]], list):
        return numbers(have[0], columns[have[0]])
    made = [numbers(name, columns[name]) for name in have]
    for name, column in zip(have, made, strict=True):
        if column.shape != made[0].shape or column.ndim != 1:
            raise ValueError(f"{name}: expected one number a record, as in {have[0]}, got shape {column.shape}")
    return np.stack(made, axis=1)
