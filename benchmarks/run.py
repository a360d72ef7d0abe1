"""The command line: ``python -m benchmarks.run --attacks all --defenses l2``."""

from __future__ import annotations

import sys

if not __package__:  # started as a file, which finds none of our packages
    print("error: start it as a module: python -m benchmarks.run", file=sys.stderr)
    sys.exit(2)

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from benchmarks.naming import registry
from benchmarks.naming.answered import answered
from benchmarks.naming.commands import Command, Words, one_of
from benchmarks.naming.options import FOLDER, MOST, SEED, Whole, Word
from benchmarks.naming.where import places_options
from benchmarks.naming.wording import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.naming.registry import Plugin
    from benchmarks.training.plan import Plan
    from benchmarks.training.store import Store


EXAMPLES = (
    "--attacks loss,gap,lira-offline --defenses l2,hamp",
    '--defenses "hamp(gamma=0.5)" --attacks "two-stage(second=gap)"',
    "--suite location30 --defenses all --data data --dry-run",
    "--suite mine.toml --attacks all --output output/mine",
)
ALONE = 10.0  # seconds that this process plays before others are started for it


@dataclass(frozen=True)
class Options:
    """What the command line asks for."""

    suite: str
    attacks: tuple[str, ...]
    defenses: tuple[str, ...]
    adversary: str
    data: Path | None
    store: Path
    output: Path | None
    on: str
    workers: int | None
    timeout: float | None
    detach: bool
    device: str
    seed: int
    references: int | None
    trials: int | None
    epochs: int | None
    part: int | None
    shadows: int | None
    replace: bool
    dry_run: bool
    list: bool
    quiet: bool


def _range(option: str) -> str:
    return f"1 to {MOST[option]:,} (default: the suite's)"


@click.command("python -m benchmarks.run", cls=Command, examples=EXAMPLES)
@click.option(
    "--suite",
    type=Word("a suite"),
    default="digits",
    metavar="NAME|FILE.toml",
    help="What is trained on what (default: digits).",
)
@click.option(
    "--attacks",
    cls=Words,
    shell_complete=one_of(lambda: registry.names(registry.ATTACKS)),
    default=["all"],
    metavar="NAME...",
    help="Attacks, or all (default: all); values as in two-stage(second=gap).",
)
@click.option(
    "--defenses",
    cls=Words,
    shell_complete=one_of(lambda: registry.names(registry.DEFENSES)),
    metavar="NAME...",
    help="Defenses, or all, beside none (default: none alone); values as in l2(0.001).",
)
@click.option(
    "--adversary", type=Word(), default="adaptive", help="adaptive: knows the defense (default); unaware: does not."
)
@click.option(
    "--data", type=FOLDER, metavar="DIR", help="Folder of NAME.npz data sets; what it lacks is fetched into it."
)
@click.option(
    "--store", type=FOLDER, default=Path("store"), metavar="DIR", help="Trained models' outputs (default: store)."
)
@click.option("--output", type=FOLDER, metavar="DIR", help="Where the leaderboard goes (default: output/SUITE).")
@places_options
@click.option("--device", type=Word("a device"), default="auto", help="auto (default), cpu, cuda (all), cuda:N or mps.")
@click.option(
    "--seed", type=Whole(0, SEED), default=0, metavar="N", help="Of splits and models, 0 to 2^63 - 1 (default: 0)."
)
@click.option(
    "--references", type=Whole(1, MOST["references"]), metavar="R", help=f"Reference models, {_range('references')}."
)
@click.option("--trials", type=Whole(1, MOST["trials"]), metavar="K", help=f"Targets, {_range('trials')}.")
@click.option("--epochs", type=Whole(1, MOST["epochs"]), metavar="E", help=f"Epochs, {_range('epochs')}.")
@click.option("--part", type=Whole(1, MOST["part"]), metavar="N", help=f"Training records a model, {_range('part')}.")
@click.option(
    "--shadows",
    type=Whole(1, MOST["shadows"]),
    metavar="S",
    help="Shadow models, whose pooled records thresholds are chosen on (default: 1); those of other trials.",
)
@click.option("--replace", is_flag=True, help="Drop the records of other runs that lie in the output folder.")
@click.option("--dry-run", is_flag=True, help="Say what would be trained and what is stored already.")
@click.option("--quiet", is_flag=True, help="Print no summary of the board.")
@click.option("--list", is_flag=True, help="List suites, attacks, defenses and all other plugins.")
def command(**given: Any) -> int:
    """Train what is missing, run the attacks against the defenses, and write a leaderboard."""
    options = Options(**given)
    if options.list:
        from benchmarks.list import say

        say()
        return 0
    return _run(options)


def main(arguments: list[str] | None = None) -> int:
    """Run the command; returns the exit code: 0 done, 1 some model or attack failed, 2 unusable input."""
    return answered(
        command, arguments, "interrupted; what is trained is stored, and the same command goes on from there"
    )


def _run(options: Options) -> int:
    from benchmarks import engine
    from benchmarks.games.from_store import lacking_in
    from benchmarks.leaderboard.showing import show_board
    from benchmarks.report.publish import check_places, publish
    from benchmarks.results import provenance
    from benchmarks.results.exchange import finish
    from benchmarks.results.files import alone_in, check_writable
    from benchmarks.training import runner
    from benchmarks.training.executors.places import all_cores, cores, place
    from benchmarks.training.request import Request
    from benchmarks.training.standing import complete
    from benchmarks.training.store import Store
    from benchmarks.training.submitting import detached, going_on

    chosen = registry.choose(registry.ATTACKS, options.attacks, warn=True)
    wanted = registry.choose(registry.DEFENSES, options.defenses, warn=True)
    places = place(options.on, options.device, options.workers, options.store)
    if options.detach:
        going_on(places)  # said before anything is made
    names = ("suite", "defenses", "adversary", "data", "seed", "references", "trials", "epochs", "part", "shadows")
    request = Request(**{name: getattr(options, name) for name in names})
    asked = engine.asked(request, chosen, wanted, "all" not in options.attacks)
    plan = asked.plan
    output = options.output or Path("output") / plan.suite.name
    if output.resolve() == options.store.resolve():
        raise ValueError(f"--output: {output} is the store of models; give the board a folder of its own")
    store = Store(options.store)
    if options.dry_run:
        return _dry_run(plan, store, places.devices, asked.attacks)
    if not all(complete(training, plan, store) for training in plan.by_key.values()):
        check_writable("--store", options.store)
    check_writable("--output", output)
    check_places(output)
    with alone_in(output):
        finish(output)  # what a run before was stopped at
        engine.kept(plan, store, output, options.replace)  # what stands in the way is said before anything is trained
    runner.discard_damaged(plan, store)
    if options.detach:
        return detached(plan, asked.request, store, places, options.timeout)
    failures = engine.train(asked, store, places, options.timeout)
    command = engine.command_of(plan, options.attacks, options.data)
    contests, missing = engine.contests(plan, store, command)
    players, alone = cores(places, options.on, options.workers, options.store), 0.0
    if players is None and options.on == "auto" and options.workers is None:
        players, alone = all_cores(), ALONE
    found = engine.play(asked, contests, store, players, options.timeout, alone)
    incomplete = provenance.incomplete([record for record, _ in found.made])
    for sentence in incomplete:
        print(f"incomplete: {sentence}", file=sys.stderr)
    if not found.made:
        raise ValueError(f"nothing to publish: no {'attack could be played' if found.left else 'trial is complete'}")
    with alone_in(output):  # another run may have published since
        board = publish(found.made, output, engine.kept(plan, store, output, options.replace))
    if not options.quiet:
        lacking = plan.left_out | {attack.name: lacking_in(plan, attack.value) for attack in chosen}
        lost = {f"{of.attack} against {of.defense}": of.reason for of in [*found.left, *missing]}
        show_board(board, {name: why for name, why in (lacking | lost).items() if why}, output)
    return 1 if failures or missing or incomplete or any(of.failed for of in found.left) else 0


def _dry_run(plan: Plan, store: Store, devices: Sequence[str], attacks: Sequence[Plugin]) -> int:
    from benchmarks.naming.consoles import tell
    from benchmarks.training.expecting import expected
    from benchmarks.training.runner import summary

    for defense in plan.defenses:
        tell(summary(defense.name, [t for (name, _), t in plan.trainings.items() if name == defense.name], plan, store))
    tell(summary("in all", list(plan.trainings.values()), plan, store))
    for line in expected(plan, store, devices):
        tell(line)
    plays = counted(len(attacks), "attack"), counted(plan.suite.trials * len(plan.defenses), "game")
    tell(f"not foreseen: the time of {' in '.join(plays)}, of asking models, and of writing; which models will fail")
    return 0


if __name__ == "__main__":
    sys.exit(main())
