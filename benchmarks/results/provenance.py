"""Where numbers come from, as plain words: pages put them into their own language. What records differ in is listed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from benchmarks.naming.wording import counted
from benchmarks.results.record import AttackInfo, DefenseInfo, Record, SuiteInfo
from benchmarks.statistics.values import FEWEST

KNOWS = {"adaptive": "knows the defense and trains its own models with it", "unaware": "does not know the defense"}
SHOWN = 3  # different values of a fact that are told one by one
INTERVALS = (
    "Intervals (95 %) are those of the population of models and records. Where trials scatter more than their records "
    "explain, an interval is the trials' own (Student's t); elsewhere: AUC DeLong's variance; TPR and TNR the order "
    "statistics of the scores; precision and recall with the error of thresholds from resampled rehearsals. AUC "
    "(Jeffreys), precision and accuracy (Clopper-Pearson) are taken as shares of as many records as that leaves "
    "effective (Korn and Graubard 1998); loss of accuracy target by target on the same records (Bonett and Price "
    "2012), in older files from both accuracies' intervals (Newcombe 1998). How often they hold the truth: "
    "docs/intervals.md."
)
FEW = (
    f"Of fewer than {FEWEST} targets, intervals are those of these targets on other records: so few do not tell how "
    "much models differ."
)
SPREAD = "Of a number in round brackets, these are the least and the greatest value of its targets, no interval."


def few(records: Sequence[Record]) -> str:
    """What a reader must know of intervals of few targets; empty where every record has enough of them."""
    held = {of.holds for r in records for of in (*r.metrics.values(), r.utility.test) if of.mean is not None}
    shown = {r.metrics[key].holds for r in records for key in r.outside if key in r.metrics}
    return " ".join(s for kind, of, s in (("targets", held, FEW), ("values", shown, SPREAD)) if kind in of)


def each(values: Iterable[str], between: str = " · ") -> str:
    """Different values in the order in which they come, each once."""
    return between.join(dict.fromkeys(values))


def kind(suite: SuiteInfo) -> str:
    """Real or synthetic."""
    return "synthetic" if suite.synthetic else "real"


def data(suite: SuiteInfo, kind: str, say: Callable[[str], str] = str) -> str:
    """The data set in one line: `kind`, where from, licence; `say` writes the suite's words as a page must."""
    lossless = "" if suite.lossless else ", not all records lossless"
    source = " ".join(suite.source.split())
    return f"{say(suite.dataset)}, {kind}{lossless}; {say(source)}; licence: {say(suite.licence)}"


def changes(suite: SuiteInfo) -> str:
    """``epochs 6 (the suite: 60)`` for all that differs from the suite's own definition."""
    return ", ".join(f"{k} {now} (the suite: {was})" for k, (was, now) in sorted(suite.changed.items()))


def protocol(record: Record) -> list[str]:
    """Protocol, trials and reference models, a phrase each."""
    suite = record.suite
    return [
        f"{suite.protocol}, {suite.part} training records a model",
        counted(record.trials, "trial"),
        counted(suite.references, "reference model"),
    ]


def missing(record: Record) -> str:
    """``1 of 8 trials``, ``up to 2 of 64 reference models a trial``: what the plan of the record's games had and they
    lack; empty where nothing is.
    """
    gone, most = record.suite.trials - record.trials, max(record.games.lost, default=0)
    words = [f"{gone} of {counted(record.suite.trials, 'trial')}"] if gone > 0 else []
    words += [f"up to {most} of {counted(record.suite.references, 'reference model')} a trial"] if most else []
    return " and ".join(words)


def incomplete(records: Sequence[Record]) -> list[str]:
    """A sentence for each defense some of whose models are missing."""
    found = {r.defense.name: missing(r) for r in records}
    return [f"Against {name}, {what} are missing: their models failed." for name, what in found.items() if what]


def recipe(suite: SuiteInfo | DefenseInfo) -> str:
    """The training recipe without what is switched off; empty where a defense has none of its own."""
    values = suite.recipe or {}
    return ", ".join(f"{k} {v}" for k, v in values.items() if v not in ([], (), 0.0, 0, None))


def settings(values: Mapping[str, Any]) -> str:
    """``alpha = 0.01, gamma = 0.8``."""
    return ", ".join(f"{k} = {v}" for k, v in values.items()) or "no hyperparameters"


def defenses(records: Sequence[Record]) -> dict[str, str]:
    """Each defense's settings, its recipe where it has one of its own, and the facts of its models, by name."""
    found = {r.defense.name: r.defense for r in records}
    own = {n: f", trained by {how}" if (how := recipe(d)) else "" for n, d in found.items()}
    return {n: settings(d.settings) + own[n] + (f" ({facts(d.facts)})" if d.facts else "") for n, d in found.items()}


def facts(values: Mapping[str, Any]) -> str:
    """``epochs 12 to 31, rule rdp``: what models and attacks say; of many numbers, the least and the greatest."""
    return ", ".join(f"{k} {_fact(v)}" for k, v in values.items())


def _fact(value: Any) -> str:
    if isinstance(value, Mapping):
        return f"({facts(value)})"
    if isinstance(value, list | tuple):
        said = list(dict.fromkeys(map(_fact, value)))
        if len(said) > SHOWN and all(isinstance(v, int | float) for v in value):
            return f"{_fact(min(value))} to {_fact(max(value))}"
        return " / ".join(said[:SHOWN]) + (f" / {len(said) - SHOWN} others" if len(said) > SHOWN else "")
    if isinstance(value, float):
        return f"{value:.4g}" if abs(value) < 1e4 else f"{value:.6g}"
    return "none" if value is None else str(value)[:80]


def kept(records: Sequence[Record]) -> dict[str, str]:
    """The facts of each defense's models, by its name: ``epsilon 3.53``; without those that have none."""
    return {r.defense.name: facts(r.defense.facts) for r in records if r.defense.facts}


def told(records: Sequence[Record]) -> dict[str, str]:
    """What attacks say of their work, by name: ``queries a record 312``; without those that say nothing."""
    return {r.attack.name: facts(r.attack.facts) for r in records if r.attack.facts}


def attacks(records: Sequence[Record]) -> dict[str, AttackInfo]:
    """Each attack by name."""
    return {r.attack.name: r.attack for r in records}


def versions(record: Record) -> str:
    """``numpy 2.4.6, python 3.11.7``."""
    return ", ".join(f"{k} {v}" for k, v in sorted(record.versions.items()))


def commands(records: Sequence[Record]) -> list[str]:
    """The commands that make the records again, each once."""
    return list(dict.fromkeys(" ".join(r.command.split()) for r in records))
