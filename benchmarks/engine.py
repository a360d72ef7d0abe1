"""What a run does between its question and its board, the same for the command line and for Python."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.games import from_store
from benchmarks.games.ahead import Broken, play_ahead
from benchmarks.games.circumstances import suite_info
from benchmarks.games.evaluate import Evaluated, evaluate
from benchmarks.games.game import Contest
from benchmarks.games.playing import LeftOut, say
from benchmarks.naming.registry import Plugin
from benchmarks.naming.wording import counted, listed, quoted
from benchmarks.results import merging, reading
from benchmarks.results.record import Record
from benchmarks.statistics.played import Played
from benchmarks.training import runner
from benchmarks.training.executors import Executor
from benchmarks.training.jobs import Failure
from benchmarks.training.plan import Plan
from benchmarks.training.queries import broken, canonical
from benchmarks.training.request import Request
from benchmarks.training.store import Store
from datasets import Pool


@dataclass(frozen=True, eq=False)
class Asked:
    """What is asked for, its plan, and those of the attacks that can play its games."""

    request: Request
    plan: Plan
    attacks: tuple[Plugin, ...]


def asked(request: Request, attacks: Sequence[Plugin], defenses: Sequence[Plugin], named: bool) -> Asked:
    """The plan of a request, whose models are asked what the attacks need. Other attacks are said on stderr, and those
    of the defenses that cannot be trained.

    `named`: whether each attack was chosen by name. Raises ValueError where no attack or no defense is left.
    """
    plan = request.plan()
    for defense, lacks in plan.left_out.items():
        print(f"left out: {defense} {lacks}", file=sys.stderr)
    if defenses and {defense.name for defense in defenses} == set(plan.left_out):
        raise ValueError(f"--defenses: none of the chosen defenses can run on {plan.suite.name}")
    able = []
    if named:
        _know_queries(attacks, plan.pool)
    for attack in attacks:
        lacks = from_store.lacking_in(plan, attack.value)
        if lacks:
            print(f"left out: {attack.name} {lacks}", file=sys.stderr)
        else:
            able.append(attack)
    if not able:
        raise ValueError(f"--attacks: none of the chosen attacks can run on {plan.suite.name}")
    every, of_all = (_queries(of) for of in (able, [a for a in able if a.value.needs != "target"]))
    queries, aside = (tuple(sorted(of)) for of in (every, every - of_all))
    request = replace(request, queries=queries, population=True, aside=aside)  # the conformal rule asks the population
    return Asked(request, plan.asking(request.queries, request.population, request.aside), tuple(able))


def _know_queries(attacks: Sequence[Plugin], pool: Pool) -> None:
    """Raise ValueError where one of them asks a query set that there is not, whose code breaks, or one twice."""
    for attack in attacks:
        known: dict[str, str] = {}
        for query in attack.value.queries:
            try:
                name = canonical(query)
            except ValueError as error:
                raise ValueError(f"--attacks: {attack.name}: {error}") from error
            if name in known:
                raise ValueError(f"--attacks: {attack.name}: the queries {known[name]} and {query} are the same")
            known[name] = query
            if reason := broken(name, pool):
                raise ValueError(f"--attacks: {attack.name} {reason}")


def _queries(attacks: Sequence[Plugin]) -> set[str]:
    """The query sets that some of the attacks declare."""
    return {canonical(query) for attack in attacks for query in attack.value.queries}


def kept(plan: Plan, store: Store, output: Path, drop: bool) -> Sequence[tuple[Record, Sequence[Played] | None]]:
    """What lies in the output folder and goes on the board beside this run's records; nothing where it may `drop`.

    Raises ValueError where this run would drop some of it.
    """
    if drop or not (output / "records").is_dir():
        return []
    try:
        lying = reading.board(output)
        reading.compared(output)
    except ValueError as error:
        why = str(error).removesuffix("; run it again")  # which would end here again
        raise ValueError(f"--output: {why}; --replace gives it up, another --output leaves it alone") from error
    games = {d.name: from_store.foreseen(plan, store, d) for d in plan.defenses}
    dropped = merging.foreign(
        [record for record, _ in lying], suite_info(plan.suite, plan.pool, plan.seed), plan.adversary, games
    )
    if dropped:
        many = f" ({len(dropped)} such records)" if len(dropped) > 1 else ""
        raise ValueError(f"--output: {dropped[0]}{many}; --replace does so, another --output leaves it alone")
    return lying


def contests(plan: Plan, store: Store, command: str) -> tuple[list[Contest], list[LeftOut]]:
    """The games of every defense, and the defenses that have none; what is lost is said on stderr."""
    found, missing = [], []
    for defense in plan.defenses:
        for what, numbers in from_store.standing(plan, store, defense)[1].items():
            print(f"lost: {listed('trial', numbers)} against {defense.name}: no {what}", file=sys.stderr)
        contest = from_store.contest(plan, store, defense, command)
        if contest is None:
            reason = f"no trial of {defense.name} is complete; it has no records"
            print(reason, file=sys.stderr)
            missing.append(LeftOut("every attack", defense.name, reason, True))
        else:
            found.append(contest)
    return found, missing


def train(asked: Asked, store: Store, places: Executor, timeout: float | None = None) -> list[Failure]:
    """Train, or only ask, every model that is not in the store; those that failed are said on stderr and returned."""
    failures = runner.train(asked.plan, asked.request, store, places, timeout)
    for (defense, reason), count in Counter((f.defense, f.reason) for f in failures).items():
        print(f"failed: {counted(count, 'model')} under {defense}: {reason}", file=sys.stderr)
    return failures


def play(
    asked: Asked,
    contests: Sequence[Contest],
    store: Store | None,
    players: Executor | None = None,
    timeout: float | None = None,
    alone: float = 0.0,
) -> Evaluated:
    """Every attack in every contest, on the `players` where there are some; who is left out is said on stderr. They are
    not started for what this process plays `alone`, in so many seconds.
    """
    broken: Broken = {}
    if players and store:
        broken = play_ahead(asked.plan, asked.request, asked.attacks, store, players, timeout, alone)
    found = evaluate(contests, asked.attacks, store, timeout, broken)
    say(found.left)
    return found


def command_of(plan: Plan, attacks: Sequence[str], data: Path | None) -> str:
    """The command that makes this run again; where store and output lie, and the device, change nothing."""
    words = ["mia-arena run", f"--suite {quoted(plan.suite.word)}", "--attacks", *map(quoted, attacks)]
    rest = [d.name for d in plan.defenses[1:]]
    words += ["--defenses", *map(quoted, rest)] if rest else []
    words += [f"--adversary {plan.adversary}"] if plan.adversary != "adaptive" else []
    words += ["--data DIR"] if data else []
    words += [f"--seed {plan.seed}"] if plan.seed else []
    words += [f"--{name} {now}" for name, (_, now) in plan.suite.changed.items()]
    return " ".join(words)
