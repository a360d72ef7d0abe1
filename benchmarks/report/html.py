"""HTML from templates/: everything is escaped where it enters, but for markup of ours (`Markup`, never of a record).

What is HTML already says so by its type: `Markup` texts of this package, and plots that `svg.fit` made. Anything else,
an f-string with such a part included, is text, and a template escapes it.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from benchmarks.report.style import SERIES, dashes
from benchmarks.results.tables import PAGE, TEXT, Cell, Column, Table, parts, plain

HERE = Path(__file__).parent
Shade = Callable[[int, Cell], tuple[float, bool] | None]  # (column, value) -> depth of colour in [0, 1], framed


@dataclass(frozen=True)
class Shown:
    """A cell as the page has it: `text` None where there is no number."""

    text: str | None
    interval: str
    kind: str
    depth: float | None


@cache
def environment() -> Environment:
    """The templates of this package."""
    loader = PackageLoader("benchmarks.report")
    made = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    made.globals.update(cells=cells, classes=classes)
    made.tests["in_files"] = lambda ending, stem, written: f"{stem}{ending}" in written
    return made


def render(template: str, **values: Any) -> str:
    """A template of this package, filled in. Raises jinja2.UndefinedError where a value is missing."""
    return environment().get_template(template).render(**values)


def whole(template: str, **values: Any) -> str:
    """A page on base.html, with the style sheet and the one script that its policy lets run."""
    script = (HERE / "page.js").read_text(encoding="utf-8")
    return render(
        template,
        css=Markup((HERE / "page.css").read_text(encoding="utf-8")),
        script=Markup(script),
        colours=len(SERIES),
        dashes=dashes,
        digest=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
        **values,
    )


def cells(table: Table, shade: Shade | None = None) -> list[list[Shown]]:
    """The table's rows as the page has them; `shade` makes them a heat map."""
    return [
        [_shown(c, i, plain(cell), shade) for i, (c, cell) in enumerate(zip(table.columns, row, strict=True))]
        for row in table.rows
    ]


def classes(column: Column) -> str:
    """The classes of a column's head: its kind, and `more` where it gives way on a phone."""
    return f"{kind(column)} more".strip() if column.more else kind(column)


def kind(column: Column) -> str:
    """The class of a column's head and cells: t for text, c for text as narrow as its words, n for numbers, whose cells
    go without: most are of these.
    """
    return {**dict.fromkeys(TEXT, "t"), "cell": "c"}.get(column.kind, "n")


def _shown(column: Column, position: int, value: Cell, shade: Shade | None) -> Shown:
    text, interval = parts(column.kind, value)
    shaded = shade(position, value) if shade and position else None
    names = [classes(column).removeprefix("n").strip()]
    names += ["heat", *(["most"] if shaded[1] else [])] if shaded else []
    return Shown(
        None if text == PAGE.nothing else text,
        interval,
        " ".join(filter(None, names)),
        shaded[0] if shaded else None,
    )


def meanings(tables: Iterable[Table]) -> dict[str, list[str]]:
    """What the heads of the columns mean, in the order of the tables; one head may mean several things."""
    found: dict[str, list[str]] = {}
    for column in (c for table in tables for c in table.columns if c.about):
        if column.about not in found.setdefault(column.head, []):
            found[column.head].append(column.about)
    return found
