"""What would let the attacks play that could not: everything that they lack, not just the first thing."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

REFERENCES = "8 reference models"  # of random halves: less than 1 % of the records are in all but the shadow model
GIVEN = {
    "reference": REFERENCES,
    "shadow": REFERENCES,
    "population": "a population",
    "proxies": f"{REFERENCES} that saw half of the population",
    "inputs": "inputs",
    "ask": "a model to ask",
}


@dataclass(frozen=True)
class Missing:
    """`given` all of this, `attacks` can play, too; nothing that an audit takes would help where it is empty."""

    given: tuple[str, ...]
    attacks: tuple[str, ...]


def missing(attack: Any, offers: Collection[str], told: str) -> tuple[str, ...]:
    """What an attack lacks where games have these `offers`; `told`: the answers that it wants and there are none of.

    Empty where it asks about changed records, of which an audit has no answers.
    """
    if any(query != "clean" for query in attack.queries):
        return ()
    lacks = [of for of in (attack.needs, *attack.uses) if of != "target" and of not in offers]
    wanted = [GIVEN[of] for of in lacks if of == "proxies" or not ("proxies" in lacks and GIVEN[of] == REFERENCES)]
    return tuple(dict.fromkeys([told] * bool(told) + wanted))


def grouped(lacks: Mapping[str, tuple[str, ...]]) -> Sequence[Missing]:
    """Attacks that lack the same together, what lets most of them play first; those that nothing helps last."""
    found: dict[tuple[str, ...], list[str]] = {}
    for name, given in lacks.items():
        found.setdefault(given, []).append(name)
    made = [Missing(given, tuple(names)) for given, names in found.items()]
    return sorted(made, key=lambda of: (not of.given, -len(of.attacks), len(of.given), of.given))
