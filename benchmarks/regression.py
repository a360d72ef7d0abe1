"""Is an attack as strong as it was? ``python -m benchmarks.regression check --baseline main --current output``."""

from __future__ import annotations

import sys

if not __package__:  # started as a file, which finds none of our packages
    print("error: start it as a module: python -m benchmarks.regression", file=sys.stderr)
    sys.exit(2)

from pathlib import Path

import click

from benchmarks.naming import registry
from benchmarks.naming.answered import answered
from benchmarks.naming.commands import Command, Group, Words
from benchmarks.naming.options import FILE, FOLDER, Number, Word
from benchmarks.naming.wording import counted

RECORDS = "results/regression/records"
OUTPUTS = Path(__file__).parent / "tracking" / "outputs.npz"
HISTORY = Path("results/regression/history.csv")
TIED = "two-stage(second=gap)"  # belongs to `all`: the one two-stage attack whose thresholds lie on tied scores

CURRENT = click.option("--current", type=FOLDER, required=True, metavar="DIR", help="Folder of records.")
KEPT = click.option(
    "--history", type=FILE, default=HISTORY, metavar="FILE", help=f"A table of strengths (default: {HISTORY})."
)


@click.group(
    "python -m benchmarks.regression",
    cls=Group,
    examples=("check --baseline main --current output", "evaluate --output current"),
)
def command() -> None:
    """Track the strength of attacks."""


def main(arguments: list[str] | None = None) -> int:
    """Run the command; returns 0 fine, 1 an attack got weaker or changed in silence, 2 unusable input."""
    return answered(command, arguments, "interrupted; nothing half-written is left")


@command.command(
    "check", cls=Command, examples=("--baseline main --current output", "--baseline before --current after")
)
@click.option(
    "--baseline",
    type=Word("a folder or a git commit"),
    required=True,
    metavar="DIR|REF[:PATH]",
    help=f"Folder of records, or git commit (PATH: {RECORDS}).",
)
@CURRENT
@click.option(
    "--tolerance",
    type=Number(0, 1),
    default=0.01,
    metavar="SHARE",
    help="Share of its strength that an attack may lose, 0 to below 1 (default: 0.01).",
)
@click.option(
    "--judge",
    type=click.Choice(("attacks", "defenses")),
    default="attacks",
    help="What must not get weaker (default: attacks).",
)
@click.option("--output", type=FILE, metavar="FILE", help="Write the markdown here too.")
def check(baseline: str, current: Path, tolerance: float, judge: str, output: Path | None) -> int:
    """Compare two sets of records; exit code 1 where an attack, or a defense, got weaker."""
    from benchmarks.results import files
    from benchmarks.tracking import gate, verdicts
    from benchmarks.tracking.baseline import entries

    if output:
        files.check_file("--output", output)
    old, new = entries("--baseline", baseline, judge), entries("--current", current, judge)
    findings = gate.compare(old, new, tolerance, judge)
    text = verdicts.markdown(findings, tolerance, judge)
    if output:
        files.write(output, text)
    print(text, end="")
    return int(any(f.verdict in gate.FAILS for f in findings))


@command.command(
    "evaluate",
    cls=Command,
    examples=("--output current", "--defenses all --output defended", "--attacks loss,gap --output current"),
)
@click.option("--attacks", cls=Words, metavar="NAME...", help="Attacks, or all (default: all; three against defenses).")
@click.option(
    "--defenses",
    cls=Words,
    metavar="NAME...",
    help="Train small models under these defenses, or all of them, and attack those (default: stored undefended ones).",
)
@click.option("--outputs", type=FILE, default=OUTPUTS, metavar="FILE", help="Of other stored models than ours.")
@click.option(
    "--output",
    type=FOLDER,
    required=True,
    metavar="DIR",
    help="Folder for the records; what an earlier evaluation left there goes.",
)
def evaluate(attacks: tuple[str, ...], defenses: tuple[str, ...], outputs: Path, output: Path) -> int:
    """Run attacks on stored outputs, or on small models under defenses; writes records."""
    from benchmarks.results import files
    from benchmarks.tracking import defended, stored

    if defenses:
        carried = registry.choose(registry.DEFENSES, defenses, "--defenses", warn=True)
        panel = registry.choose(registry.ATTACKS, attacks or defended.PANEL, "--attacks", warn=True)
        files.check_writable("--output", output)
        broken = defended.evaluate(carried, panel, output)
    else:
        chosen = list(registry.choose(registry.ATTACKS, attacks or ("all",), warn=True))
        if TIED not in attacks and (not attacks or "all" in attacks):
            chosen.append(registry.builtin(registry.ATTACKS, TIED))
        seen = stored.read(outputs)
        files.check_writable("--output", output)
        broken = stored.evaluate(seen, chosen, output)
    print(f"written: records in {output}", file=sys.stderr)
    return int(broken > 0)


@command.command("init", cls=Command, examples=("--attacks margin:Margin", "--defenses my_package.mine:Mine"))
@click.option("--attacks", cls=Words, metavar="NAME...", help="Yours (default: those of other installed packages).")
@click.option("--defenses", cls=Words, metavar="NAME...", help="Yours (default: those of other installed packages).")
@click.option(
    "--install",
    type=Word("what pip installs"),
    metavar="REQUIREMENT",
    help="What pip installs to have this command (default: the commit that this one is).",
)
def init(attacks: tuple[str, ...], defenses: tuple[str, ...], install: str | None) -> int:
    """Write baseline and workflow into the repository here, so that it gates its own attacks and defenses."""
    from benchmarks.tracking import starting
    from benchmarks.tracking.baseline import repository

    if not attacks and not defenses:
        attacks, defenses = (tuple(starting.outside(kind)) for kind in (registry.ATTACKS, registry.DEFENSES))
        if not attacks and not defenses:
            raise ValueError("--attacks: expected yours, as package.module:Class; no installed package brings any")
    own, carried = registry.choose(registry.ATTACKS, attacks), registry.choose(registry.DEFENSES, defenses)
    root = repository()
    made = starting.places(root, own, carried)
    broken = starting.begin(root, own, carried, install or starting.requirement())
    for path in made:
        print(f"written: {path}", file=sys.stderr)
    print("commit these, and pull requests are compared with them", file=sys.stderr)
    return int(broken > 0)


@command.command("record", cls=Command, examples=("--current current",))
@CURRENT
@KEPT
def record(current: Path, history: Path) -> int:
    """Append the strength of each attack to the history, where it is news."""
    from benchmarks.results import files
    from benchmarks.tracking import baseline
    from benchmarks.tracking import history as lines

    commit, date = baseline.commit()
    now = [lines.line(e.record, commit, date) for e in baseline.entries("--current", current)]
    files.check_file("--history", history)
    with files.alone_in(history.parent):
        known = lines.read(history)
        whole = lines.added(known, now)
        if whole != known:
            lines.write(whole, history)
    print(f"{counted(len(whole) - len(known), 'new line')} in {history}, {len(whole)} in all", file=sys.stderr)
    return 0


@command.command("plot", cls=Command, examples=("--output output/strength",))
@KEPT
@click.option("--output", type=FOLDER, required=True, metavar="DIR", help="Folder for one PNG a measure.")
def plot(history: Path, output: Path) -> int:
    """Draw each attack's strength over its versions."""
    from benchmarks.results import files, pictures
    from benchmarks.tracking import history as lines

    known = lines.read(history)
    figures = {name: lines.plot(known, name) for name in lines.MEASURES}
    files.check_writable("--output", output)
    for name, figure in figures.items():
        path = output / f"strength--{name.replace('%', '')}.png"
        pictures.save(figure, path)
        print(f"written: {path}", file=sys.stderr)
    return 0


@command.command("outputs", cls=Command, examples=("--output outputs.npz",))
@click.option("--output", type=FILE, required=True, metavar="FILE", help="Where they go.")
def outputs(output: Path) -> int:
    """Train the models of the stored outputs anew."""
    from benchmarks.results import files
    from benchmarks.tracking import stored

    files.check_file("--output", output)
    stored.write(stored.train("cpu"), output)
    print(f"written: {output}, {output.stat().st_size // 1000} kB", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
