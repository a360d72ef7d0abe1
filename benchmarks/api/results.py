"""Records as tables and figures."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.api.refusing import choice
from benchmarks.results import frames, reading
from benchmarks.results.ranking import value_of
from benchmarks.results.record import Record

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from benchmarks.report.section import Section

SHOWN = ("auc", "tpr_at_1%_fpr", "tpr_at_0.1%_fpr")


class Results:
    """What attacks did to defenses: `records`, one an attack and defense."""

    def __init__(self, records: Sequence[Record]) -> None:
        self.records = tuple(records)

    @property
    def results(self) -> pd.DataFrame:
        """A row a metric of an attack against a defense, with its 95 % interval: the columns are suite, adversary,
        defense, attack, metric, mean, low, high; NaN where the data cannot resolve a number,
        and low and high where a number has no interval (`docs/intervals.md`).
        """
        return frames.frame(self.records)

    @property
    def by_game(self) -> pd.DataFrame:
        """A row a metric of an attack in one game: suite, adversary, defense, attack, metric, game, value."""
        return frames.games(self.records)

    def ranking(self, defense: str | None = None, suite: str | None = None) -> pd.DataFrame:
        """Attacks on one defense (without one, on the undefended model), the greatest AUC first: AUC and TPR at 1 % and
        0.1 % FPR with the ends of their 95 % intervals. Raises ValueError on an unknown name.
        """
        import pandas as pd

        section = self._section(suite)
        rows = []
        for record in section.run.against(choice("defense", defense or section.defenses[0], section.defenses)):
            row: dict[str, str | float | None] = {"attack": record.attack.name}
            for key in SHOWN:
                of = value_of(record, key)
                row |= {key: of.mean, f"{key} low": of.low, f"{key} high": of.high}
            rows.append(row)
        made = pd.DataFrame(rows)
        return made.astype(dict.fromkeys(made.columns[1:], float))

    def figure(self, name: str = "roc", defense: str | None = None, suite: str | None = None) -> Figure:
        """One of the report's figures: of a suite trade-off, defenses, cost or matrix; of a defense (without one, of
        the undefended model) roc, precision-recall, scores or difficulty. Raises ValueError on an unknown name.
        """
        from matplotlib import pyplot  # noqa: F401  # a notebook shows figures once this is loaded

        from benchmarks.report.drawing import drawn
        from benchmarks.report.plots import colours, plots
        from benchmarks.report.style import styled

        section = self._section(suite)
        made = plots(section, colours([section]))
        within = choice("defense", defense or section.defenses[0], section.defenses)
        kinds = {key.removesuffix(f"--{within}"): key for key in made if "--" not in key or key.endswith(f"--{within}")}
        with styled():
            figure = drawn(made[kinds[choice("figure", name, kinds)]])
            figure.set_dpi(200)  # as small as a paper's column, so that it can be read on a screen
            figure.draw_without_rendering()
        return figure

    @cached_property
    def _sections(self) -> list[Section]:
        from benchmarks.report.section import sections

        return sections(self.records)

    def _section(self, suite: str | None) -> Section:
        titles = {section.title: section for section in self._sections}
        if suite is None and len(titles) > 1:
            raise ValueError(f"suite: there are several; expected one of {', '.join(titles)}")
        return titles[choice("suite", suite or next(iter(titles)), titles)]

    def __repr__(self) -> str:
        shown = [self._words(section) for section in self._sections]
        return "\n\n".join(shown)

    def _words(self, section: Section) -> str:
        table = self.ranking(suite=section.title).iloc[:10, :4].to_string(index=False, float_format="{:.3f}".format)
        count = len({r.attack.name for r in section.records})
        head = f"{section.title}: {count} attacks, defenses {', '.join(section.defenses)}"
        return f"{head}; the strongest against {section.defenses[0]}:\n{table}"


def load(folder: str | Path) -> Results:
    """The records (*.json) in and below a folder: a board, or several. Raises ValueError where there are none, or where
    one is damaged.
    """
    place = Path(folder)
    if not place.is_dir():
        raise ValueError(f"folder: expected a folder with records (*.json), got {place}")
    records = reading.below(place).records
    if not records:
        raise ValueError(f"folder: expected records (*.json) in or below {place}, found none")
    return Results(records)
