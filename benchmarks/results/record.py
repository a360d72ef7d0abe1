"""The record of schema 3: what one attack did in the games of one (suite, defense, adversary), and nothing else.

It is true on its own: it never holds other attacks, and never changes when one is added. K games (targets), A
precision demands. Values are checked when they are read from disk (`checked`), ranges included.

Who makes a record gives `About` (what the games are about), `AttackInfo` (who attacks), `RunInfo` (how the games came
about) and a `Played` for each game to `making.make`.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from benchmarks.results.checking import (
    Count,
    Digest,
    Line,
    Name,
    Plain,
    Seconds,
    Share,
    alike,
    bins,
    digest_of,
    expect,
    one_of,
    rising,
)
from benchmarks.statistics.metric import LIMITS
from benchmarks.statistics.metrics import METRICS
from benchmarks.statistics.played import ALPHAS
from benchmarks.statistics.values import HOLDS

SCHEMA = 3
ADVERSARIES = ("adaptive", "unaware")
ACCESS = ("label", "probability", "logit")
NEEDS = ("target", "reference", "shadow")


class Held(Plain, frozen=True, kw_only=True, omit_defaults=True):
    """For what an interval holds, as `statistics.values.Interval` says; of the population where a file has no word."""

    holds: str = "population"


class Value(Held, frozen=True):
    """A mean and its 95 % interval; all three None where the data cannot resolve the number."""

    mean: float | None
    low: float | None
    high: float | None

    def __post_init__(self) -> None:
        one_of("holds", self.holds, HOLDS)
        ends = self.low, self.mean, self.high
        if None in ends:
            expect(ends == (None, None, None), "mean, low and high all null, or none of them", ends)
        else:
            expect(self.low <= self.mean <= self.high, "low <= mean <= high", ends)  # type: ignore[operator]

    @property
    def ends(self) -> tuple[float, float, float]:
        """Mean, low and high. Raises ValueError where the data cannot resolve them."""
        if self.mean is None or self.low is None or self.high is None:
            raise ValueError("expected a number with its interval, got one that the data cannot resolve")
        return self.mean, self.low, self.high

    @property
    def columns(self) -> tuple[float | None, float | None, float | None]:
        """Mean, low and high as tables of numbers hold them: without ends where these are no interval's."""
        return (self.mean, None, None) if self.holds == "values" else (self.mean, self.low, self.high)


class Estimate(Value, frozen=True):
    """A metric: the interval, and its value in each game (K,), None where that game cannot resolve it."""

    values: tuple[float | None, ...]


class SuiteInfo(Plain, frozen=True):
    """What was trained on what. `changed` holds (the suite's own value, this run's) by name; seed: of the splits."""

    name: Name
    dataset: Name
    dataset_digest: Digest
    source: Line
    licence: Line
    synthetic: bool
    lossless: bool
    network: Line
    recipe: dict[Name, Any]
    protocol: Name
    part: Count
    references: Count
    trials: Count
    changed: dict[Name, tuple[Any, Any]]
    reduced: bool
    seed: Count


class DefenseInfo(Plain, frozen=True):
    """A defense; `facts` are what its models say of their training (epsilon, chosen epoch), for the board; `recipe` is
    how they are trained, where that is not the suite's recipe.
    """

    name: Name
    settings: dict[Name, Any]
    version: Count = 1
    facts: dict[Name, Any] = msgspec.field(default_factory=dict)
    recipe: dict[Name, Any] | msgspec.UnsetType = msgspec.UNSET


class AttackInfo(Plain, frozen=True, omit_defaults=True):
    """An attack, what it declares, and its `facts`: what it says of its work (queries a record), for the board."""

    name: Name
    settings: dict[Name, Any]
    version: Count
    reference: Line
    access: str
    needs: str
    queries: tuple[Name, ...]
    uses: tuple[Name, ...]
    facts: dict[Name, Any] = msgspec.field(default_factory=dict)

    def __post_init__(self) -> None:
        one_of("access", self.access, ACCESS)
        one_of("needs", self.needs, NEEDS)


class About(Plain, frozen=True):
    """What games are about: the same for all attacks that play them."""

    suite: SuiteInfo
    defense: DefenseInfo
    adversary: str

    def __post_init__(self) -> None:
        one_of("adversary", self.adversary, ADVERSARIES)


class Games(Plain, frozen=True, omit_defaults=True):
    """Which games: digests of all models' keys (`inputs`) and of all models' outputs (`outputs`), as schema 2 had
    them, and a key for each game (K,); none in records that were migrated. lost: reference models that each game
    lacks (K,), since they could not be trained; empty where none does.
    """

    inputs: Digest
    outputs: Digest
    keys: tuple[Digest, ...] = ()
    lost: tuple[Count, ...] = ()

    def same(self, other: Games) -> bool:
        """Whether both are the same models with the same outputs."""
        return (self.inputs, self.outputs) == (other.inputs, other.outputs)


class Utility(Plain, frozen=True, omit_defaults=True):
    """Accuracy of the target models, pooled over games; `lost`: test accuracy of the undefended ones minus theirs, game
    by game on the same records, where both are known.
    """

    train: Value
    test: Value
    lost: Value | msgspec.UnsetType = msgspec.UNSET

    def __post_init__(self) -> None:
        if self.lost is not msgspec.UNSET:
            _within("loss of accuracy", self.lost, -1, 1)
        for of in (self.train, self.test):
            _within("accuracy", of, 0, 1)


class Cost(Plain, frozen=True):
    """Models trained for the games, the seconds that took, and the seconds of the attack's own work."""

    models: Count
    seconds: Seconds
    attack_seconds: Seconds = 0.0


class RunInfo(Plain, frozen=True):
    """How the games came about: the same for all attacks that play them."""

    games: Games
    utility: Utility
    cost: Cost
    versions: dict[Name, Line]
    device: Line
    command: Line
    duplicates: Count


class Verdict(Plain, frozen=True):
    """Claims at one precision demand, a game each (K,); `reached`: whether the rehearsal had such a threshold."""

    alpha: Share
    tp: tuple[Count, ...]
    fp: tuple[Count, ...]
    members: tuple[Count, ...]
    rehearsed_precision: tuple[Share | None, ...]
    reached: tuple[bool, ...]

    def __post_init__(self) -> None:
        alike(self, "tp", "fp", "members", "rehearsed_precision", "reached")
        expect(all(t <= m for t, m in zip(self.tp, self.members, strict=True)), "tp <= members", self.tp)


class Claims(Plain, frozen=True):
    """Claims of the conformal rule at one precision demand, a game each (K,), and their pooled precision."""

    alpha: Share
    tp: tuple[Count, ...]
    fp: tuple[Count, ...]
    precision: Value

    def __post_init__(self) -> None:
        alike(self, "tp", "fp")
        expect(self.alpha in ALPHAS, f"claims at alpha {', '.join(f'{a:g}' for a in ALPHAS)}", self.alpha)
        _within("precision", self.precision, 0, 1)


class Guaranteed(Plain, frozen=True):
    """What the conformal rule claims; `others`: how many known non-members it ranks records among, a game each (K,)."""

    others: tuple[Count, ...]
    claims: Annotated[tuple[Claims, ...], Meta(min_length=1)]

    def __post_init__(self) -> None:
        for of in self.claims:
            expect(len(of.tp) == len(self.others), f"claims of {len(self.others)} games", len(of.tp))


class Sweep(Plain, frozen=True):
    """Claims, summed over games, at each demand (A,)."""

    alpha: tuple[Share, ...]
    tp: tuple[Count, ...]
    fp: tuple[Count, ...]

    def __post_init__(self) -> None:
        alike(self, "alpha", "tp", "fp")
        rising("alpha", self.alpha)


class Roc(Plain, frozen=True):
    """Mean TPR over games at each FPR (G,), with its pointwise 95 % interval."""

    fpr: tuple[Share, ...]
    tpr: tuple[Share, ...]
    low: tuple[Share, ...]
    high: tuple[Share, ...]

    def __post_init__(self) -> None:
        alike(self, "fpr", "tpr", "low", "high")
        rising("fpr", self.fpr)
        ordered = all(a <= b <= c for a, b, c in zip(self.low, self.tpr, self.high, strict=True))
        expect(ordered, "low <= tpr <= high", "another order")


class ScoreHistogram(Plain, frozen=True):
    """Members and others of all games by score, between edges (B + 1,)."""

    edges: tuple[float, ...]
    members: tuple[Count, ...]
    others: tuple[Count, ...]

    def __post_init__(self) -> None:
        bins(self, "members", "others")


class DifficultyHistogram(Plain, frozen=True):
    """Members of all games by difficulty, those identified at `alpha` and those missed."""

    edges: tuple[float, ...]
    identified: tuple[Count, ...]
    missed: tuple[Count, ...]
    alpha: Share

    def __post_init__(self) -> None:
        bins(self, "identified", "missed")


class Histograms(Plain, frozen=True):
    """How scores and difficulties spread; no difficulty without reference models."""

    score: ScoreHistogram
    difficulty: DifficultyHistogram | None


class MetricInfo(Plain, frozen=True):
    """What a page must know of a metric that another package brought, so that it needs not that package."""

    title: Name
    unit: str
    about: Line = ""

    def __post_init__(self) -> None:
        one_of("unit", self.unit, tuple(LIMITS))


class Record(Plain, frozen=True, kw_only=True):
    """One attack against one defense in K games. `scores` holds a digest of each game's scores (K,); `conformal` is
    unset in records from before that rule, and the rest of a sentence, on why, where it has no verdicts.
    """

    schema: Literal[3] = 3
    suite: SuiteInfo
    defense: DefenseInfo
    adversary: str
    attack: AttackInfo
    games: Games
    scores: Annotated[tuple[Digest, ...], Meta(min_length=1)]
    metrics: dict[Name, Estimate]
    outside: dict[Name, MetricInfo] = msgspec.field(default_factory=dict)
    verdicts: Annotated[tuple[Verdict, ...], Meta(min_length=1)]
    conformal: Guaranteed | Line | msgspec.UnsetType = msgspec.UNSET
    sweep: Sweep
    roc: Roc
    histograms: Histograms
    utility: Utility
    cost: Cost
    duplicates: Count
    versions: dict[Name, Line]
    device: Line
    command: Line

    def __post_init__(self) -> None:
        one_of("adversary", self.adversary, ADVERSARIES)
        for key, estimate in self.metrics.items():
            expect(len(estimate.values) == self.trials, f"{self.trials} values of {key}", len(estimate.values))
            unit = METRICS[key].unit if key in METRICS else self.outside[key].unit if key in self.outside else ""
            expect(bool(unit), f"a description of the metric {key}", "none")
            _within(key, estimate, *LIMITS[unit])
        expect("auc" in self.metrics and self.metrics["auc"].mean is not None, "an AUC", "none")
        for verdict in self.verdicts:
            expect(len(verdict.tp) == self.trials, f"verdicts of {self.trials} games", len(verdict.tp))
        if isinstance(self.conformal, Guaranteed):
            others = self.conformal.others
            expect(len(others) == self.trials, f"conformal claims of {self.trials} games", len(others))
        for name, of in (("keys", self.games.keys), ("numbers of lost models", self.games.lost)):
            expect(len(of) in (0, self.trials), f"{self.trials} {name} of games", len(of))

    @property
    def trials(self) -> int:
        """K, the number of games."""
        return len(self.scores)

    @property
    def key(self) -> tuple[str, str, str, str]:
        """Suite, adversary, defense and attack, by name."""
        return self.suite.name, self.adversary, self.defense.name, self.attack.name

    @property
    def auc(self) -> Estimate:
        """The AUC, which ranks attacks."""
        return self.metrics["auc"]

    def verdict(self, alpha: float) -> Verdict:
        """The claims at one demand. Raises ValueError where the record has none."""
        for verdict in self.verdicts:
            if verdict.alpha == alpha:
                return verdict
        raise ValueError(f"expected verdicts at {alpha} in the record of {self.attack.name}, found none")

    def outcome(self) -> str:
        """A digest of what the attack said, in which games; time and place play no part."""
        said = [self.key, [self.games.inputs, self.games.outputs], self.scores, self.sweep.tp, self.sweep.fp]
        return digest_of(msgspec.to_builtins(said))[:32]


class Difference(Plain, frozen=True):
    """One attack minus the strongest, negative = behind, with its 95 % interval and p after Holm; None = unresolved."""

    difference: float | None
    low: float | None
    high: float | None
    p: Share | None

    def __post_init__(self) -> None:
        ends = self.low, self.difference, self.high
        if None in (*ends, self.p):
            expect((*ends, self.p) == (None,) * 4, "difference, low, high and p all null, or none", ends)
        else:
            expect(self.low <= self.difference <= self.high, "low <= difference <= high", ends)  # type: ignore[operator]


class Compared(Plain, frozen=True):
    """One attack against the strongest, by metric."""

    attack: Name
    outcome: Digest
    differences: dict[Name, Difference]


class Comparisons(Plain, frozen=True, kw_only=True):
    """Every attack of one (suite, adversary, defense) against the strongest, on the same models.

    `outcome` is `Record.outcome` of the record that a row was made from: where it differs, the row is out of date.
    """

    schema: Literal[3] = 3
    suite: Name
    adversary: str
    defense: Name
    strongest: Name
    outcome: Digest
    rows: tuple[Compared, ...]

    def __post_init__(self) -> None:
        one_of("adversary", self.adversary, ADVERSARIES)

    @property
    def key(self) -> tuple[str, str, str]:
        """Suite, adversary and defense, by name."""
        return self.suite, self.adversary, self.defense


def _within(name: str, of: Value, least: float, most: float) -> None:
    numbers = [x for x in (of.mean, of.low, of.high, *getattr(of, "values", ())) if x is not None]
    expect(all(least <= x <= most for x in numbers), f"{name} from {least:g} to {most:g}", numbers[:3])
