"""What comes out of a reproduction: tables, figures, verdicts, and the page when nothing was left out."""

from __future__ import annotations

import sys
from pathlib import Path

from benchmarks.papers.kit.page import table_section, verdicts
from benchmarks.papers.kit.paper import Figure, Numbers, Paper, Part, Table
from benchmarks.results import files


def publish(paper: Paper, found: dict[str, Numbers], parts: dict[str, Part], output: Path, docs: Path) -> None:
    """Print tables and verdicts; write tables, figures and, when all parts are wanted, the page. Raises OSError."""
    images = docs / "images" / paper.name
    for name, part in parts.items():
        if isinstance(part, Table):
            text = table_section(paper, name, found)
            print(text + "\n")
            (output / "tables").mkdir(parents=True, exist_ok=True)
            files.write(output / "tables" / f"{name}.md", text + "\n")
    drawn = [name for name, part in parts.items() if isinstance(part, Figure) and _drawn(name, part, found, images)]
    if paper.claims:
        print(verdicts(paper, found))
    if paper.page is not None and len(parts) == len(paper.parts):
        files.write(docs / f"{paper.name}.md", paper.page(found, drawn))
    where = [f"tables in {output / 'tables'}"] * any(isinstance(p, Table) for p in parts.values())
    where += [f"figures in {images}"] * any(isinstance(p, Figure) for p in parts.values())
    print(f"written: {', '.join(where)}", file=sys.stderr)


def _drawn(name: str, part: Figure, found: dict[str, Numbers], images: Path) -> bool:
    from benchmarks.results import pictures

    figure = part.make([suite for suite in part.suites if suite in found], found)
    path = images / f"{name}.png"
    if figure is None:
        print(f"{name}: left out, none of its data sets was run", file=sys.stderr)
        path.unlink(missing_ok=True)
        return False
    images.mkdir(parents=True, exist_ok=True)
    pictures.save(figure, path)
    return True
