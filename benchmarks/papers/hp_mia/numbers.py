"""The numbers of one suite, as plain JSON: all that tables, figures and verdicts are made from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy.stats import t as student

from attacks.thresholds import exclusion, inclusion
from benchmarks.games import playing
from benchmarks.games.playing import SWEEP
from benchmarks.games.recording import GRID, versions
from benchmarks.naming.plugins import Plugin
from benchmarks.papers.hp_mia.protocol import LAMBDAS, REFERENCES, Job
from benchmarks.papers.hp_mia.scores import ATTACKS, SCORES, Result, Signals, apply, fit
from benchmarks.statistics import intervals, metrics, paired
from benchmarks.training.plan import Plan
from benchmarks.training.store import Store
from datasets import Trial

Numbers = dict[str, Any]
SHOWN = (0.9, 0.98, 1.0)  # the paper's alphas
FIVE = ("c-loss", "c-conf", "lira-offline", "attack-r", "two-stage")  # of Table 4
BETAS = np.arange(50, 101) / 100  # of Figure 9; below the share of non-members everything would be excluded
CURVES = (1, 2, 5, 10, 20)  # numbers of references whose curves Figures 12 and 13 show
BINS = np.geomspace(1e-6, 32, 61)  # of difficulty, in nats


def about(job: Job, plan: Plan, store: Store) -> Numbers:
    """What was run: the suite, its changes and what its models cost."""
    suite, pool = job.altered(), plan.pool
    keys = [t.key for t in plan.trainings.values() if t.key in store]
    facts = [store.facts(key) for key in keys]
    return {
        "suite": suite.name,
        "epochs": suite.recipe.epochs,
        "references": min(suite.references, REFERENCES),
        "likelihood": job.likelihood,
        "trials": suite.trials,
        "part": suite.part,
        "precision": suite.recipe.precision,
        "network": repr(suite.network),
        "changed": {k: list(v) for k, v in suite.changed.items()},
        "synthetic": pool.synthetic,
        "lossless": pool.lossless,
        "source": pool.source,
        "digest": pool.digest,
        "seed": job.seed,
        "models": len(keys),
        "seconds": round(sum(f["seconds"] for f in facts), 1),
        "device": ", ".join(sorted({f["device"] for f in facts})),
        "versions": versions(),
    }


def main(job: Job, plan: Plan, store: Store) -> Numbers | None:
    """Tables 1 to 5 and most figures; None where no trial is complete."""
    (defense,) = plan.defenses
    trials = playing.complete(plan, store, defense)
    if not trials:
        return None
    signals = Signals(plan, store)
    few = min(job.altered().references, REFERENCES)
    cases = [_Case(plan, signals, defense, trial) for trial in trials]
    used = {name: job.likelihood if "lira" in name or name == "attack-r" else few for name in ATTACKS}
    outcomes = {name: [case.outcome(name, used[name]) for case in cases] for name in ATTACKS}
    member = [case.member for case in cases]
    ours = outcomes["two-stage"]
    return {
        "about": about(job, plan, store),
        "accuracy": _accuracy(plan, store, defense, trials),
        "attacks": {name: {**_measured(o, member), "references": used[name]} for name, o in outcomes.items()},
        "auc_lead": {o: _auc_difference(ours, outcomes[o], member) for o in FIVE[:-1]},
        "tp_lead": {
            f"{alpha:g}": {o: _tp_difference(ours, outcomes[o], member, alpha) for o in FIVE[:3]}
            for alpha in (0.98, 1.0)
        },
        "by_beta": _by_beta(cases, few),
        "difficulty": _difficulty(cases, ours, few),
    }


def by_references(job: Job, plan: Plan, store: Store) -> list[Numbers] | None:
    """Figures 12 to 14: two-stage with 1, 2, ... references; None where no trial is complete."""
    (defense,) = plan.defenses
    signals = Signals(plan, store)
    cases = [_Case(plan, signals, defense, trial) for trial in playing.complete(plan, store, defense)]
    return _by_references(cases, min(job.altered().references, REFERENCES)) if cases else None


def lambdas(job: Job, plan: Plan, store: Store) -> Numbers | None:
    """Table 6: two-stage against each L2 factor, by the paper's spelling of it; None where no trial is complete."""
    signals = Signals(plan, store)
    fitted: dict[int, Any] = {}  # by target: the adversary's own models are the same under every factor
    rows = {}
    for spelling, defense in zip(LAMBDAS, plan.defenses, strict=True):
        trials = playing.complete(plan, store, defense)
        outcomes, member = [], []
        for trial in trials:
            case = _Case(plan, signals, defense, trial)
            if trial.target not in fitted:
                few = len(trial.references)
                fitted[trial.target] = fit("two-stage", case.rehearsal, case.rehearsed, few)
            outcomes.append(apply(fitted[trial.target], case.view))
            member.append(case.member)
        if trials:
            rows[spelling] = {**_measured(outcomes, member), "accuracy": _accuracy(plan, store, defense, trials)}
    return {"about": about(job, plan, store), "rows": rows} if rows else None


class _Case:
    """One trial of one defense: the adversary's two views, and both memberships."""

    def __init__(self, plan: Plan, signals: Signals, defense: Plugin, trial: Trial) -> None:
        self.view, self.rehearsal = signals.views(defense.name, trial)
        self.member = plan.split.member(trial.target)[trial.audited]
        self.rehearsed = plan.split.member(trial.shadow)[trial.rehearsed]

    def outcome(self, attack: str, references: int) -> Result:
        return apply(fit(attack, self.rehearsal, self.rehearsed, references), self.view)


def _accuracy(plan: Plan, store: Store, defense: Plugin, trials: list[Trial]) -> Numbers:
    counts = playing.utility(plan, store, defense, trials)
    return {name: vars(intervals.share(*count)) for name, count in counts.items()}


def _place(alpha: float) -> int:
    return int(np.flatnonzero(alpha == SWEEP)[0])


def _measured(outcomes: Sequence[Result], member: Sequence[np.ndarray]) -> Numbers:
    """AUC, the ROC curve, verdicts at the paper's alphas and along the sweep, over all trials."""
    pairs = list(zip(outcomes, member, strict=True))
    tp = np.array([o.verdicts[:, m].sum(1) for o, m in pairs])
    fp = np.array([o.verdicts[:, ~m].sum(1) for o, m in pairs])
    curves = [_roc(o.scores, m) for o, m in pairs]
    reached = np.array([o.rehearsed_precision >= SWEEP for o in outcomes])
    return {
        "members": int(sum(m.sum() for m in member)),
        "others": int(sum((~m).sum() for m in member)),
        "auc": vars(intervals.auc([(o.scores, m) for o, m in pairs])),
        "roc": {"fpr": GRID.tolist(), "tpr": np.mean(curves, axis=0).tolist()},
        "sweep": {"alpha": SWEEP.tolist(), "tp": tp.sum(0).tolist(), "fp": fp.sum(0).tolist()},
        "verdicts": {
            f"{a:g}": _verdicts(tp[:, _place(a)], fp[:, _place(a)], member, reached[:, _place(a)]) for a in SHOWN
        },
    }


def _verdicts(tp: np.ndarray, fp: np.ndarray, member: Sequence[np.ndarray], reached: np.ndarray) -> Numbers:
    members = np.array([m.sum() for m in member])
    return {
        "tp": tp.tolist(),
        "fp": fp.tolist(),
        "members": int(members.sum()),
        "precision": vars(intervals.share(tp, tp + fp)),
        "recall": vars(intervals.share(tp, members)),
        "reached": bool(reached.all()),
    }


def _roc(scores: np.ndarray, member: np.ndarray) -> np.ndarray:
    fpr, tpr = metrics.curve(metrics.ranked(scores, member))
    return tpr[np.searchsorted(fpr, GRID + 1e-12, side="right") - 1]


def _auc_difference(a: Sequence[Result], b: Sequence[Result], member: Sequence[np.ndarray]) -> Numbers:
    return vars(paired.delong([o.scores for o in a], [o.scores for o in b], member))


def _tp_difference(a: Sequence[Result], b: Sequence[Result], member: Sequence[np.ndarray], alpha: float) -> Numbers:
    at = _place(alpha)
    return vars(paired.tp_difference([o.verdicts[at] for o in a], [o.verdicts[at] for o in b], member))


def _by_beta(cases: Sequence[_Case], references: int, alpha: float = 0.9) -> Numbers:
    """Figure 9: two-stage with the demand beta on exclusion held fixed. `reached`: alpha on every shadow model."""
    tp, fp, reached = np.zeros(len(BETAS), int), np.zeros(len(BETAS), int), np.ones(len(BETAS), bool)
    for case in cases:
        first, second = SCORES["loss"], SCORES["c-loss"]
        s0, s1 = first(case.rehearsal, references), second(case.rehearsal, references)
        mine = first(case.view, references), second(case.view, references)
        for i, t0 in enumerate(exclusion(s0, case.rehearsed, BETAS)):
            remain = s0 >= t0  # nobody where the demand on exclusion cannot be met
            t1 = inclusion(s1[remain], case.rehearsed[remain], np.array([alpha]))[0] if remain.any() else np.inf
            rehearsed = (remain & (s1 >= t1))[None]
            reached[i] &= bool(playing.precision_of(rehearsed, case.rehearsed)[0] >= alpha)
            claims = (mine[0] >= t0) & (mine[1] >= t1)
            tp[i] += int((claims & case.member).sum())
            fp[i] += int((claims & ~case.member).sum())
    return {
        "alpha": alpha,
        "beta": BETAS.tolist(),
        "tp": tp.tolist(),
        "fp": fp.tolist(),
        "reached": reached.tolist(),
    }


def _by_references(cases: Sequence[_Case], most: int, alpha: float = 0.9) -> list[Numbers]:
    """Figures 12 to 14: two-stage with 1 to `most` references, each against the run with one."""
    at, member = _place(alpha), [case.member for case in cases]
    rows: list[Numbers] = []
    first: list[np.ndarray] = []
    for r in range(1, most + 1):
        outcomes = [case.outcome("two-stage", r) for case in cases]
        verdicts = [o.verdicts[at] for o in outcomes]
        first = first or verdicts
        measured = _measured(outcomes, member)
        row = {"references": r, "auc": measured["auc"], **measured["verdicts"][f"{alpha:g}"]}
        row["more_than_one"] = vars(paired.tp_difference(verdicts, first, member))
        curves = {k: measured[k] for k in ("roc", "sweep", "others")} if r in (*CURVES, most) else {}
        rows.append({**row, **curves})
    for row in rows:
        row["precision_change"] = _precision_change(row, rows[-1])
    return rows


def _precision_change(row: Numbers, last: Numbers) -> Numbers | None:
    """Mean over trials of the difference of precision to the last row; None where a trial claims nobody.

    The two runs share their records, so that binomial errors taken as independent are rather too great; where the
    trials' differences scatter more, that scatter counts.
    """
    rates, variances = [], []
    for verdict in (row, last):
        tp, claims = np.array(verdict["tp"]), np.array(verdict["tp"]) + np.array(verdict["fp"])
        if not claims.all():
            return None
        near = (tp + 1) / (claims + 2)  # so that a precision of 1 has an error too
        rates.append(tp / claims)
        variances.append(near * (1 - near) / claims)
    differences = rates[0] - rates[1]
    error, freedom = intervals.error_of_mean(differences, float(sum(variances).sum()) / len(differences) ** 2)
    mean, half = float(differences.mean()), float(student.isf(0.025, freedom)) * error
    return {"difference": mean, "low": mean - half, "high": mean + half}


def _difficulty(
    cases: Sequence[_Case], outcomes: Sequence[Result], references: int, alpha: float = 0.9
) -> Numbers | None:
    """Figure 17: the members' mean loss on the references, identified and missed.

    `harder`: the chance that an identified member is harder than a missed one. None where a group is empty.
    """
    hard, found = [], []
    for case, outcome in zip(cases, outcomes, strict=True):
        losses = -case.view.references["log_p"][:references].mean(0)[case.member]
        verdict = outcome.verdicts[_place(alpha)][case.member]
        if verdict.any() and not verdict.all():
            hard.append(losses)
            found.append(verdict)
    if not found:
        return None
    pooled, which = np.clip(np.concatenate(hard), BINS[0], BINS[-1]), np.concatenate(found)
    return {
        "alpha": alpha,
        "edges": BINS.tolist(),
        "identified": np.histogram(pooled[which], BINS)[0].tolist(),
        "missed": np.histogram(pooled[~which], BINS)[0].tolist(),
        "harder": vars(intervals.auc(list(zip(hard, found, strict=True)))),
    }
