"""What records a plan does not have, its models' or a defender's own, and the size of a part that would have them."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable

from benchmarks.naming import registry
from benchmarks.naming.registry import Plugin
from benchmarks.training.suites import Suite
from datasets import Split

WORDS = {
    "validation": "validation records, by which its defender chooses",
    "spare": "spare records, which its defender owns and no model trains on",
}


def lacking(suite: Suite, records: int, split: Split, seed: int, defense: Plugin) -> str:
    """What a defense needs and the split of so many records lacks, and what would have it, as the rest of a sentence;
    empty where nothing is.
    """
    need = next((need for need in defense.value.needs if need not in split.gives), "")
    if not need:
        return ""
    said = f"needs {WORDS[need]}; {split.protocol} with {suite.part} training records a model has none"
    if need not in suite.protocol.gives:
        return f"{said}, {_protocols(need)}"
    return f"{said} of the {records:,} records of {suite.dataset}{_change(suite, records, seed, need)}"


def _protocols(need: str) -> str:
    """Which built-in protocols can have such records."""
    places = registry.load(registry.PROTOCOLS.table)
    gives = {name: registry.load(place).gives for name, place in places.items()}  # a property, where it depends
    return f"unlike {', '.join(name for name, of in gives.items() if isinstance(of, frozenset) and need in of)}"


def _change(suite: Suite, records: int, seed: int, need: str) -> str:
    """The greatest `part` that leaves such records; nothing where there is none."""
    found = _greatest(suite, records, seed, lambda split: need in split.gives)
    return f"; a part of {found} leaves some" if found else ""


def fitting(suite: Suite, records: int, seed: int) -> str:
    """The greatest `part` below the suite's of which so many records have a split, as the rest of a sentence; empty
    where there is none.
    """
    found = _greatest(suite, records, seed, lambda split: True)
    return f"; a part of {found} fits" if found else ""


def _greatest(suite: Suite, records: int, seed: int, suits: Callable[[Split], bool]) -> int:
    """The greatest `part` below the suite's whose split suits, by bisection; 0 where there is none."""

    def fails(part: int) -> bool:
        try:
            split = suite.protocol.resized(part).split(records, suite.trials, suite.references, seed)
            return not suits(split)
        except Exception:  # of a protocol that takes no such part
            return True

    return bisect_left(range(1, suite.part), True, key=fails)
