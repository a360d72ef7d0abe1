"""Workers on one store, simulated: each event follows `benchmarks.training.pulling.pull` and its claims. Pure.

Each worker looks at all models that were not stored when it looked before, takes the first that nobody has, as many as
are its share, trains them, stores them, and looks again. A store answers one operation after `latency` seconds, and at
most `rate` operations a second.
"""

from __future__ import annotations

import heapq
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import inf

import numpy as np

from benchmarks.capacity import costs
from benchmarks.capacity.costs import Cost
from benchmarks.training.claims import EXPIRY, RENEWAL
from benchmarks.training.executors import TRIES
from benchmarks.training.pulling import longer, share
from benchmarks.training.watching import EVERY

FREE, HELD, STORED = 0, 1, 2


@dataclass(frozen=True)
class Group:
    """Models that one call of `fit` may train together: the seconds of each, how many at once, questions to each."""

    seconds: tuple[float, ...]
    width: int = 1
    questions: tuple[int, ...] = ()


@dataclass(frozen=True)
class Setting:
    """`devices` with a worker each, `machine` of them on one machine; `deaths`: when the worker of a device dies."""

    devices: int = 1
    machine: int = 1
    slow: Mapping[int, float] = field(default_factory=dict)  # times that a device takes longer
    deaths: Mapping[int, Sequence[float]] = field(default_factory=dict)
    restart: float = 30.0  # seconds until another worker begins on the device
    latency: float = 0.0
    rate: float = inf
    watched: bool = False  # by the command, once a second
    lying: tuple[int, int] = (0, 0)  # models and answers that the store holds already


@dataclass
class Outcome:
    """What came out. `seconds`: until the last model is stored; `work`: of the models on a device that is not slow;
    `lost`: of devices whose workers died; `refused`: devices whose workers died as often as ends a command.
    """

    seconds: float = 0.0
    work: float = 0.0
    lost: float = 0.0
    refused: int = 0
    cohorts: list[tuple[int, float, tuple[int, ...]]] = field(default_factory=list)  # device, begun, models
    done: Cost = field(default_factory=Cost)
    bursts: list[tuple[float, float, float]] = field(default_factory=list)  # begin, end, operations

    def peak(self) -> float:
        """The most operations in one second; those of a burst lie evenly between its begin and its end."""
        if not self.bursts:
            return 0.0
        begin, end, many = np.array(self.bursts).T
        first, last = begin.astype(int), np.maximum(np.ceil(end).astype(int), begin.astype(int) + 1)
        steps = np.zeros(last.max() + 1)
        np.add.at(steps, first, many / (last - first))
        np.add.at(steps, last, -many / (last - first))
        return float(np.cumsum(steps).max())

    @property
    def operations(self) -> float:
        """File operations in all."""
        return sum(many for _, _, many in self.bursts)


@dataclass
class _Worker:
    device: int
    todo: int  # models that it looks at next
    named: float = inf  # since when it gives a sign of life
    died: float = inf
    pause: float = 0.0
    began: float = inf  # its cohort
    looks: list[float] = field(default_factory=list)

    def sign(self, now: float) -> float:
        """When its sign of life changed last."""
        return self.named + (min(now, self.died) - self.named) // RENEWAL * RENEWAL


class _Run:
    def __init__(self, groups: Sequence[Group], setting: Setting) -> None:
        self.groups, self.set, self.out = groups, setting, Outcome()
        self.seconds = np.array([s for group in groups for s in group.seconds])
        self.questions = np.array([q for g in groups for q in g.questions or (1,) * len(g.seconds)])
        self.ends = np.cumsum([len(group.seconds) for group in groups])
        self.state, self.owner = np.zeros(len(self.seconds), np.int8), np.full(len(self.seconds), -1)
        self.most = share(len(self.seconds), setting.devices)
        self.workers: list[_Worker] = []
        self.device, self.died_at = np.zeros(0, int), np.zeros(0)  # of each worker
        self.events: list[tuple[float, int, str, int, tuple[int, ...]]] = []
        self.free = 0.0  # when the store has answered all that it was asked
        self.number = 0
        self.died: dict[int, int] = defaultdict(int)
        self.models, self.answers = setting.lying
        self.left = len(self.seconds)

    def later(self, at: float, what: str, who: int, models: tuple[int, ...] = ()) -> None:
        heapq.heappush(self.events, (at, self.number, what, who, models))
        self.number += 1

    def ask(self, now: float, cost: Cost, names: float = 0.0) -> float:
        """When the store has done these operations, and listed so many names."""
        many = sum(cost) + names / costs.PAGE
        begin = max(now, self.free)
        self.free = begin + many / self.set.rate
        end = max(now + many * self.set.latency, self.free)
        self.out.done += cost
        self.out.bursts.append((begin, end, many))
        return end

    def begin(self, device: int, now: float) -> None:
        """Another worker on a device."""
        self.workers.append(_Worker(device, len(self.seconds)))
        self.device, self.died_at = np.append(self.device, device), np.append(self.died_at, inf)
        self.later(self.ask(now, costs.JOIN), "look", len(self.workers) - 1)

    def lives(self, holder: int, looker: int, now: float) -> bool:
        """As Claims._lives, of a holder that died: its lock tells it on the same machine, elsewhere the time since the
        looker first saw its last sign.
        """
        of, looks = self.workers[holder], self.workers[looker].looks
        if self.here(of.device, self.workers[looker].device):
            return False
        first = max(bisect_right(looks, of.began), bisect_left(looks, of.sign(now)))
        return now - looks[first] < EXPIRY

    def here(self, one: int, two: int) -> bool:
        return one // self.set.machine == two // self.set.machine

    def look(self, who: int, now: float) -> None:
        """A worker's turn: what is left, and what of it is nobody's."""
        worker = self.workers[who]
        worker.looks.append(now)
        cost, left = costs.LOOK.times(worker.todo), np.flatnonzero(self.state != STORED)
        worker.todo = len(left)
        if not len(left):
            self.ask(now, cost + (costs.END if worker.named < inf else Cost()))
            return
        mine, others = self.nobodys(left, who, now)
        cost += self.tries(others, mine, who)
        if len(mine):
            if worker.named == inf:
                worker.named, cost = now, cost + costs.BEGIN
            names = float(len(mine) * (int((self.state == HELD).sum()) + self.set.devices))
            worker.pause, worker.began = 0.0, now
            self.state[mine], self.owner[mine] = HELD, who
            begin = self.ask(now, cost, names)
            models = tuple(mine.tolist())
            self.out.cohorts.append((worker.device, begin, models))
            slow = self.set.slow.get(worker.device, 1.0)
            self.later(begin + slow * self.seconds[mine].sum(), "trained", who, models)
        else:
            worker.pause = longer(worker.pause)
            self.later(self.ask(now, cost) + worker.pause, "look", who)

    def nobodys(self, left: np.ndarray, who: int, now: float) -> tuple[np.ndarray, np.ndarray]:
        """The first models of a group that can be taken, and those before them that others have or had."""
        taken = self.state[left] == HELD
        free, held = left[~taken], left[taken]
        mine, last = self.first(free)
        others = held[held <= last]
        if self.set.deaths:
            holders = np.unique(self.owner[others])
            gone = [of for of in holders[self.died_at[holders] <= now] if not self.lives(int(of), who, now)]
            mine, last = self.first(np.union1d(free, others[np.isin(self.owner[others], gone)]))
        return mine, held[held <= last]

    def first(self, free: np.ndarray) -> tuple[np.ndarray, float]:
        """A worker's share of the first group with free models, and the last model that it has to look at."""
        if not len(free):
            return free, inf
        group = int(np.searchsorted(self.ends, free[0], side="right"))
        width = min(self.most, self.groups[group].width)
        mine = free[:width][free[:width] < self.ends[group]]
        return mine, float(mine[-1] if len(mine) == width else self.ends[group] - 1)

    def tries(self, others: np.ndarray, mine: np.ndarray, who: int) -> Cost:
        """What it costs to try these claims, of which `mine` are had, some of them after workers that are gone."""
        at = self.device[self.owner[others]] // self.set.machine
        near = int((at == self.workers[who].device // self.set.machine).sum())
        cost = costs.LOST[True].times(near) + costs.LOST[False].times(len(others) - near)
        inherited = int((self.state[mine] == HELD).sum())
        return cost + costs.TAKE.times(len(mine)) + costs.INHERIT.times(inherited)

    def trained(self, who: int, models: tuple[int, ...], now: float) -> None:
        """Store a cohort, and give its claims back."""
        asked = int(self.questions[list(models)].sum())
        cost = costs.MODEL.times(len(models)) + costs.QUESTION.times(asked)
        names = len(models) * self.models + asked * self.answers
        self.later(self.ask(now, cost, names), "stored", who, models)
        self.models, self.answers = self.models + len(models), self.answers + asked

    def stored(self, who: int, models: tuple[int, ...], now: float) -> None:
        worker, at = self.workers[who], list(models)
        self.state[at] = STORED
        self.left -= len(at)
        self.out.work, self.out.seconds = self.out.work + float(self.seconds[at].sum()), now
        worker.todo -= len(models)
        self.later(self.ask(now, costs.RELEASE.times(len(models))), "look", who)

    def dies(self, device: int, now: float) -> None:
        who = max(w for w, worker in enumerate(self.workers) if worker.device == device)
        if self.workers[who].died <= now:
            return  # before another one began
        self.workers[who].died = self.died_at[who] = now
        self.died[device] += 1
        self.out.refused += self.died[device] == TRIES
        if len(held := np.flatnonzero((self.owner == who) & (self.state == HELD))):
            begun = next(at for of, at, models in reversed(self.out.cohorts) if of == device)
            slow = self.set.slow.get(device, 1.0)
            self.out.lost += min(max(now - begun, 0.0), slow * self.seconds[held].sum())
        self.later(now + self.set.restart, "begin", device)

    def watch(self, now: float) -> None:
        """The command's look at all that is not stored."""
        held = self.owner[self.state == HELD]
        near = int((self.device[held] < self.set.machine).sum())
        cost = costs.watch(int((self.state != STORED).sum()), near, len(held) - near)
        self.later(self.ask(now, cost, len(held) + self.set.devices) + EVERY, "watch", -1)

    def outcome(self) -> Outcome:
        for device in range(self.set.devices):
            self.begin(device, 0.0)
        for device, moments in self.set.deaths.items():
            for moment in moments:
                self.later(moment, "dies", device)
        if self.set.watched:
            self.later(EVERY, "watch", -1)
        while self.events:
            now, _, what, who, models = heapq.heappop(self.events)
            over = self.left == 0
            if what in ("look", "trained", "stored"):
                if self.workers[who].died > now:
                    self.look(who, now) if what == "look" else getattr(self, what)(who, models, now)
            elif what == "watch" and not over:
                self.watch(now)
            elif what in ("begin", "dies") and not over:
                getattr(self, what)(who, now)
        for worker in self.workers:
            until = min(worker.died, self.out.seconds)
            signs = (until - worker.named) // RENEWAL if worker.named < until else 0.0
            if signs:
                self.out.bursts.append((worker.named, worker.named + signs * RENEWAL, signs * sum(costs.RENEW)))
        return self.out


def simulate(groups: Sequence[Group], setting: Setting) -> Outcome:
    """What workers make of groups of models, the longest first."""
    return _Run(groups, setting).outcome()
