"""What a run asks for, in plain values, from which any process can make the same plan."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from benchmarks.naming import registry
from benchmarks.naming.nearest import nearest
from benchmarks.training.plan import ADVERSARIES, Plan, make
from benchmarks.training.suites import find
from models.process import undisturbed


@dataclass(frozen=True)
class Request:
    """A suite with changes, defenses as they are spelled, and what the models are asked."""

    suite: str
    defenses: tuple[str, ...] = ()
    adversary: str = "adaptive"
    data: Path | None = None
    seed: int = 0
    references: int | None = None
    trials: int | None = None
    epochs: int | None = None
    part: int | None = None
    shadows: int | None = None
    queries: tuple[str, ...] = ()
    population: bool = False
    aside: tuple[str, ...] = ()  # those of the queries that reference models are not asked

    @undisturbed(0)
    def plan(self) -> Plan:
        """The plan. Raises ValueError, in one sentence, on whatever of it cannot be used."""
        if self.adversary not in ADVERSARIES:
            raise ValueError(f"--adversary: unknown {self.adversary!r}; {nearest(self.adversary, ADVERSARIES)}")
        suite = find(self.suite).altered(self.references, self.trials, self.epochs, self.part, self.shadows)
        none = registry.builtin(registry.DEFENSES, "none")
        wanted = registry.choose(registry.DEFENSES, self.defenses)
        made = make(suite, suite.pool(self.data), none, wanted, self.adversary, self.seed)
        return made.asking(self.queries, self.population, self.aside)
