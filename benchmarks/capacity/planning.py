"""The plan: a leaderboard on 1, 8, 64 and 512 devices, with stragglers, deaths and file systems of several speeds."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from math import inf

from benchmarks.capacity.recorded import Suite
from benchmarks.capacity.simulating import Setting, simulate

DEVICES = (1, 8, 64, 512)
MACHINE = 8  # devices
LATENCY = 0.0005  # seconds until a file system elsewhere answers; rough
SLOW = 0.05, 4.0  # the share of devices that are slow, and how many times
HOUR, DAY = 3600.0, 86400.0
RATES = (7000, 35000, 100000)  # operations a second


@dataclass(frozen=True)
class Row:
    """What the leaderboard took on so many devices, its suites in turn. `refused`: commands that would have ended."""

    what: str
    devices: int
    rate: float
    seconds: float
    work: float
    lost: float
    deaths: int
    refused: int
    operations: float
    peak: float

    @property
    def efficiency(self) -> float:
        """The share of the devices' time that went into models that are stored."""
        return self.work / self.devices / self.seconds


def rows(suites: Sequence[Suite], said: Callable[[str], None] = print) -> list[Row]:
    """All of the plan's; tells of each as it comes."""
    plan = [("as recorded", devices, inf) for devices in DEVICES]
    plan += [
        (what, devices, inf) for what in ("stragglers", "a death a day", "a death an hour") for devices in (64, 512)
    ]
    plan += [("as recorded", devices, rate) for rate in RATES for devices in (64, 512)]
    found = []
    for what, devices, rate in plan:
        found.append(_row(suites, what, devices, rate))
        said(f"{what} on {devices}: {found[-1].seconds:.0f} s")
    return found


def _row(suites: Sequence[Suite], what: str, devices: int, rate: float) -> Row:
    draw, plain = random.Random(devices), Setting(devices, MACHINE, latency=LATENCY, rate=rate, watched=True)
    outs, deaths, models, answers = [], 0, 0, 0
    for suite in suites:
        setting = replace(plain, lying=(models, answers))
        if what == "stragglers":
            setting = replace(setting, slow={n: SLOW[1] for n in range(devices) if draw.random() < SLOW[0]})
        elif what != "as recorded":
            every = DAY if what.endswith("day") else HOUR
            alone = sum(sum(group.seconds) for group in suite.groups)
            setting = replace(setting, deaths={n: _moments(draw, every, alone) for n in range(devices)})
        out = simulate(suite.groups, setting)
        deaths += sum(moment <= out.seconds for moments in setting.deaths.values() for moment in moments)
        outs.append(out)
        models += suite.models
        answers += sum(sum(group.questions) for group in suite.groups)
    seconds, work, lost = (
        sum(of) for of in ([o.seconds for o in outs], [o.work for o in outs], [o.lost for o in outs])
    )
    operations = sum(o.operations for o in outs)
    refused, peak = sum(o.refused > 0 for o in outs), max(o.peak() for o in outs)
    return Row(what, devices, rate, seconds, work, lost, deaths, refused, operations, peak)


def _moments(draw: random.Random, every: float, until: float) -> list[float]:
    """When a worker that dies once in so many seconds does, until then: a Poisson process."""
    found, at = [], draw.expovariate(1 / every)
    while at < until:
        found.append(at)
        at += draw.expovariate(1 / every)
    return found
