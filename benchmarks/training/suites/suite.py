"""What is trained on what, and how the records are split."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.naming.options import MOST

if TYPE_CHECKING:
    from datasets import Pool, Splitting
    from models import Recipe


@dataclass(frozen=True)
class Own:
    """A file of one's own, and what its owner says of it."""

    path: Path
    source: str
    licence: str
    synthetic: bool = False


@dataclass(frozen=True)
class Suite:
    """A data set, a network, a recipe and a protocol.

    word: what names it on a command line. about: one line for --list. dataset: the data set's name, or the file's where
    it is one's `own`. references: R. trials: K. shadows: an adversary's shadow models. recipes: of those defenses that
    are trained by another recipe, by name.
    changed: option -> (the suite's value, the run's).
    """

    name: str
    word: str
    about: str
    dataset: str
    network: Any
    recipe: Recipe
    protocol: Splitting
    references: int
    trials: int
    shadows: int = 1
    own: Own | None = None
    recipes: dict[str, Recipe] = field(default_factory=dict)
    changed: dict[str, tuple[int, int]] = field(default_factory=dict)

    @property
    def built_in(self) -> bool:
        """Whether it is one of ours: it holds what is built in, whatever other packages bring."""
        return self.word == self.name and not self.word.endswith(".toml")  # a file's own name may be its suite's

    @property
    def part(self) -> int:
        """The records that one model trains on."""
        return self.protocol.part

    def recipe_of(self, defense: str) -> Recipe:
        """How models are trained with the defense of that name, which may be spelled with its fields."""
        return self.recipes.get(defense.partition("(")[0], self.recipe)

    def pool(self, folder: Path | None) -> Pool:
        """The suite's records; `folder` holds the data sets that lie in files. Raises ValueError, in one sentence."""
        from benchmarks.naming.registry import DATASETS, builtin, find
        from datasets import read_own
        from datasets.registry import adopt

        if self.own is None:
            named = builtin(DATASETS, self.dataset) if self.built_in else find(DATASETS, self.dataset)
            return adopt(named.name, named.value, folder)
        return read_own(self.own.path, self.own.source, self.own.licence, self.own.synthetic)

    def altered(
        self,
        references: int | None = None,
        trials: int | None = None,
        epochs: int | None = None,
        part: int | None = None,
        shadows: int | None = None,
    ) -> Suite:
        """The suite with `references`, `trials`, `epochs`, `part` or `shadows` replaced unless None; `changed` says so.

        Milestones, the epochs of other recipes and the parts of a protocol follow in proportion. Raises ValueError on a
        value below 1 or above `MOST`.
        """
        suite = self
        for option, before, value in (
            ("references", self.references, references),
            ("trials", self.trials, trials),
            ("epochs", self.recipe.epochs, epochs),
            ("part", self.part, part),
            ("shadows", self.shadows, shadows),
        ):
            if value is None or value == before:
                continue
            if not 1 <= value <= MOST[option]:
                raise ValueError(f"--{option}: expected a whole number from 1 to {MOST[option]}, got {value}")
            suite = replace(suite, changed={**suite.changed, option: (before, value)})
            if option == "epochs":
                others = {d: r.lasting(max(1, round(r.epochs * value / before))) for d, r in suite.recipes.items()}
                suite = replace(suite, recipe=suite.recipe.lasting(value), recipes=others)
            elif option == "part":
                suite = replace(suite, protocol=suite.protocol.resized(value))
            else:
                suite = replace(suite, **{option: value})  # type: ignore[arg-type]
        return suite

    @property
    def reduced(self) -> bool:
        """Whether some number of this run is smaller than the suite's own."""
        return any(after < before for before, after in self.changed.values())
