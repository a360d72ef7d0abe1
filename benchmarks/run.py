"""The command line: ``python -m benchmarks.run --attacks all --defenses l2``."""

from __future__ import annotations

import argparse
import sys
from functools import partial
from pathlib import Path

from benchmarks.games import playing
from benchmarks.games.evaluate import audited
from benchmarks.naming.options import Parser, answered, whole
from benchmarks.naming.plugins import (
    Broken,
    Plugin,
    attack_classes,
    defense_classes,
    nearest,
    parse,
    unique,
    usable,
    warn_of_broken,
)
from benchmarks.report.publish import check_places, check_writable, publish
from benchmarks.training import runner
from benchmarks.training.plan import ADVERSARIES, Plan, make
from benchmarks.training.store import Store
from benchmarks.training.suites import MOST, SUITES, find
from datasets import load


def main(arguments: list[str] | None = None) -> int:
    """Run the command; returns the exit code: 0 done, 1 some model or attack failed, 2 unusable input."""

    def command() -> int:
        options = _parser().parse_args(arguments)
        return _listing() if options.list else _run(options)

    return answered(command, "interrupted; what is trained is stored, and the same command goes on from there")


def _parser() -> argparse.ArgumentParser:
    parser = Parser(
        prog="python -m benchmarks.run",
        description="Train what is missing, run the attacks against the defenses, and write a leaderboard.",
    )
    add = parser.add_argument
    add("--suite", default="digits", help="what is trained on what (default: digits; see --list)")
    add("--attacks", nargs="+", default=["all"], metavar="NAME", help="attacks, or all (default: all)")
    add(
        "--defenses",
        nargs="+",
        default=[],
        metavar="NAME",
        help="defenses, or all, beside none; values as in l2(0.001)",
    )
    add("--adversary", default="adaptive", help="adaptive: knows the defense (default); unaware: does not")
    add("--data", type=Path, metavar="DIR", help="folder of NAME.npz data sets")
    add(
        "--store",
        type=Path,
        default=Path("store"),
        metavar="DIR",
        help="trained models' outputs (default: store)",
    )
    add("--output", type=Path, metavar="DIR", help="where the leaderboard goes (default: output/SUITE)")
    add("--device", default="auto", help="auto (default), cpu, cuda (all of them) or cuda:N")
    add("--seed", type=whole(0), default=0, help="of splits and models (default: 0)")
    add(
        "--references",
        type=whole(1, MOST["references"]),
        metavar="R",
        help="reference models, instead of the suite's number",
    )
    add("--trials", type=whole(1, MOST["trials"]), metavar="K", help="targets, instead of the suite's number")
    add("--epochs", type=whole(1, MOST["epochs"]), metavar="E", help="epochs, instead of the suite's number")
    add("--dry-run", action="store_true", help="say what would be trained and what is stored already")
    add("--list", action="store_true", help="list suites, attacks and defenses")
    return parser


def _listing() -> int:
    about = {s.name: s.about for s in SUITES.values()}
    for title, lines in (
        ("suites", about),
        ("attacks", {n: _summary(c) for n, c in usable(attack_classes()).items()}),
        ("defenses", {n: _summary(c) for n, c in usable(defense_classes()).items()}),
    ):
        print(f"{title}:")
        for name, line in lines.items():
            print(f"  {name:<18} {line}")
    warn_of_broken("attack", attack_classes())
    warn_of_broken("defense", defense_classes())
    return 0


def _summary(cls: type) -> str:
    return (cls.__doc__ or "").strip().split("\n")[0] or "no description"


def _run(options: argparse.Namespace) -> int:
    plan = _plan(options)
    for kind, words, classes in (
        ("attack", options.attacks, attack_classes()),
        ("defense", options.defenses, defense_classes()),
    ):
        if "all" in words:
            warn_of_broken(kind, classes)
    store = Store(options.store)
    devices = runner.devices_of(options.device)
    chosen = _chosen("--attacks", options.attacks, attack_classes())
    attacks = [a for a in chosen if playing.usable(a, plan)]
    for attack in (a for a in chosen if a not in attacks):
        print(f"left out: {attack.name} needs models that saw the record; {plan.split.protocol} has none")
    if not attacks:
        raise ValueError(f"--attacks: none of the chosen attacks can run on {plan.split.protocol}")
    if options.dry_run:
        return _dry_run(plan, store)
    runner.discard_damaged(plan, store)
    output = options.output or Path("output") / plan.suite.name
    check_writable("--store", options.store)
    check_writable("--output", output)
    check_places(output)
    failures = _train(plan, store, devices, options)
    for failure in failures:
        print(f"failed: model {failure.model} under {failure.defense}: {failure.reason}", file=sys.stderr)
    command = {"command": _command(plan, options), "device": runner.device_name(devices[0])}
    made = audited(plan, store, attacks, command)
    publish(made, output)
    return 1 if failures else 0


def _train(plan: Plan, store: Store, devices: list[str], options: argparse.Namespace) -> list[runner.Failure]:
    if len(devices) == 1:
        return runner.train(plan, store, devices[0])
    return runner.train_on(devices, plan, store, partial(_train_share, options))


def _train_share(options: argparse.Namespace, device: str, keys: list[str], place: int) -> list[runner.Failure]:
    return runner.train(_plan(options), Store(options.store), device, keys, place)


def _plan(options: argparse.Namespace) -> Plan:
    if options.adversary not in ADVERSARIES:
        raise ValueError(f"--adversary: unknown {options.adversary!r}; {nearest(options.adversary, ADVERSARIES)}")
    suite = find(options.suite).altered(references=options.references, trials=options.trials, epochs=options.epochs)
    classes = defense_classes()
    none = parse("--defenses", "none", classes)
    wanted = _chosen("--defenses", options.defenses, classes) if options.defenses else ()
    _chosen("--attacks", options.attacks, attack_classes())
    runner.devices_of(options.device)
    return make(suite, load(suite.dataset, options.data), none, wanted, options.adversary, options.seed)


def _chosen(option: str, spellings: list[str], classes: dict[str, type | Broken]) -> tuple[Plugin, ...]:
    names = [n for s in spellings for n in (usable(classes) if s == "all" else [s])]
    return unique([parse(option, name, classes) for name in names])


def _dry_run(plan: Plan, store: Store) -> int:
    for defense in plan.defenses:
        print(store.summary(defense.name, [t.key for (n, _), t in plan.trainings.items() if n == defense.name]))
    print(store.summary("in all", [t.key for t in plan.trainings.values()]))
    return 0


def _command(plan: Plan, options: argparse.Namespace) -> str:
    """The command that makes this run again; where store and output lie, and the device, change nothing."""
    words = [
        "python -m benchmarks.run",
        f"--suite {plan.suite.name}",
        "--attacks",
        *map(_quoted, options.attacks),
    ]
    rest = [d.name for d in plan.defenses[1:]]
    words += ["--defenses", *map(_quoted, rest)] if rest else []
    words += [f"--adversary {plan.adversary}"] if plan.adversary != "adaptive" else []
    words += ["--data DIR"] if options.data else []
    words += [f"--seed {plan.seed}"] if plan.seed else []
    words += [f"--{name} {now}" for name, (_, now) in plan.suite.changed.items()]
    return " ".join(words)


def _quoted(word: str) -> str:
    return f'"{word}"' if "(" in word else word


if __name__ == "__main__":
    sys.exit(main())
