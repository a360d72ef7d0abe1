"""What an attack tells of its own work, beside its scores: names with a number or a word each."""

from __future__ import annotations

from typing import Any

import numpy as np

from attacks.base import WrongAnswer

Fact = int | float | str
LONGEST = 200  # characters of a name or a word


def facts_of(said: Any) -> dict[str, Fact]:
    """`said` as plain values, floats with six digits. Raises WrongAnswer on what is no dict of names with values."""
    if not isinstance(said, dict):
        raise WrongAnswer(f"facts: expected a dict of names with numbers or words, got {type(said).__name__}")
    return {_word(name): _fact(name, value) for name, value in said.items()}


def _fact(name: Any, value: Any) -> Fact:
    plain = value.item() if isinstance(value, np.generic) else value
    if isinstance(plain, str):
        return _word(plain)
    if type(plain) is int and abs(plain) <= 2**53:
        return plain
    if isinstance(plain, float) and np.isfinite(plain):
        return float(f"{plain:.6g}")
    raise WrongAnswer(f"facts: expected a finite number or a word as {name!r}, got {value!r:.80}")


def _word(text: Any) -> str:
    if not isinstance(text, str) or not 0 < len(text) <= LONGEST or not text.isprintable():
        raise WrongAnswer(f"facts: expected 1 to {LONGEST} printable characters, got {text!r:.80}")
    return str(text)
