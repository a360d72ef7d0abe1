"""What reproductions of papers share; each is a value of type `Paper`, which `benchmarks.reproduce` finds by name."""

from benchmarks.papers.kit.about import About, about, about_of
from benchmarks.papers.kit.cells import NOT_RUN, heading, markdown, percent, ratio
from benchmarks.papers.kit.claims import (
    CONFIRMED,
    REFUTED,
    UNDECIDED,
    Claim,
    Verdict,
    above,
    ahead,
    below,
    together,
    within,
)
from benchmarks.papers.kit.deciding import Open, against, apart
from benchmarks.papers.kit.games import games_of, played, references_of, trials_of, tried
from benchmarks.papers.kit.jobs import Job
from benchmarks.papers.kit.measures import interval, lead
from benchmarks.papers.kit.paper import Figure, Measure, Models, Numbers, Paper, Setting, Table

__all__ = [
    "CONFIRMED",
    "NOT_RUN",
    "REFUTED",
    "UNDECIDED",
    "About",
    "Claim",
    "Figure",
    "Job",
    "Measure",
    "Models",
    "Numbers",
    "Open",
    "Paper",
    "Setting",
    "Table",
    "Verdict",
    "about",
    "about_of",
    "above",
    "against",
    "ahead",
    "apart",
    "below",
    "games_of",
    "heading",
    "interval",
    "lead",
    "markdown",
    "percent",
    "played",
    "ratio",
    "references_of",
    "together",
    "trials_of",
    "tried",
    "within",
]
