"""The numbers of one suite, as plain JSON: all that tables, figures and verdicts are made from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from scipy.stats import t as student

from attacks import prepare
from attacks.thresholds import exclusion, inclusion
from benchmarks.games import circumstances, from_store, playing
from benchmarks.games.game import Game, Sides
from benchmarks.naming.registry import ATTACKS, Plugin, builtin
from benchmarks.papers import kit
from benchmarks.papers.hp_mia.demand import POOLING, SHADOWS
from benchmarks.papers.hp_mia.settings import LAMBDAS, REFERENCES
from benchmarks.papers.hp_mia.why import BETA
from benchmarks.papers.hp_mia.why import measured as explained
from benchmarks.papers.kit import Job
from benchmarks.results.making import GRID
from benchmarks.statistics import intervals
from benchmarks.statistics.accuracy import accuracy
from benchmarks.statistics.played import SWEEP, Played
from benchmarks.statistics.sharing import design_effect, effect, of_auc
from benchmarks.training.plan import Plan
from benchmarks.training.store import Store

Numbers = dict[str, Any]
FEW = ("loss", "conf", "mentr", "c-loss", "c-conf", "two-stage")  # attacks with at most REFERENCES references
MANY = ("lira-offline", "attack-r", "two-stage-lira")  # attacks with as many as the setting's `likelihood`
FIVE = ("c-loss", "c-conf", "lira-offline", "attack-r", "two-stage")  # of Table 4
SHOWN = (0.9, 0.98, 1.0)  # the paper's alphas
BETAS = np.arange(50, 101) / 100  # of Figure 9; below the share of non-members everything would be excluded
CURVES = (1, 2, 5, 10, 20)  # numbers of references whose curves Figures 12 and 13 show
BINS = np.geomspace(1e-6, 32, 61)  # of difficulty, in nats


def main(job: Job, plan: Plan, store: Store) -> Numbers | None:
    """Tables 1 to 5 and most figures; None where no trial is complete."""
    (defense,) = plan.defenses
    asked = _few(job), job.likelihood or job.altered().references
    few, many = (kit.references_of(plan, store, defense, most) for most in asked)
    games, wide = (kit.games_of(plan, store, defense, most) for most in (few, many))
    if not games:
        return None
    found = {**_played(games, FEW, store), **_played(wide, MANY, store)}
    ours, sides = found["two-stage"], [game.sides(("clean",)) for game in games]
    return {
        "about": _about(job, plan, store),
        "accuracy": _accuracy(plan, store, defense),
        "attacks": {name: {**measured(of), "references": many if name in MANY else few} for name, of in found.items()},
        "auc_lead": {other: vars(kit.lead("auc", ours, found[other])) for other in FIVE[:-1]},
        "tp_lead": {
            f"{alpha:g}": {other: vars(kit.lead(f"tp_at_{alpha}", ours, found[other])) for other in FIVE[:3]}
            for alpha in (0.98, 1.0)
        },
        "by_beta": by_beta(sides, [game.member for game in games]),
        "difficulty": difficulty([playing.difficulty(evidence) for evidence, _ in sides], ours),
    }


def by_references(job: Job, plan: Plan, store: Store) -> Numbers | None:
    """Figures 12 to 14: two-stage with 1, 2, ... references; None where no trial is complete."""
    (defense,) = plan.defenses
    most = kit.references_of(plan, store, defense, _few(job))
    games = {r: kit.games_of(plan, store, defense, r) for r in range(1, most + 1)}
    found = {r: _played(of, ("two-stage",), store)["two-stage"] for r, of in games.items()}
    return {"by_references": rows_by_references(found)} if found[1] else None


def shadows(job: Job, plan: Plan, store: Store) -> Numbers | None:
    """What 2, 4 and 8 shadow models' pooled records lead to, for the targets that have as many, by their places among
    the targets of Tables 1 to 5; no block where none has two, None where no trial is complete.
    """
    (defense,) = plan.defenses
    whole = kit.trials_of(plan, store, defense)
    asked = ((_few(job), FEW), (job.likelihood or job.altered().references, MANY))
    rows = []
    for number in SHADOWS:
        chosen = [k for k, trial in enumerate(whole) if len(plan.split.shadows(trial, number)) == number]
        pooling = replace(plan, suite=replace(plan.suite, shadows=number))
        said: dict[str, list[Played]] = {}
        for most, names in asked if chosen else ():
            few = kit.references_of(plan, store, defense, most)
            games = [from_store.game(pooling, store, defense, whole[k], few) for k in chosen]
            said |= _played(games, [name for name in POOLING if name in names], store)
        attacks = {name: {f"{a:g}": _counts(of, a) for a in SHOWN} for name, of in said.items()}
        rows += [{"shadows": number, "trials": chosen, "attacks": attacks}] if chosen else []
    blocks = {"shadows": rows} if rows else {}
    return blocks if whole else None


def _counts(games: Sequence[Played], alpha: float) -> Numbers:
    tp, fp = zip(*(game.counts(alpha) for game in games), strict=True)
    return {"tp": list(tp), "fp": list(fp)}


def why(job: Job, plan: Plan, store: Store) -> Numbers | None:
    """What may explain where exclusion pays, of each target; None where no trial is complete."""
    (defense,) = plan.defenses
    rows = []
    for game in kit.games_of(plan, store, defense, kit.references_of(plan, store, defense, _few(job))):
        evidence, rehearsal = game.sides(("clean",))
        hard = playing.difficulty(evidence)
        assert hard is not None
        own, practice = (side.signal("log_p").target[:, 0] for side in (evidence, rehearsal.evidence))
        (cut,) = exclusion(practice, rehearsal.member, np.array([BETA]))
        rows.append(explained(own, game.member, hard, float(cut)))
    return {"why": {name: [row[name] for row in rows] for name in rows[0]}} if rows else None


def lambdas(job: Job, plan: Plan, store: Store) -> Numbers | None:
    """Table 6: two-stage against each L2 factor, by the paper's spelling of it; None where no trial is complete."""
    rows = {}
    for spelling, defense in zip(LAMBDAS, plan.defenses, strict=True):
        games = kit.games_of(plan, store, defense)
        if games:
            made = measured(_played(games, ("two-stage",), store)["two-stage"])
            rows[spelling] = {**made, "accuracy": _accuracy(plan, store, defense)}
    return {"lambdas": {"about": _about(job, plan, store), "rows": rows}} if rows else None


def _few(job: Job) -> int:
    return min(job.altered().references, REFERENCES)


def _about(job: Job, plan: Plan, store: Store) -> Numbers:
    return {**kit.about(job, plan, store), "references": _few(job)}


def _played(games: Sequence[Game], names: Sequence[str], store: Store) -> dict[str, list[Played]]:
    return kit.played(games, [builtin(ATTACKS, name) for name in names], store)


def _accuracy(plan: Plan, store: Store, defense: Plugin) -> Numbers:
    right = circumstances.right(plan, store, defense, kit.trials_of(plan, store, defense))
    return {name: vars(accuracy(of)) for name, of in zip(("train", "test"), right, strict=True)}


def _place(alpha: float) -> int:
    return int(np.flatnonzero(alpha == SWEEP)[0])


def measured(games: Sequence[Played]) -> Numbers:
    """AUC, the ROC curve, verdicts at the paper's alphas and along the sweep, over all games."""
    counts = np.array([[game.counts(alpha) for alpha in SWEEP.tolist()] for game in games])  # (K, A, 2)
    reached = np.array([game.rehearsed_precision >= SWEEP for game in games])
    members = np.array([game.member.sum() for game in games])
    tp, fp = counts[:, :, 0], counts[:, :, 1]
    return {
        "members": int(members.sum()),
        "others": int(sum((~game.member).sum() for game in games)),
        "auc": vars(kit.interval("auc", games)),
        "roc": {
            "fpr": GRID.tolist(),
            "tpr": np.mean([game.curve.tpr_at(GRID) for game in games], axis=0).tolist(),
        },
        "sweep": {"alpha": SWEEP.tolist(), "tp": tp.sum(0).tolist(), "fp": fp.sum(0).tolist()},
        "verdicts": {
            f"{a:g}": {
                "tp": tp[:, _place(a)].tolist(),
                "fp": fp[:, _place(a)].tolist(),
                "members": int(members.sum()),
                "precision": vars(kit.interval(f"precision_at_{a}", games)),
                "recall": vars(kit.interval(f"recall_at_{a}", games)),
                "reached": bool(reached[:, _place(a)].all()),
            }
            for a in SHOWN
        },
    }


def by_beta(sides: Sequence[Sides], member: Sequence[np.ndarray], alpha: float = 0.9) -> Numbers:
    """Figure 9: two-stage with the demand beta on exclusion held fixed. `reached`: alpha on every shadow model."""
    tp, fp, reached = np.zeros(len(BETAS), int), np.zeros(len(BETAS), int), np.ones(len(BETAS), bool)
    for (evidence, rehearsal), inside in zip(sides, member, strict=True):
        ready = [prepare(builtin(ATTACKS, n).value, rehearsal, np.random.default_rng(0)) for n in ("loss", "c-loss")]
        s0, s1 = (of.score(rehearsal.evidence) for of in ready)
        own0, own1 = (of.score(evidence) for of in ready)
        for i, t0 in enumerate(exclusion(s0, rehearsal.member, BETAS)):
            remain = s0 >= t0  # nobody where the demand on exclusion cannot be met
            t1 = inclusion(s1[remain], rehearsal.member[remain], np.array([alpha]))[0] if remain.any() else np.inf
            rehearsed = (remain & (s1 >= t1))[None]
            reached[i] &= bool(playing.precision_of(rehearsed, rehearsal.member)[0] >= alpha)
            claims = (own0 >= t0) & (own1 >= t1)
            tp[i] += int((claims & inside).sum())
            fp[i] += int((claims & ~inside).sum())
    return {
        "alpha": alpha,
        "beta": BETAS.tolist(),
        "tp": tp.tolist(),
        "fp": fp.tolist(),
        "reached": reached.tolist(),
    }


def rows_by_references(found: dict[int, list[Played]], alpha: float = 0.9) -> list[Numbers]:
    """A row for each number of references, with its games; each against the run with one, and against the last."""
    rows: list[Numbers] = []
    for references, games in found.items():
        made = measured(games)
        row = {"references": references, "auc": made["auc"], **made["verdicts"][f"{alpha:g}"]}
        row["more_than_one"] = vars(kit.lead(f"tp_at_{alpha}", games, found[1]))
        shown = references in (*CURVES, max(found))
        rows.append({**row, **({k: made[k] for k in ("roc", "sweep", "others")} if shown else {})})
    for row, games in zip(rows, found.values(), strict=True):
        row["precision_change"] = precision_change(row, rows[-1], _shared(games, found[max(found)], alpha))
    return rows


def precision_change(row: Numbers, last: Numbers, effect: float = 1.0) -> Numbers | None:
    """Mean over trials of the difference of precision to the last row; None where a trial claims nobody.

    The two runs share their records, so that binomial errors taken as independent are rather too great; where the
    trials' differences scatter more, that scatter counts. `effect`: the design effect, as intervals have it.
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
    within = float(sum(variances).sum()) / len(differences) ** 2 * effect
    error, freedom = intervals.error_of_mean(differences, within)
    mean, half = float(differences.mean()), float(student.isf(0.025, freedom)) * error
    return {"difference": mean, "low": mean - half, "high": mean + half}


def _shared(games: Sequence[Played], last: Sequence[Played], alpha: float) -> float:
    """The design effect of the difference of two runs' precision."""

    def influence(game: Played) -> np.ndarray:
        claimed, (tp, fp) = game.claimed(alpha), game.counts(alpha)
        return np.where(claimed, game.member - tp / max(tp + fp, 1), 0.0) / max(tp + fp, 1)

    return effect(games, [influence(one) - influence(other) for one, other in zip(games, last, strict=True)])


def difficulty(hard: Sequence[np.ndarray | None], games: Sequence[Played], alpha: float = 0.9) -> Numbers | None:
    """Figure 17: the members' mean loss on the references (`hard`, (n,) a game), identified and missed.

    `harder`: the chance that an identified member is harder than a missed one. None where a group is empty.
    """
    every = [(of, game, game.claimed(alpha)[game.member]) for of, game in zip(hard, games, strict=True)]
    known = [(of[game.member], game, claimed) for of, game, claimed in every if of is not None]
    both = [(losses, game, claimed) for losses, game, claimed in known if claimed.any() and not claimed.all()]
    if not both:
        return None
    pairs = [(losses, claimed) for losses, _, claimed in both]
    records = [None if game.records is None else game.records[game.member] for _, game, _ in both]
    pooled, which = (np.concatenate(of) for of in zip(*pairs, strict=True))
    pooled = np.clip(pooled, BINS[0], BINS[-1])
    return {
        "alpha": alpha,
        "edges": BINS.tolist(),
        "identified": np.histogram(pooled[which], BINS)[0].tolist(),
        "missed": np.histogram(pooled[~which], BINS)[0].tolist(),
        "harder": vars(intervals.auc(pairs, design_effect(records, [of_auc(*pair) for pair in pairs]))),
    }
