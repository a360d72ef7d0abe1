"""The command line: ``python -m benchmarks.audit outputs.npz``."""

from __future__ import annotations

import sys

if not __package__:  # started as a file, which finds none of our packages
    print("error: start it as a module: python -m benchmarks.audit", file=sys.stderr)
    sys.exit(2)

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from benchmarks.naming.answered import answered
from benchmarks.naming.commands import GIVEN, Command, Words
from benchmarks.naming.options import FILE, FOLDER, Number
from benchmarks.naming.wording import quoted, shown

if TYPE_CHECKING:
    from benchmarks.audit.attacking import Wanted
    from benchmarks.audit.case import Case
    from benchmarks.audit.limits import Limit


@dataclass(frozen=True)
class Options:
    """What the command line asks for."""

    outputs: Path
    references: tuple[str, ...]
    population: Path | None
    columns: tuple[str, ...]
    attacks: tuple[str, ...]
    epsilon: float | None
    delta: float
    fail_above: tuple[str, ...]
    output: Path | None
    quiet: bool


@click.command(
    "python -m benchmarks.audit",
    cls=Command,
    examples=(
        "outputs.npz",
        "outputs.csv --columns labels=y probabilities=p0,p1 groups=sex",
        "outputs.npz --references ref.npz --fail-above tpr@0.1%fpr=0.05",
    ),
)
@click.argument("outputs", type=FILE)
@click.option("--references", cls=Words, metavar="FILE...", help="What other models answered on the same records.")
@click.option(
    "--population", type=FILE, metavar="FILE", help="What the model answered on records of nobody's training."
)
@click.option(
    "--columns",
    cls=Words,
    metavar="KEY=NAME...",
    help="Columns by your own names, as in labels=y probabilities=p_well,p_ill groups=sex,region.",
)
@click.option(
    "--attacks",
    cls=Words,
    default=["all"],
    metavar="NAME...",
    help="Attacks, or all that take no minutes (default: all).",
)
@click.option("--epsilon", type=Number(0), metavar="E", help="The epsilon that training claims, to compare with.")
@click.option("--delta", type=Number(1e-30, 1), default=1e-5, metavar="D", help="The delta of epsilon (default: 1e-5).")
@click.option(
    "--fail-above",
    cls=Words,
    metavar="NUMBER=VALUE...",
    help="Exit with 1 where auc, tpr@1%fpr, tpr@0.1%fpr or epsilon is surely above, as in tpr@0.1%fpr=0.05.",
)
@click.option(
    "--output", type=FOLDER, metavar="DIR", help="Where report and files go (default: output/NAME of OUTPUTS)."
)
@click.option("--quiet", is_flag=True, help="Print no summary of the audit.")
def command(**given: Any) -> int:
    """Tell how much one model gives away of its training records, from a file of what it answered.

    OUTPUTS is .npz, .csv or .parquet with columns label, member, and prob_0, prob_1, ... (or logit_0, ...; or loss; or
    predicted).
    """
    return _run(Options(**given))


def main(arguments: list[str] | None = None) -> int:
    """Run the command; returns the exit code: 0 done, 1 a number is above --fail-above or none can be judged, 2
    unusable input."""
    return answered(command, arguments, "interrupted; nothing is half-written")


def _run(options: Options) -> int:
    from benchmarks.audit import attacking, case, limits
    from benchmarks.audit.saving import unless_refused

    limited = limits.read(options.fail_above)
    attacks = attacking.Wanted.of(options.attacks, warn=True)
    output = options.output or Path("output") / options.outputs.stem
    material = case.read(
        options.outputs, [Path(name) for name in options.references], options.population, _names(options.columns)
    )
    with unless_refused(output):
        return _audited(options, material, attacks, limited, output)


def _audited(options: Options, material: Case, attacks: Wanted, limited: tuple[Limit, ...], output: Path) -> int:
    from benchmarks.audit import auditing, limits, saving
    from benchmarks.audit.screen import screen
    from benchmarks.naming.consoles import show, width_of_stdout
    from benchmarks.results.screens import WIDTH

    words = ["mia-arena audit", *map(quoted, click.get_current_context().meta[GIVEN])]
    audit = auditing.of(material, attacks, options.outputs.stem, None, options.delta, " ".join(words), options.epsilon)
    broken = limits.broken(audit, limited)
    saving.save(audit, output)
    print(f"written: {output / 'report.html'}; summary.json, attacks.csv and records.csv beside it", file=sys.stderr)
    if not options.quiet:
        show(screen(audit, [f"as a page: {output / 'report.html'}"], width_of_stdout(WIDTH)))
    if limited and (audit.doubts or not audit.meant):
        broken.append("no limit can be judged as long as the input seems out of order")
    for line in broken:
        print(f"failed: {line}", file=sys.stderr)
    return 1 if broken else 0


def _names(words: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """``["labels=y", "probabilities=a", "b"]`` as names by key: a word without a key goes on with the last one."""
    from benchmarks.audit.conventions import KEYS
    from benchmarks.naming.nearest import nearest

    made: dict[str, tuple[str, ...]] = {}
    last = ""
    for word in words:
        key, equals, name = word.partition("=")
        if equals and key in made:
            raise ValueError(f"--columns: expected {key} once, got it twice")
        if equals and key not in KEYS:
            raise ValueError(f"--columns: unknown {shown(key)}; {nearest(key, KEYS)}")
        if not equals and not last:
            raise ValueError(f"--columns: expected KEY=NAME, as in labels=y, got {shown(word)}")
        last = key if equals else last
        made[last] = (*made.get(last, ()), name if equals else word)
    return made


if __name__ == "__main__":
    sys.exit(main())
