"""Is an attack as strong as it was? ``python -m benchmarks.regression check --baseline main --current output``."""

from __future__ import annotations

import argparse
import math
import sys
from pathlib import Path
from typing import Any

from benchmarks.naming.options import Parser, answered
from benchmarks.naming.plugins import attack_classes, parse, unique, usable, warn_of_broken
from benchmarks.naming.wording import counted
from benchmarks.report import publish
from benchmarks.results import pictures, records
from benchmarks.tracking import baseline, gate, history, stored, verdicts

HISTORY = Path("results/regression/history.csv")
TIED = "two-stage(second=gap)"  # belongs to `all`: the one two-stage attack whose thresholds lie on tied scores


def main(arguments: list[str] | None = None) -> int:
    """Run the command; returns 0 fine, 1 an attack got weaker or changed in silence, 2 unusable input."""

    def command() -> int:
        options = _parser().parse_args(arguments)
        return int(options.call(options))

    return answered(command, "interrupted; nothing half-written is left")


def _parser() -> argparse.ArgumentParser:
    parser = Parser(prog="python -m benchmarks.regression", description="Track the strength of attacks.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, call: Any, about: str) -> Any:
        made = commands.add_parser(name, help=about, description=about)
        made.set_defaults(call=call)
        return made.add_argument

    add = command("check", _check, "compare two sets of records; exit code 1 where an attack got weaker")
    add(
        "--baseline",
        required=True,
        metavar="DIR|REF[:PATH]",
        help=f"folder of records, or git commit (PATH: {baseline.COMMITTED})",
    )
    add("--current", required=True, metavar="DIR", help="folder of records")
    add(
        "--tolerance",
        type=_share,
        default=0.01,
        metavar="SHARE",
        help="share of its strength that an attack may lose (default: 0.01)",
    )
    add("--output", type=Path, metavar="FILE", help="write the markdown here too")

    add = command("evaluate", _evaluate, "run attacks on the stored outputs, without training; writes records")
    add("--attacks", nargs="+", default=["all"], metavar="NAME", help="attacks, or all (default: all)")
    add("--outputs", type=Path, default=stored.FILE, metavar="FILE", help=f"(default: {stored.FILE})")
    add(
        "--output",
        type=Path,
        required=True,
        metavar="DIR",
        help="folder for the records; what an earlier evaluation left there goes",
    )

    add = command("record", _record, "append the strength of each attack to the history, where it is news")
    add("--current", required=True, metavar="DIR", help="folder of records")
    add("--history", type=Path, default=HISTORY, metavar="FILE", help=f"(default: {HISTORY})")

    add = command("plot", _plot, "draw each attack's strength over its versions")
    add("--history", type=Path, default=HISTORY, metavar="FILE", help=f"(default: {HISTORY})")
    add("--output", type=Path, required=True, metavar="DIR", help="folder for one PNG a measure")

    add = command("outputs", _outputs, "train the models of the stored outputs anew")
    add("--output", type=Path, default=stored.FILE, metavar="FILE", help=f"(default: {stored.FILE})")
    return parser


def _share(word: str) -> float:
    try:
        value = float(word)
    except ValueError:
        value = math.nan
    if not 0 <= value < 1:
        raise argparse.ArgumentTypeError(f"expected a share from 0 to below 1, got {word}")
    return value


def _check(options: argparse.Namespace) -> int:
    old, new = (baseline.entries(f"--{name}", getattr(options, name)) for name in ("baseline", "current"))
    findings = gate.compare(old, new, options.tolerance)
    text = verdicts.markdown(findings, options.tolerance)
    if options.output:
        publish.check_writable("--output", options.output.parent)
        records.write_text(options.output, text)
    print(text, end="")
    return int(any(f.verdict in gate.FAILS for f in findings))


def _evaluate(options: argparse.Namespace) -> int:
    classes = attack_classes()
    names = [n for word in options.attacks for n in ((*usable(classes), TIED) if word == "all" else [word])]
    attacks = list(unique([parse("--attacks", name, classes) for name in names]))
    outputs = stored.read(options.outputs)
    if "all" in options.attacks:
        warn_of_broken("attack", classes)
    publish.check_writable("--output", options.output)
    stored.evaluate(outputs, attacks, options.output)
    print(f"written: {counted(len(attacks), 'record')} in {options.output}", file=sys.stderr)
    return 0


def _record(options: argparse.Namespace) -> int:
    commit, date = baseline.commit()
    known = history.read(options.history)
    now = [history.line(e.record, commit, date) for e in baseline.entries("--current", options.current)]
    lines = history.added(known, now)
    if lines != known:
        history.write(lines, options.history)
    print(f"{counted(len(lines) - len(known), 'new line')} in {options.history}, {len(lines)} in all", file=sys.stderr)
    return 0


def _plot(options: argparse.Namespace) -> int:
    lines = history.read(options.history)
    figures = {name: history.plot(lines, name) for name in history.MEASURES}
    publish.check_writable("--output", options.output)
    for name, figure in figures.items():
        path = options.output / f"strength--{name.replace('%', '')}.png"
        pictures.save(figure, path)
        print(f"written: {path}", file=sys.stderr)
    return 0


def _outputs(options: argparse.Namespace) -> int:
    stored.write(stored.train("cpu"), options.output)
    print(f"written: {options.output}, {options.output.stat().st_size // 1000} kB", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
