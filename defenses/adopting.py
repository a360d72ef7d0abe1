"""What counts as a defense, and how a plain object becomes one."""

from __future__ import annotations

import difflib
import inspect
import json
from functools import cache
from typing import Any

from defenses.base import NEEDS, Defense

HOOKS = {  # what each is called with
    "targets": ("batch",),
    "mix": ("batch",),
    "features": ("hidden", "batch"),
    "loss": ("logits", "batch"),
    "weight_decay": (),
    "privacy": (),
    "companion": ("beside",),
    "train": ("task", "rngs"),
    "release": ("context", "logits"),
}


def adopt(instance: Any) -> Defense:
    """Return `instance` as a defense: the hooks that it lacks are the identity.

    Raises ValueError, in one sentence, where it has no hook, where a hook cannot be called with what it is given or is
    misspelt, and where a declaration or a field is no plain value.
    """
    name = type(instance).__name__
    if isinstance(instance, type):
        raise ValueError(f"{instance.__name__}: expected an instance such as {instance.__name__}(), got the class")
    own = [hook for hook in HOOKS if hasattr(instance, hook)]
    _refuse_misspelt(instance, name)
    if not own:
        raise ValueError(f"{name}: a defense needs one of {', '.join(HOOKS)}")
    for hook in own:
        _refuse_uncallable(getattr(instance, hook), name, hook)
    defense = instance if isinstance(instance, Defense) else _completed(instance)
    _refuse_declarations(defense, name)
    return defense


def completed(cls: Any) -> type:
    """Return `cls` with the hooks that it lacks taken from Defense. Raises ValueError where it has none."""
    if issubclass(cls, Defense):
        return cls
    if not any(hasattr(cls, hook) for hook in HOOKS):
        raise ValueError(f"{cls.__name__}: a defense needs one of {', '.join(HOOKS)}")
    return _with_defense(cls)


@cache
def _with_defense(cls: Any) -> type:
    return type(cls.__name__, (cls, Defense), {"__doc__": cls.__doc__, "__module__": cls.__module__})


def _completed(instance: Any) -> Defense:
    cls: Any = type(instance)
    made: Any = _with_defense(cls)
    full: Defense = made.__new__(made)
    slots = [slot for base in cls.__mro__ for slot in getattr(base, "__slots__", ())]
    for attribute in (*getattr(instance, "__dict__", {}), *slots):
        if hasattr(instance, attribute):
            object.__setattr__(full, attribute, getattr(instance, attribute))
    return full


def _refuse_misspelt(instance: Any, name: str) -> None:
    for word in dir(instance):
        near = difflib.get_close_matches(word, HOOKS, 1, 0.85)
        if near and word not in HOOKS and callable(getattr(instance, word)):
            raise ValueError(f"{name}: {word} is no hook of a defense; did you mean {near[0]}?")


def _refuse_uncallable(hook: Any, name: str, called: str) -> None:
    expected = f"{called}({', '.join(HOOKS[called])})"
    if not callable(hook):
        raise ValueError(f"{name}: {called} is {hook!r}, expected a method {expected}")
    try:
        signature = inspect.signature(hook)
    except ValueError:  # built in; nothing is known of it
        return
    try:
        signature.bind(*HOOKS[called])
    except TypeError:
        raise ValueError(f"{name}: {called} takes {signature}, expected {expected}") from None


def _refuse_declarations(defense: Defense, name: str) -> None:
    if type(defense.version) is not int or defense.version < 1:
        raise ValueError(f"{name}: version is {defense.version!r}, expected a whole number of at least 1")
    if not isinstance(defense.reference, str):
        raise ValueError(f"{name}: reference is {defense.reference!r}, expected words such as 'Doe 2026'")
    needs = defense.needs
    if not isinstance(needs, tuple | list) or not all(isinstance(need, str) for need in needs):
        raise ValueError(f"{name}: needs is {needs!r}, expected a choice of {NEEDS}")
    for need in (need for need in needs if need not in NEEDS):
        near = difflib.get_close_matches(need, NEEDS, 1, 0.5)
        raise ValueError(
            f"{name}: needs {need!r}; {f'did you mean {near[0]}?' if near else f'expected one of {NEEDS}'}"
        )
    if type(defense.keeps_labels) is not bool:
        raise ValueError(f"{name}: keeps_labels is {defense.keeps_labels!r}, expected True or False")
    for key in getattr(defense, "__dataclass_fields__", {}):
        value = getattr(defense, key)
        if not is_plain(value):
            raise ValueError(f"{name}: {key} is {value!r}, expected a plain value such as a number or a word")


def is_plain(value: object) -> bool:
    """Return whether a value is what records can hold: printable words, finite numbers, bools, None, and lists and
    dicts of them.
    """
    if isinstance(value, dict):
        return all(type(key) is str and key.isprintable() and is_plain(item) for key, item in value.items())
    if isinstance(value, (list, tuple)):
        return all(is_plain(item) for item in value)
    if type(value) not in (str, int, float, bool, type(None)) or (isinstance(value, str) and not value.isprintable()):
        return False
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        return False
    try:
        json.dumps(value, allow_nan=False)
    except ValueError:
        return False
    return True
