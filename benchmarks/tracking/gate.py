"""Has an attack lost strength, or a defense? Two sets of records compared, attack by attack. Pure.

Three measures of strength: AUC above one half, TPR at 1 % FPR, and the advantage of the verdicts at alpha = .98, which
is (TP - FP) / members (after Yeom et al. 2018): TP alone also grows when an attack claims everybody. On the same
outputs of the same models two versions are compared record by record (`paired`); on others, by trials.

A defense has lost strength where an attack against it has gained some, or where it leaves less accuracy.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import msgspec
import numpy as np
from scipy.stats import iqr, rankdata, ttest_ind
from scipy.stats import t as student

from benchmarks.results.ranking import value_of
from benchmarks.results.record import Record, Value
from benchmarks.statistics import paired
from benchmarks.statistics.metrics import METRICS
from benchmarks.statistics.played import Played
from benchmarks.statistics.values import FEWEST, Difference

MEASURES = {key: METRICS[key] for key in ("auc", "tpr_at_1%_fpr", "advantage_at_0.98")}
SIGNIFICANT = 0.01  # after Holm's correction over all differences of one check
WEAKER, SILENT = "weaker", "changed without a new version"
BOTH = f"{WEAKER}, and {SILENT}"
VERDICTS = (BOTH, WEAKER, SILENT, "incomparable", "stronger", "new", "unchanged")
FAILS = VERDICTS[:3]
ACCURACY = "accuracy"

_GAMES = (
    *(("suite", field) for field in ("network", "recipe", "protocol", "part", "references")),
    ("attack", "access"),
    ("attack", "needs"),
)
COMPARABLE = {"attacks": (*_GAMES, ("defense", "settings")), "defenses": (*_GAMES, ("attack", "version"))}
ROUNDING = 1e-3  # what the exp and log of two processors may make of a score, a ranking or the share of near ties


@dataclass(frozen=True, eq=False)
class Entry:
    """One record and what its attack said in each of its K games, which defenses are not judged by."""

    record: Record
    played: Sequence[Played]

    @property
    def key(self) -> tuple[str, str, str, str]:
        """Suite, defense, adversary and attack, by name."""
        suite, adversary, defense, attack = self.record.key
        return suite, defense, adversary, attack


@dataclass(frozen=True)
class Effect:
    """What one measure was, and now minus then; `difference.p` is corrected once `compare` returns it."""

    before: float
    difference: Difference

    @property
    def significant(self) -> bool:
        """Whether more than chance changed."""
        return self.difference.p < SIGNIFICANT


@dataclass(frozen=True)
class Finding:
    """What became of one attack, or of a defense under it."""

    key: tuple[str, str, str, str]
    versions: tuple[int | None, int]  # baseline, current
    verdict: str  # one of VERDICTS; "" until all p values are known
    how: str
    effects: dict[str, Effect]


def compare(
    baseline: Sequence[Entry], current: Sequence[Entry], tolerance: float, subject: str = "attacks"
) -> list[Finding]:
    """One finding for each attack of `current`, the gravest first; `subject`: attacks or defenses, what is judged.

    An attack is weaker when a measure lost more than `tolerance` of itself, with significance; a defense, when one of
    an attack against it gained more than `tolerance` of what it lacked, or when its accuracy lost as much of itself.
    Raises ValueError where no verdict can be right: other data, an attack that is missing, records that contradict
    each other.
    """
    if subject == "defenses":
        baseline, current = ([e for e in of if e.record.defense.name != "none"] for of in (baseline, current))
        if not current:
            raise ValueError("--current: expected records of defended models, found none; evaluate with --defenses")
    old, new = _by_key("--baseline", baseline), _by_key("--current", current)
    missing = [_named(key) for key in old if key not in new]
    if missing:
        raise ValueError(f"--current: lacks {'; '.join(missing)}, which --baseline has")
    findings = [_finding(old.get(key), entry, subject) for key, entry in new.items()]
    if old and all(f.verdict in ("incomparable", "new") for f in findings):
        raise ValueError(f"--baseline: nothing can be compared; {_named(findings[0].key)}: {findings[0].how}")
    judged = [_judged(f, tolerance, subject) for f in _corrected(findings)]
    return sorted(judged, key=lambda f: (VERDICTS.index(f.verdict), f.key))


def _by_key(option: str, entries: Sequence[Entry]) -> dict[tuple[str, str, str, str], Entry]:
    found: dict[tuple[str, str, str, str], Entry] = {}
    for entry in entries:
        if entry.key in found:
            raise ValueError(f"{option}: has two records of {_named(entry.key)}")
        found[entry.key] = entry
    return found


def _named(key: tuple[str, str, str, str]) -> str:
    suite, defense, adversary, attack = key
    return f"{attack} against {defense} ({suite}, {adversary})"


def _finding(old: Entry | None, new: Entry, subject: str) -> Finding:
    version = _version(new.record, subject)
    if old is None:
        return Finding(new.key, (None, version), "new", "not in the baseline", {})
    finding = Finding(new.key, (_version(old.record, subject), version), "", "", {})
    reason = _incomparable(old.record, new.record, subject)
    if reason:
        return replace(finding, verdict="incomparable", how=reason)
    if subject == "defenses" and old.record.scores == new.record.scores:
        return replace(finding, verdict="unchanged", how="equal scores")
    if subject == "defenses" or not old.record.games.same(new.record.games):
        if min(old.record.trials, new.record.trials) < FEWEST:
            few = f"other models, and fewer than {FEWEST} trials of them"
            return replace(finding, verdict="incomparable", how=few)
        how, effects = _of_other_models(old.record, new.record)
        if subject == "defenses":
            effects |= _apart({ACCURACY: (old.record.utility.test, new.record.utility.test)}, old.record, new.record)
        return replace(finding, how=how, effects=effects)
    if not all(np.array_equal(a.member, b.member) for a, b in zip(old.played, new.played, strict=True)):
        raise ValueError(f"{_named(new.key)}: the same inputs, but other members: one of the two was altered")
    if same(old, new):
        return replace(finding, verdict="unchanged", how="equal scores and verdicts")
    if finding.versions[0] == version:
        finding = replace(finding, verdict=SILENT)
    return replace(finding, how="same models: record by record", effects=_by_records(old, new))


def _version(record: Record, subject: str) -> int:
    return record.attack.version if subject == "attacks" else record.defense.version


def _incomparable(old: Record, new: Record, subject: str) -> str:
    """Why the strengths cannot be set against each other, or nothing. Raises ValueError on other data."""
    if old.suite.dataset_digest != new.suite.dataset_digest:
        raise ValueError(f"--baseline: {old.suite.name} was made from other data than that of --current")
    was, now = (msgspec.to_builtins(record) for record in (old, new))
    for part, field in COMPARABLE[subject]:
        if was[part][field] != now[part][field]:
            return f"{part}'s {field} was {was[part][field]}, is {now[part][field]}"
    return ""


def same(old: Entry, new: Entry) -> bool:
    """Whether scores and verdicts are equal, up to the last bits of another processor's exp and log.

    Verdicts at each of `ALPHAS` count record by record, those of the sweep in number. Equal bits of scores ask for
    equal verdicts. Otherwise the share `ROUNDING` bounds it all: how far a score may move, against itself and its
    trial's spread (between near ties of references, attack-r makes 5e-4 of 1e-7); how many scores may move further and
    how many verdicts may turn, at near ties; and how many places a record may move in the ranking, where one is always
    allowed. No systematic change fits in there.
    """
    pairs = list(zip(old.played, new.played, strict=True))
    trials = [(a.scores, b.scores) for a, b in pairs]
    verdicts = [(a.verdicts, b.verdicts) for a, b in pairs]
    counts = [np.array([e.record.sweep.tp, e.record.sweep.fp]) for e in (old, new)]
    if all(np.array_equal(a, b) for a, b in trials):
        return all(np.array_equal(a, b) for a, b in [*verdicts, counts])
    far = np.concatenate([np.abs(a - b) > ROUNDING * (iqr(a) + np.abs(a)) for a, b in trials])
    turned = np.concatenate([(a != b).ravel() for a, b in verdicts])
    moved = max(float((np.abs(rankdata(a) - rankdata(b)) / max(1, ROUNDING * len(a))).max()) for a, b in trials)
    counted = float(np.abs(counts[0] - counts[1]).sum(0).max()) / len(far)
    return bool(far.mean() <= ROUNDING and turned.mean() <= ROUNDING and counted <= ROUNDING and moved <= 1)


def _by_records(old: Entry, new: Entry) -> dict[str, Effect]:
    rng = np.random.default_rng(0)
    found = {name: m.compare(new.played, old.played, rng) for name, m in MEASURES.items() if m.compare}
    before = _points(old.record)
    return {name: Effect(float(before[name].mean()), d) for name, d in found.items() if np.isfinite(d.p)}


def _by_trials(old: Record, new: Record) -> dict[str, Effect]:
    """Welch's t test (1947), trials taken as independent: what their records make is the same before and now."""
    before, after = _points(old), _points(new)
    least = 1 / min(members for of in (old, new) for verdict in of.verdicts for members in verdict.members)
    return {
        name: Effect(float(before[name].mean()), _welch(after[name], before[name], least))
        for name in MEASURES
        if np.isfinite([*before[name], *after[name]]).all()
    }


def _of_other_models(old: Record, new: Record) -> tuple[str, dict[str, Effect]]:
    """How they are compared, and what came of it. Another seed draws other records, which trials share: that is in the
    intervals of scores, and not in the trials' scatter.
    """
    if old.suite.seed == new.suite.seed:
        return "other models: by trials", _by_trials(old, new)
    names = [name for name, metric in MEASURES.items() if metric.alpha is None]
    pairs = {name: (value_of(old, name), value_of(new, name)) for name in names}
    return "other models and records: by intervals", _apart(pairs, old, new)


def _apart(pairs: Mapping[str, tuple[Value, Value]], before: Record, after: Record) -> dict[str, Effect]:
    """Numbers before and now, independent and as uncertain as their 95 % intervals, with Student's tail of as many
    trials; those whose intervals are not of the population are left out.
    """
    freedom, found = min(before.trials, after.trials) - 1, {}
    for name, (was, now) in pairs.items():
        if None not in (was.mean, now.mean) and {was.holds, now.holds} == {"population"}:
            (old, low, high), (new, least, most) = was.ends, now.ends
            half, difference = float(np.hypot(high - low, most - least)) / 2, new - old
            far = abs(difference) / half * student.isf(0.025, freedom) if half else np.inf
            p = 2 * float(student.sf(far, freedom)) if difference else 1.0
            found[name] = Effect(old, Difference(difference, difference - half, difference + half, p))
    return found


def _welch(a: np.ndarray, b: np.ndarray, least: float) -> Difference:
    """Of trials that are alike on both sides, one record, `least`, is what a trial's number is known to."""
    difference = float(a.mean() - b.mean())
    if np.ptp(a) == np.ptp(b) == 0:
        error, freedom = least * (1 / len(a) + 1 / len(b)) ** 0.5, len(a) + len(b) - 2
        half, p = float(student.isf(0.025, freedom)) * error, 2 * float(student.sf(abs(difference) / error, freedom))
        return Difference(difference, difference - half, difference + half, p)
    result = ttest_ind(a, b, equal_var=False)
    interval = result.confidence_interval()
    return Difference(difference, float(interval.low), float(interval.high), float(result.pvalue))


def _points(record: Record) -> dict[str, np.ndarray]:
    """Each measure (K,) by trial; NaN where the data cannot resolve it."""
    return {name: np.array(record.metrics[name].values, float) for name in MEASURES}


def _corrected(findings: list[Finding]) -> list[Finding]:
    p = iter(paired.holm([e.difference.p for f in findings for e in f.effects.values()]))

    def corrected(effect: Effect) -> Effect:
        return replace(effect, difference=replace(effect.difference, p=next(p)))

    return [replace(f, effects={name: corrected(e) for name, e in f.effects.items()}) for f in findings]


def _judged(finding: Finding, tolerance: float, subject: str) -> Finding:
    if finding.verdict not in ("", SILENT):
        return finding
    effects = [(better(name, e, subject), lost(name, e, subject), e) for name, e in finding.effects.items()]
    weaker = any(share > tolerance and e.significant for _, share, e in effects)
    if finding.verdict == SILENT:
        return replace(finding, verdict=BOTH if weaker else SILENT)
    grew = any(good and e.significant for good, _, e in effects)
    return replace(finding, verdict=WEAKER if weaker else "stronger" if grew else "unchanged")


def better(name: str, effect: Effect, subject: str) -> bool:
    """Whether a change is one for the better: what attacks gain, defenses lose, and accuracy is for the defense."""
    return effect.difference.difference * (-1 if subject == "defenses" and name != ACCURACY else 1) > 0


def lost(name: str, effect: Effect, subject: str = "attacks") -> float:
    """The share of its strength that was lost; AUC counts from one half. What had none has none to lose.

    Of an attack: of what the measure was. Of a defense: of what it kept from the attack, or of its accuracy.
    """
    change = effect.difference.difference
    if name == ACCURACY:
        strength = effect.before
    else:
        above = effect.before - (MEASURES[name].chance if MEASURES[name].unit == "ratio" else 0.0)
        strength = above if subject == "attacks" else 1 - effect.before
    fell = 0.0 if better(name, effect, subject) else abs(change)
    return fell / strength if strength > 0 else 0.0
