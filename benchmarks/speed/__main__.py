"""The command line: ``python -m benchmarks.speed [RUN.json ...]`` renders docs/speed.md."""

from __future__ import annotations

import sys

if not __package__:  # started as a file, which finds none of our packages
    print("error: start it as a module: python -m benchmarks.speed", file=sys.stderr)
    sys.exit(2)

import json
from pathlib import Path
from typing import Any

import click

from benchmarks.naming.answered import answered
from benchmarks.naming.commands import Command
from benchmarks.naming.options import FILE
from benchmarks.naming.wording import kind_of, told


@click.command("python -m benchmarks.speed", cls=Command, examples=("", "output/speed.json"))
@click.argument("runs", nargs=-1, type=FILE, metavar="[RUN.json]...")
def command(runs: tuple[Path, ...]) -> int:
    """Reduce a run to its result, then render docs/speed.md from all results.

    RUN.json is what pytest --benchmark-json wrote, several where a run was made in parts (pytest -k). Without any,
    page and plots are made again from what is committed.
    """
    from benchmarks.speed import home, results

    root = home.checkout()
    if runs:
        result = _reduced([b for path in runs for b in _benchmarks(path)])
        print(f"written: {results.write(result, root / 'results' / 'speed')}")
    render(root)
    return 0


def main(arguments: list[str] | None = None) -> int:
    """Run the command; returns the exit code: 0 done, 2 unusable input."""
    return answered(command, arguments, "interrupted; the same command makes the rest")


def _reduced(benchmarks: list[dict[str, Any]]) -> dict[str, Any]:
    """Their result, of which a page can be made. Raises ValueError."""
    from benchmarks.speed import page, results

    try:
        result = results.reduce(benchmarks)
        page.page([result], None)
    except (LookupError, TypeError, AttributeError, ArithmeticError) as error:
        raise ValueError(
            f"RUN.json: expected what make speed measures, got other benchmarks ({kind_of(error)})"
        ) from error
    return result


def _benchmarks(path: Path) -> list[dict[str, Any]]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))["benchmarks"]
        made = [
            {"extra_info": {**b["extra_info"]}, "stats": {"data": [*map(float, b["stats"]["data"])]}} for b in found
        ]
        if not all(b["stats"]["data"] for b in made):
            raise ValueError("expected a time at least")
        return made
    except OSError as error:
        raise ValueError(f"RUN.json: expected what pytest --benchmark-json writes, got {told(error)}") from error
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise ValueError(f"RUN.json: expected what pytest --benchmark-json writes, got another file, {path}") from error


def render(root: Path) -> None:
    """Write docs/speed.md and its plots from results/speed. Raises OSError and ValueError."""
    from benchmarks.results import files, pictures
    from benchmarks.speed import page, plot, results

    found, agreement = results.read(root / "results" / "speed")
    images = root / "docs" / "images"
    images.mkdir(parents=True, exist_ok=True)
    for result in found:
        pictures.save(plot.figure(result), images / page.image(result))
    audit, forms = (results.beside(root / "results" / "speed", name) for name in (results.AUDIT, results.FORMS))
    files.write(root / "docs" / "speed.md", page.page(found, agreement, audit, forms))
    print(f"written: {root / 'docs' / 'speed.md'}")


if __name__ == "__main__":
    sys.exit(main())
