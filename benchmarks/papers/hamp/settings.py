"""What HAMP's evaluation trains: data sets with their networks, and which defenses each has."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

from benchmarks.naming.registry import ATTACKS, DEFENSES, builtin
from benchmarks.papers.kit import Job, Models, Setting
from benchmarks.training.plan import Plan, make
from benchmarks.training.queries import unfit
from benchmarks.training.suites import Suite, find
from datasets import Pool

NONE, HAMP = "undefended", "HAMP"
FEWER = {  # reference models, where one costs many trainings, and of HAMP's parts
    **{"SELENA": 32, "DP-SGD": 32},
    **{"HAMP, training alone": 32, "HAMP, output alone": 32},
}

LABELS_KEPT = ("MemGuard", f"{HAMP}, output alone")  # of their labels is known what is of the undefended model's

SCORES = ("mentr", "conf", "entropy", "loss")
NETWORKS = ("hamp-nn", "shadow-network")
LIRA = ("hamp-lira", "hamp-lira-fixed", "hamp-lira-offline", "hamp-lira-offline-fixed")
FURTHER = ("lira-online-fixed", "bavaria-n", "rmia", "base", "two-stage")
PER_RECORD = ("label-regression", "label-regression-flips")
LABEL_ONLY = ("gap", "label-noise", "label-flips", *PER_RECORD, "label-augmentation")
ATTACKS_SHOWN = (*SCORES, *NETWORKS, *LIRA, *FURTHER, *LABEL_ONLY)
TITLES = {
    **{"mentr": "Mentr", "conf": "Conf", "entropy": "Entropy", "loss": "Loss", "hamp-nn": "NN"},
    **{"hamp-lira": "LiRA", "hamp-lira-fixed": "LiRA, fixed variance"},
    **{"hamp-lira-offline": "offline LiRA", "hamp-lira-offline-fixed": "offline LiRA, fixed variance"},
}


@dataclass(frozen=True, kw_only=True)
class Column(Setting):
    """A setting of this evaluation. `rows`: the defenses that it has, as (title, spelling) pairs."""

    rows: tuple[tuple[str, str], ...]


def _rows(
    gamma: float, alpha: float, percentile: float, weight: float, level: float, upper: float, dp: str
) -> tuple[tuple[str, str], ...]:
    """All defenses of one data set. HAMP's gamma and alpha; label smoothing's share of the greatest entropy; the weight
    of AdvReg; RelaxLoss' alpha and upper; DP-SGD as it is spelled, if any.
    """
    hamp = f"gamma={gamma}, alpha={alpha}"
    rows = {
        NONE: "none",
        HAMP: f"hamp({hamp})",
        "label smoothing": f"hamp-label-smoothing(gamma={percentile})",
        "RelaxLoss": f"relaxloss(alpha={level}, upper={upper})",
        **{f"early stopping at {share} %": f"early-stopping(share={share / 100})" for share in (10, 20, 40)},
        "DMP": "dmp",
        "MemGuard": "memguard",
        "SELENA": "selena",
        "DP-SGD": dp,
        "AdvReg": f"advreg(weight={weight})",
        "HAMP, training alone": f"hamp-training({hamp})",
        "HAMP, output alone": "hamp-output",
    }
    return tuple((title, spelling) for title, spelling in rows.items() if spelling)


def _few(rows: tuple[tuple[str, str], ...], titles: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    return tuple(row for row in rows if row[0] in titles)


_LOCATION = _rows(0.5, 0.001, 0.05, 10.0, 1.0, 0.3, "dp-sgd(clip=3.0, noise=2.91)")
_CIFAR10 = _rows(0.95, 0.001, 0.01, 6.0, 1.0, 1.0, "")
_CIFAR100 = _rows(0.5, 0.005, 0.01, 6.0, 3.0, 1.0, "")
_DIGITS = _rows(0.8, 0.01, 0.05, 3.0, 0.3, 0.3, "dp-sgd(noise=1.0)")
_PURCHASE = _rows(0.8, 0.01, 0.05, 3.0, 0.8, 0.3, "dp-sgd(noise=1.7)")
_TEXAS = _rows(0.6, 0.01, 0.15, 10.0, 2.5, 0.1, "dp-sgd(noise=1.44)")
COLUMNS = (
    Column("location30-hamp", "Location30", trials=16, rows=_LOCATION),
    Column("cifar10-hamp", "CIFAR-10", rows=_CIFAR10),
    Column("cifar100-hamp", "CIFAR-100", rows=_CIFAR100),
    Column("purchase100-hamp", "Purchase100", rows=_PURCHASE),
    Column("texas100-hamp", "Texas100", rows=_TEXAS),
    Column("digits-hamp", "Digits", "further", rows=_DIGITS),
    Column("location30-hamp-published", "Location30, as published", "published", rows=_few(_LOCATION, (NONE, HAMP))),
    Column("purchase100-twin-hamp", "Purchase100 twin", "twin", rows=_PURCHASE),
    Column("texas100-twin-hamp", "Texas100 twin", "twin", rows=_TEXAS),
)
SETTINGS = {column.suite: column for column in COLUMNS}
ROWS = tuple(dict.fromkeys(title for column in COLUMNS for title, _ in column.rows))


def attacks_of(row: str, pool: Pool) -> tuple[str, ...]:
    """The attacks whose queries the pool's records can be asked; of defenses that keep labels, those of clean ones."""
    every = {name: builtin(ATTACKS, name).value.queries for name in ATTACKS_SHOWN}
    fit = [name for name, queries in every.items() if not any(unfit(query, pool) for query in queries)]
    return tuple(name for name in fit if row not in LABELS_KEPT or every[name] == ("clean",))


def _plan(row: str, job: Job, suite: Suite, pool: Pool) -> Plan:
    """The models of one defense, asked about their population and what some attack asks. The two that claims 1 to 3
    compare have as many targets as the page says, all others as many as the suite; or all as many as are asked for.
    """
    own = row in (NONE, HAMP) or "trials" in dict(job.changes)
    trials = suite.trials if own else min(suite.trials, find(job.suite).trials)
    suite = replace(suite, trials=trials, references=min(suite.references, FEWER.get(row, suite.references)))
    defense = builtin(DEFENSES, dict(SETTINGS[job.suite].rows)[row])
    plan = replace(make(suite, pool, builtin(DEFENSES, "none"), (defense,), "adaptive", job.seed), defenses=(defense,))
    values = [builtin(ATTACKS, name).value for name in attacks_of(row, pool)]
    queries = {query for of in values for query in of.queries}
    return plan.asking(
        sorted(queries), True, sorted(queries - {q for of in values if of.needs != "target" for q in of.queries})
    )


MODELS = {
    row: Models(partial(_plan, row), suites=tuple(c.suite for c in COLUMNS if row in dict(c.rows))) for row in ROWS
}
