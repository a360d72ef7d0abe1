"""Worst-case records: a protocol around any other, in which some of the records that are attacked are mislabeled."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from datasets.protocols import Splitting, whole
from datasets.split import Split

STREAM = 0xCA9A  # no other draw of a protocol follows from the seed and this number


@dataclass(frozen=True)
class Canaries:
    """The protocol `of`, with `count` of its audited records mislabeled (Aerni, Zhang and Tramèr 2024, section 4).

    Which records these are, and the wrong label of each, follow from the seed: they are the same for all models, for
    whoever trains on them and whoever is attacked on them. Who trains on what is up to `of`, so that half of the models
    train on a canary. More canaries leave those there are as they are.
    """

    of: Splitting
    count: int

    def __post_init__(self) -> None:
        if not isinstance(self.of, Splitting) or isinstance(self.of, Canaries):
            raise ValueError(f"canaries: of: expected a protocol without canaries, such as half-split, got {self.of!r}")
        whole("canaries: count", self.count, 1)

    @property
    def name(self) -> str:
        """The inner protocol's, and how many canaries it has."""
        return f"{self.of.name} with {self.count} mislabeled {'canary' if self.count == 1 else 'canaries'}"

    @property
    def gives(self) -> frozenset[str]:
        """What the inner protocol gives."""
        return self.of.gives

    @property
    def part(self) -> int:
        """The records that a model trains on."""
        return self.of.part

    def resized(self, part: int) -> Canaries:
        """The same protocol with models that train on `part` records, and canaries in proportion."""
        return replace(self, of=self.of.resized(part), count=max(1, round(self.count * part / self.part)))

    def split(self, records: int, trials: int, references: int, seed: int) -> Split:
        """The inner protocol's split, with canaries.

        Raises ValueError where that does, and on more canaries than half of the audited records.
        """
        made = self.of.split(records, trials, references, seed)
        audited = np.sort(made.audited)
        if self.count > len(audited) // 2:
            raise ValueError(
                f"canaries: count: expected at most half of the {len(audited)} audited records, got {self.count}"
            )
        rng = np.random.default_rng([seed, STREAM])
        chosen = np.sort(rng.permutation(len(audited))[: self.count])
        return replace(made, protocol=self.name, canaries=audited[chosen], wrong=rng.random(len(audited))[chosen])
