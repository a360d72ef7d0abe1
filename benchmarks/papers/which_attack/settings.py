"""What is trained and which attacks play: undefended models of eight suites, four data sets on two designs each."""

from __future__ import annotations

from dataclasses import replace

from benchmarks.naming.registry import DEFENSES, builtin
from benchmarks.papers.kit import Job, Models, Setting
from benchmarks.training.plan import Plan, make
from benchmarks.training.suites import Suite
from datasets import Pool

REFERENCES = (1, 2, 4, 8, 16, 32, 64)
FEW = 8  # references of the published table, and of the comparisons

COLUMNS = (
    Setting("digits-half", "Digits, half-split"),
    Setting("location30-half", "Location30, half-split"),
    Setting("letter-half", "Letter, half-split"),
    Setting("news20-half", "News20, half-split"),
    Setting("digits", "Digits, six-split"),
    Setting("location30", "Location30, six-split"),
    Setting("letter", "Letter, six-split"),
    Setting("news20", "News20, six-split"),
)
TITLES = {column.suite: column.title for column in COLUMNS}
HALF = tuple(suite for suite in TITLES if suite.endswith("-half"))
SIX = tuple(suite for suite in TITLES if suite not in HALF)

REFERRING = (  # attacks that compare with reference models
    *("lira-online", "lira-online-fixed", "lira-online-uncentred", "lira-common", "bavaria-n", "bavaria-t"),
    *("base", "rmia", "lira-offline", "lira-offline-fixed", "bavaria-n-offline", "bavaria-t-offline"),
    *("base-offline", "rmia-offline", "pmia-class", "attack-r", "c-loss", "c-conf", "two-stage", "two-stage-lira"),
)
ALONE = (  # attacks that use none
    *("loss", "conf", "entropy", "mentr", "gap", "attack-p"),
    *("quantile", "quantile-pinball", "shadow-top3", "shadow-network"),
)
STAGES = (  # scores that are asked whether membership exclusion before them helps
    *("lira-online-fixed", "bavaria-n", "base", "rmia"),
    *("lira-offline-fixed", "bavaria-n-offline", "base-offline", "rmia-offline", "c-loss"),
)
ORDERS = (  # pairs whose order at FEW references is published (Brännvall 2026)
    ("bavaria-n", "lira-online-fixed"),
    ("bavaria-n", "lira-online"),
    ("lira-online-fixed", "lira-online"),
)


def staged(stage: str) -> str:
    """Two-stage HP-MIA with `stage` as its second score, as it is spelled."""
    return "two-stage" if stage == "c-loss" else f"two-stage(second={stage})"


def _plan(job: Job, suite: Suite, pool: Pool) -> Plan:
    """Undefended models alone, asked about their population, too; as many references as the page shows."""
    most = dict(job.changes).get("references", max(REFERENCES))
    plan = make(replace(suite, references=most), pool, builtin(DEFENSES, "none"), (), "adaptive", job.seed)
    return plan.asking((), True)


MODELS = {"main": Models(_plan)}
