"""The page: tables and plots of all sections in one HTML file that needs nothing else. Pure.

Every word that comes from a record is escaped by the templates. Beyond that, a content security policy lets no script
run but the page's own.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from markupsafe import Markup

from benchmarks.naming.wording import counted
from benchmarks.report import provenance, sentences, style
from benchmarks.report.chart import SHOWN
from benchmarks.report.contents import stem_of
from benchmarks.report.figures import BANDS
from benchmarks.report.found import Found
from benchmarks.report.headline import headline
from benchmarks.report.html import meanings, whole
from benchmarks.report.plot import Plot
from benchmarks.report.plots import colours
from benchmarks.report.section import Section, flags, several, slug
from benchmarks.report.style import MARKS
from benchmarks.report.svg import Frames
from benchmarks.results.provenance import few, told
from benchmarks.results.record import Value
from benchmarks.results.tables import Cell, Table, parts

FOLD = 12  # suites whose answers stand open
OPEN = 3  # suites that stand open when the page is opened; of more, the first does


@dataclass(frozen=True)
class Entry:
    """A name in a legend: `number` is that of its series, `mark` an SVG path, empty for none."""

    number: int
    name: str
    mark: str = ""
    shown: bool = True  # from the start


@dataclass(frozen=True, eq=False)
class Content:
    """A section with its tables and its plots by name, and what else the page says of it."""

    section: Section
    tables: dict[str, Table]
    plots: dict[str, list[Plot]]
    found: Mapping[str, Found] = field(default_factory=dict)  # by defense, where its games are kept
    thumbnails: Mapping[str, list[str]] = field(default_factory=dict)  # by defense: of `found.exposed`, as data URIs

    @property
    def id(self) -> str:
        """What a link on the page calls the section."""
        return slug(self.section.title)

    def stem(self, kind: str, name: str) -> str:
        """The place of a figure's or table's files, without their ending."""
        return f"{kind}/{self.id}--{slug(name)}"

    def anchor(self, name: str) -> str:
        """What a link on the page calls a part of the section."""
        return f"{self.id}--{slug(name)}"

    @property
    def flags(self) -> list[tuple[str, str]]:
        """(word, sentence) for all that a reader must know first."""
        return flags(self.section.records)

    @property
    def answers(self) -> tuple[list[Markup], list[Markup]]:
        """The sentences that answer the report's two questions."""
        return sentences.leak(self.section), sentences.help_of(self.section)

    @property
    def facts(self) -> str:
        """Data, protocol and sizes in one line."""
        suite, record = self.section.suite, self.section.records[0]
        dataset = "" if suite.dataset == self.section.title else f"{suite.dataset} · "
        return (
            f"{dataset}{suite.protocol} · {suite.part:,} training records a model · {counted(record.trials, 'trial')} "
            f"· {counted(suite.references, 'reference')} · {record.adversary} adversary"
        )

    @property
    def provenance(self) -> list[tuple[str, str]]:
        """How the numbers were made, term by term."""
        return provenance.facts(self.section)

    @property
    def defense_key(self) -> list[Entry]:
        """The legend of the plots of all defenses."""
        numbers = [(self.section.number(name), name) for name in self.section.defenses]
        return [Entry(i, name, MARKS[style.mark(i)], place < SHOWN) for place, (i, name) in enumerate(numbers)]

    def told(self, defense: str) -> dict[str, str]:
        """What attacks say of their work against one defense, by name."""
        return told(self.section.against(defense))

    def attack_key(self, defense: str, colour: dict[str, int]) -> list[Entry]:
        """The legend of the plots of one defense."""
        names = [r.attack.name for r in self.section.against(defense)]
        return [Entry(colour[name], name, shown=place < SHOWN) for place, name in enumerate(names)]

    def share_shade(self, _column: int, value: Cell) -> tuple[float, bool] | None:
        """Of a table of shares: depth by their size."""
        return (0.9 * value, False) if isinstance(value, float) else None

    def shade(self, column: int, value: Cell) -> tuple[float, bool] | None:
        """Of the matrix: depth by AUC above guessing, and whether it is the strongest attack against that defense."""
        if not isinstance(value, Value) or value.mean is None:
            return None
        strongest, top = self._worst
        return max(0.0, (value.mean - 0.5) / (top - 0.5)), value is strongest[column - 1]

    @cached_property
    def _worst(self) -> tuple[list[Value], float]:
        worst: list[Value] = [self.section.strongest(d).auc for d in self.section.defenses]
        return worst, max(0.55, *(w.ends[0] for w in worst))


def page(contents: Sequence[Content], over: Mapping[str, Table], written: Collection[str], spread: bool) -> str:
    """The whole page. `over`: the rankings over all suites; `written`: the files that lie beside it; `spread`: whether
    it shows how the scores of each attack spread.
    """
    sections = [c.section for c in contents]
    colour = colours(sections)
    return whole(
        "page.html",
        few=few([r for s in sections for r in s.records]),
        series=max(len(colour), *(len(s.defenses) for s in sections)),
        scope=_scope(sections),
        headline=headline(sections),
        made=provenance.drawn(sections),
        contents=contents,
        several=several(sections),
        colour=colour,
        number=parts,
        bands=BANDS,
        most=SHOWN,
        over=over,
        spread=spread,
        stem_of=stem_of,
        written=written,
        open=OPEN,
        fold=FOLD,
        frames=Frames(),
        meanings=meanings([*over.values(), *(t for c in contents for t in c.tables.values())]),
    )


def _scope(sections: Sequence[Section]) -> str:
    attacks = {r.attack.name for s in sections for r in s.records}
    defenses = {d for s in sections for d in s.defenses} - {"none"}
    suites = counted(len({s.run.suite for s in sections}), "suite")
    suites += f" in {len(sections)} runs" if several(sections) == "runs" else ""
    listed = ", ".join([suites, counted(len(attacks), "attack"), counted(len(defenses), "defense")])
    hidden = sections[0].unshown
    are = "is" if len(hidden) == 1 else "are"
    further = counted(len(hidden), "further attack")
    told = f" {further} of these records {are} not shown; a stronger one may be among them."
    told = told if hidden else ""
    return f"{listed}.{told}"
