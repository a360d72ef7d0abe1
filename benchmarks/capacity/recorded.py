"""Seconds of models that were trained, by what is like, and a leaderboard as large as planned that is made of them."""

from __future__ import annotations

import contextlib
import json
import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from itertools import cycle, islice
from pathlib import Path
from statistics import median

from msgspec import DecodeError, Struct
from msgspec import json as plain

from benchmarks.capacity.simulating import Group
from benchmarks.results import files

COMMITTED = Path(__file__).parent / "times.json"
SUITES, MODELS, TARGETS = 12, 128, 8  # models of a suite under each defense, and how many of them are attacked
ASKED = {True: 11, False: 2}  # query sets of all attacks, on audited and population: of attacked models, of others
AS_NONE = ("dropout", "label-smoothing", "ccl")  # like `none` but for the loss; none is recorded
STILL = 5.0  # times the median: what took longer stood still, and is taken as this


class Like(Struct, frozen=True):
    """Models of one dataset, network, recipe and defense, trained on one device: [models, seconds a model]s."""

    dataset: str
    network: str
    epochs: int
    defense: str
    device: str
    cohorts: list[tuple[int, float]]

    @property
    def models(self) -> int:
        """How many there are."""
        return sum(count for count, _ in self.cohorts)

    @property
    def seconds(self) -> list[float]:
        """Of each model; at most STILL times the median."""
        every = [seconds for count, seconds in self.cohorts for _ in range(count)]
        return [min(seconds, STILL * median(every)) for seconds in every]

    @property
    def typical(self) -> float:
        """Seconds of a typical model."""
        return median(self.seconds)


class Suite(Struct, frozen=True):
    """A suite of the plan: its models, and how many of them have seconds of their own."""

    name: str
    device: str
    groups: list[Group]
    recorded: int

    @property
    def models(self) -> int:
        """How many there are."""
        return sum(len(group.seconds) for group in self.groups)


def committed() -> list[Like]:
    """The record beside this file."""
    return plain.decode(COMMITTED.read_bytes(), type=list[Like])


def read(stores: Iterable[Path]) -> list[Like]:
    """What stores say of their models. Raises ValueError where they hold none."""
    found: dict[tuple[str, str, int, str, str], Counter[float]] = defaultdict(Counter)
    for entry in (entry for store in stores for entry in sorted((store / "models").glob("[0-9a-f]*"))):
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError, DecodeError):  # a damaged one tells nothing
            spec, facts = (json.loads(files.read(entry / name)) for name in ("spec.json", "facts.json"))
            network, facts = dict(spec["network"]), facts["facts"]
            kind = (network.pop("type"), *(v for k, v in sorted(network.items()) if k not in ("version", "activation")))
            name = " ".join("-".join(map(str, v)) if isinstance(v, list) else str(v) for v in kind)
            key = spec["dataset"], name, spec["recipe"]["epochs"], spec["defense"]["name"], facts["device"]
            found[key][float(facts["seconds"])] += 1  # models of a cohort have the same, to the last digit
    if not found:
        raise ValueError("--store: expected stores with trained models, got none that can be read")
    return [
        Like(*key, [(count, float(f"{seconds:.3g}")) for seconds, count in sorted(times.items())])
        for key, times in sorted(found.items())
    ]


def written(likes: Sequence[Like]) -> bytes:
    """The record of them, a line each."""
    return b"[\n" + b",\n".join(map(plain.encode, likes)) + b"\n]\n"


def leaderboard(likes: Sequence[Like]) -> list[Suite]:
    """SUITES suites, of which those recorded come in turn, under every defense that can be told from the record.

    A defense that a suite has no record of takes as many times longer than the suite's own models as it does where
    both are recorded on one device.
    """
    kinds: dict[tuple[str, str], list[Like]] = defaultdict(list)
    for like in likes:
        kinds[like.dataset, like.network].append(like)
    ratio = _ratios(kinds.values())
    return [_suite(kinds[key], ratio, seed) for seed, key in enumerate(islice(cycle(sorted(kinds)), SUITES))]


def _base(of: Sequence[Like]) -> Like:
    return max(of, key=lambda like: (like.defense == "none", like.defense == "l2", like.models))


def _ratios(kinds: Iterable[Sequence[Like]]) -> dict[str, tuple[float, float]]:
    """How many times longer a defense takes than none, and its epochs against those of none."""
    found = dict.fromkeys(("none", "l2", *AS_NONE), (1.0, 1.0))
    for of in kinds:
        base = _base(of)
        for like in of:
            if base.defense == "none" and like.device == base.device and like.defense not in found:
                found[like.defense] = like.typical / base.typical, like.epochs / base.epochs
    return found


def _suite(of: Sequence[Like], ratio: dict[str, tuple[float, float]], seed: int) -> Suite:
    base, draw, known, groups = _base(of), random.Random(seed), 0, []
    for defense, (times, longer) in ratio.items():
        own = next((like for like in of if like.defense == defense and like.device == base.device), None)
        known += MODELS if own else 0
        like, by = (own, 1.0) if own else (base, times)
        seconds = tuple(by * draw.choice(like.seconds) for _ in range(MODELS))
        width = max(count for count, _ in like.cohorts)
        asked = tuple(ASKED[model < TARGETS] for model in range(MODELS))
        groups.append((like.epochs if own else base.epochs * longer, Group(seconds, width, asked)))
    ordered = [group for _, group in sorted(groups, key=lambda pair: -pair[0])]
    return Suite(f"{base.dataset}, {base.network}", base.device, ordered, known)
