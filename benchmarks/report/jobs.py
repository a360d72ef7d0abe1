"""The drawing of a report as jobs of plain values, which any process can do: it needs no file of the records."""

from __future__ import annotations

from dataclasses import dataclass, field

from benchmarks.report.drawing import Plot, inline, on_paper
from benchmarks.training.executors import Worker


@dataclass(frozen=True)
class Drawn:
    """Plots of the page as SVG, by their numbers, and the content of files, by their names."""

    svg: dict[int, str] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class OnPage:
    """A plot that is the page's of that number."""

    plot: Plot
    number: int

    def drawn(self) -> Drawn:
        """Its SVG."""
        return Drawn(svg={self.number: str(inline(self.plot, self.number))})


@dataclass(frozen=True, eq=False)
class OnPaper:
    """Plots that are the panels of one figure, whose files are STEM.png and STEM.svg."""

    plots: tuple[Plot, ...]
    stem: str

    def drawn(self) -> Drawn:
        """Its files."""
        return Drawn(files={f"{self.stem}.{kind}": made for kind, made in on_paper(self.plots).items()})


def draw(job: OnPage | OnPaper, worker: Worker) -> Drawn:
    """Do a job."""
    made = job.drawn()
    worker.advance(1)
    return made
