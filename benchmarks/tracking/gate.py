"""Has an attack lost strength? Two sets of records compared, attack by attack. Pure.

Three measures of strength: AUC above one half, TPR at 1 % FPR, and the advantage of the verdicts at alpha = .98, which
is (TP - FP) / members (after Yeom et al. 2018): TP alone also grows when an attack claims everybody. On the same
outputs of the same models two versions are compared record by record (`paired`); on others, by trials.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.stats import iqr, rankdata, ttest_ind

from benchmarks.games.playing import ALPHAS
from benchmarks.statistics import paired
from benchmarks.statistics.paired import Difference

Record = dict[str, Any]
MEASURES = {"auc": "AUC", "tpr_at_1%_fpr": "TPR at 1 % FPR", "advantage_at_0.98": "advantage at .98"}
ALPHA = 0.98
SIGNIFICANT = 0.01  # after Holm's correction over all differences of one check
VERDICTS = ("changed without a new version", "weaker", "incomparable", "stronger", "new", "unchanged")
FAILS = VERDICTS[:2]

ROUNDING = 1e-3  # what the exp and log of two processors may make of a score, a ranking or the share of near ties


@dataclass(frozen=True, eq=False)
class Entry:
    """One record and what its attack said of each trial: scores (n,), verdicts (A, n) at `ALPHAS`, member (n,)."""

    record: Record
    scores: Sequence[np.ndarray]
    verdicts: Sequence[np.ndarray]
    member: Sequence[np.ndarray]

    @property
    def key(self) -> tuple[str, str, str, str]:
        """Suite, defense, adversary and attack, by name."""
        r = self.record
        return r["suite"]["name"], r["defense"]["name"], r["adversary"], r["attack"]["name"]


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
    """What became of one attack."""

    key: tuple[str, str, str, str]
    versions: tuple[int | None, int]  # baseline, current
    verdict: str  # one of VERDICTS; "" until all p values are known
    how: str
    effects: dict[str, Effect]


def compare(baseline: Sequence[Entry], current: Sequence[Entry], tolerance: float) -> list[Finding]:
    """One finding for each attack of `current`, the gravest first.

    An attack is weaker when a measure lost more than `tolerance` of itself, with significance. Raises ValueError where
    no verdict can be right: other data, an attack that is missing, records that contradict each other.
    """
    old, new = _by_key("--baseline", baseline), _by_key("--current", current)
    missing = [_named(key) for key in old if key not in new]
    if missing:
        raise ValueError(f"--current: lacks {'; '.join(missing)}, which --baseline has")
    findings = [_finding(old.get(key), entry) for key, entry in new.items()]
    if old and all(f.verdict in ("incomparable", "new") for f in findings):
        raise ValueError(f"--baseline: nothing can be compared; {_named(findings[0].key)}: {findings[0].how}")
    judged = [_judged(f, tolerance) for f in _corrected(findings)]
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


def _finding(old: Entry | None, new: Entry) -> Finding:
    version = new.record["attack"]["version"]
    if old is None:
        return Finding(new.key, (None, version), "new", "not in the baseline", {})
    finding = Finding(new.key, (old.record["attack"]["version"], version), "", "", {})
    reason = _incomparable(old.record, new.record)
    if reason:
        return replace(finding, verdict="incomparable", how=reason)
    if any(old.record.get(k) != new.record.get(k) for k in ("inputs", "outputs")):
        if min(len(old.record["trials"]), len(new.record["trials"])) < 2:
            return replace(finding, verdict="incomparable", how="other models, and fewer than two trials of them")
        return replace(finding, how="other models: by trials", effects=_by_trials(old.record, new.record))
    if not all(np.array_equal(a, b) for a, b in zip(old.member, new.member, strict=True)):
        raise ValueError(f"{_named(new.key)}: the same inputs, but other members: one of the two was altered")
    if same(old, new):
        return replace(finding, verdict="unchanged", how="equal scores and verdicts")
    if finding.versions[0] == version:
        finding = replace(finding, verdict=VERDICTS[0])
    return replace(finding, how="same models: record by record", effects=_by_records(old, new))


def _incomparable(old: Record, new: Record) -> str:
    """Why the strengths cannot be set against each other, or nothing. Raises ValueError on other data."""
    if old["suite"]["dataset_digest"] != new["suite"]["dataset_digest"]:
        raise ValueError(f"--baseline: {old['suite']['name']} was made from other data than that of --current")
    for part, field in (
        *(("suite", f) for f in ("network", "recipe", "protocol", "part", "references")),
        ("defense", "settings"),
        ("attack", "access"),
        ("attack", "needs"),
    ):
        was, now = old[part][field], new[part][field]
        if was != now:
            return f"{part}'s {field} was {was}, is {now}"
    return ""


def same(old: Entry, new: Entry) -> bool:
    """Whether scores and verdicts are equal, up to the last bits of another processor's exp and log.

    Verdicts at each of `ALPHAS` count record by record, those of the sweep in number. Equal bits of scores ask for
    equal verdicts. Otherwise the share `ROUNDING` bounds it all: how far a score may move, against itself and its
    trial's spread (between near ties of references, attack-r makes 5e-4 of 1e-7); how many scores may move further and
    how many verdicts may turn, at near ties; and how many places a record may move in the ranking, where one is always
    allowed. No systematic change fits in there.
    """
    trials = list(zip(old.scores, new.scores, strict=True))
    verdicts = list(zip(old.verdicts, new.verdicts, strict=True))
    counts = [np.array([e.record["sweep"][k] for k in ("tp", "fp")]) for e in (old, new)]
    if all(np.array_equal(a, b) for a, b in trials):
        return all(np.array_equal(a, b) for a, b in [*verdicts, counts])
    far = np.concatenate([np.abs(a - b) > ROUNDING * (iqr(a) + np.abs(a)) for a, b in trials])
    turned = np.concatenate([(a != b).ravel() for a, b in verdicts])
    moved = max(float((np.abs(rankdata(a) - rankdata(b)) / max(1, ROUNDING * len(a))).max()) for a, b in trials)
    counted = float(np.abs(counts[0] - counts[1]).sum(0).max()) / len(far)
    return bool(far.mean() <= ROUNDING and turned.mean() <= ROUNDING and counted <= ROUNDING and moved <= 1)


def _by_records(old: Entry, new: Entry) -> dict[str, Effect]:
    rng = np.random.default_rng(0)
    before, a = _points(old.record), ALPHAS.index(ALPHA)
    members = sum(int(m.sum()) for m in new.member)
    now, then = ([v[a] == m for v, m in zip(e.verdicts, e.member, strict=True)] for e in (new, old))  # who is right
    net = paired.tp_difference(now, then, [np.ones_like(m) for m in new.member])
    found = {
        "auc": paired.delong(new.scores, old.scores, new.member),
        "tpr_at_1%_fpr": paired.tpr_difference(new.scores, old.scores, new.member, 0.01, rng),
        "advantage_at_0.98": Difference(net.difference / members, net.low / members, net.high / members, net.p),
    }
    return {name: Effect(float(before[name].mean()), d) for name, d in found.items() if np.isfinite(d.p)}


def _by_trials(old: Record, new: Record) -> dict[str, Effect]:
    """Welch's t test (1947), trials taken as independent."""
    before, after = _points(old), _points(new)
    return {
        name: Effect(float(before[name].mean()), _welch(after[name], before[name]))
        for name in MEASURES
        if np.isfinite([*before[name], *after[name]]).all()
    }


def _welch(a: np.ndarray, b: np.ndarray) -> Difference:
    difference = float(a.mean() - b.mean())
    if np.ptp(a) == np.ptp(b) == 0:
        return Difference(difference, difference, difference, float(difference == 0))
    result = ttest_ind(a, b, equal_var=False)
    interval = result.confidence_interval()
    return Difference(difference, float(interval.low), float(interval.high), float(result.pvalue))


def _points(record: Record) -> dict[str, np.ndarray]:
    """Each measure (K,) by trial; NaN where the data cannot resolve it."""
    verdicts = next(v for v in record["verdicts"] if v["alpha"] == ALPHA)
    points = {name: np.array([t[name] for t in record["trials"]], float) for name in ("auc", "tpr_at_1%_fpr")}
    tp, fp, members = (np.array(verdicts[k]) for k in ("tp", "fp", "members"))
    return {**points, "advantage_at_0.98": (tp - fp) / members}


def _corrected(findings: list[Finding]) -> list[Finding]:
    p = iter(paired.holm([e.difference.p for f in findings for e in f.effects.values()]))

    def corrected(effect: Effect) -> Effect:
        return replace(effect, difference=replace(effect.difference, p=next(p)))

    return [replace(f, effects={name: corrected(e) for name, e in f.effects.items()}) for f in findings]


def _judged(finding: Finding, tolerance: float) -> Finding:
    if finding.verdict:
        return finding
    if any(lost(name, e) > tolerance and e.significant for name, e in finding.effects.items()):
        return replace(finding, verdict="weaker")
    grew = any(e.difference.difference > 0 and e.significant for e in finding.effects.values())
    return replace(finding, verdict="stronger" if grew else "unchanged")


def lost(name: str, effect: Effect) -> float:
    """The share of its strength that a measure lost; AUC counts from one half. What had none has none to lose."""
    strength = effect.before - (0.5 if name == "auc" else 0.0)
    return max(-effect.difference.difference, 0.0) / strength if strength > 0 else 0.0
