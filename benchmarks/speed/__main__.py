"""`python -m benchmarks.speed [RUN.json ...]`: reduce a run on this machine to its result, then render all results.

RUN.json is what `pytest --benchmark-json` wrote, several where a run was made in parts (pytest -k). Without any,
page and plots are made again from what is committed.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from benchmarks.naming.options import Parser
from benchmarks.results import pictures
from benchmarks.results.records import write_text
from benchmarks.speed import page, plot, results
from benchmarks.training.runner import devices_of

ROOT = Path(__file__).parents[2]


def main(arguments: list[str] | None = None) -> int:
    """Run the command; returns the exit code."""
    parser = Parser(prog="benchmarks.speed", description="Render docs/speed.md.")
    parser.add_argument("runs", nargs="*", type=Path, help="what pytest --benchmark-json wrote on this machine")
    try:
        runs = parser.parse_args(arguments).runs
        if runs:
            benchmarks = [b for path in runs for b in json.loads(path.read_text())["benchmarks"]]
            result = results.reduce(benchmarks, results.machine(devices_of("auto")[0]))
            print(f"wrote {results.write(result, ROOT / 'results' / 'speed')}")
        render(ROOT)
    except KeyError as error:
        print(
            f"benchmarks.speed: expected what pytest --benchmark-json writes, got a file without {error}",
            file=sys.stderr,
        )
        return 2
    except (OSError, ValueError) as error:
        print(f"benchmarks.speed: {error}", file=sys.stderr)
        return 2
    return 0


def render(root: Path) -> None:
    """Write docs/speed.md and its plots from results/speed. Raises OSError and ValueError."""
    found, agreement = results.read(root / "results" / "speed")
    images = root / "docs" / "images"
    images.mkdir(parents=True, exist_ok=True)
    for result in found:
        pictures.save(plot.figure(result), images / page.image(result))
    write_text(root / "docs" / "speed.md", page.page(found, agreement))
    print(f"wrote {root / 'docs' / 'speed.md'}")


if __name__ == "__main__":
    sys.exit(main())
