"""The drawing of a report's pictures as jobs of plain values, which any process can do without the records' files."""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.report.plot import Plot
from benchmarks.training.executors import Worker


@dataclass(frozen=True, eq=False)
class OnPaper:
    """Plots that are the panels of one figure, whose files are STEM.png, STEM.svg and STEM.pdf."""

    plots: tuple[Plot, ...]
    stem: str


def draw(job: OnPaper, worker: Worker) -> dict[str, bytes]:
    """The content of a figure's files by their names."""
    from benchmarks.report.drawing import on_paper  # matplotlib, which a page needs not

    made = {f"{job.stem}.{kind}": content for kind, content in on_paper(job.plots).items()}
    worker.advance(1)
    return made
