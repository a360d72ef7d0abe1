"""The plots of an audit's page, each with the words that stand for it where it cannot be seen."""

from __future__ import annotations

from functools import partial

import numpy as np

from benchmarks.audit.findings import Findings
from benchmarks.audit.wording import number, percent
from benchmarks.naming.wording import counted
from benchmarks.report import figures
from benchmarks.report.chart import Axis, Chart, Steps, nice
from benchmarks.report.plot import Plot
from benchmarks.results.record import Record, Roc
from benchmarks.statistics import intervals
from benchmarks.statistics.curves import placements, ranks
from benchmarks.statistics.exposure import RATE, Trial

CURVES = 6
STRONGEST = "strongest"  # of the headline; each half of the records by the attack that finds most in the other
BINS = 20


def trials(audit: Findings) -> list[Trial]:
    """The two halves of the records, each with the scores of the attack that judges it."""
    halves = audit.attacked.halves(audit.case.answers.member, audit.seats.half)
    return [halves[name][half] for half, name in enumerate(audit.strongest.attacks)]


def shown(audit: Findings) -> list[Record]:
    """The attacks whose curves are drawn, the strongest first: the best of each kind of need, then the best of all."""
    order = {name: place for place, name in enumerate(audit.table["attack"])}
    ranked = sorted(audit.attacked.records, key=lambda record: order[record.attack.name])
    best = {record.attack.needs: record for record in reversed(ranked)}.values()
    rest = [record for record in ranked if record not in best]
    chosen = [*best, *rest[: CURVES - 1 - len(best)]]
    return sorted(chosen, key=lambda record: order[record.attack.name])


def roc(audit: Findings) -> Plot:
    """ROC curves of the strongest attack and of others, both axes logarithmic."""
    records = shown(audit)
    made = intervals.roc(trials(audit), np.array(records[0].roc.fpr), np.random.default_rng(0), audit.strongest.effect)
    curve = Roc(**{name: tuple(map(float, values)) for name, values in made.items()})
    series = [(0, STRONGEST, curve), *((i, r.attack.name, r.roc) for i, r in enumerate(records, 1))]
    alt = (
        f"ROC curves on logarithmic axes of the strongest attack and {counted(len(records), 'attack')}. The strongest: "
        f"AUC {number(audit.strongest.auc)}, TPR at 1 % FPR: {percent(audit.strongest.tpr[RATE])}. The table below has "
        "the numbers of each attack."
    )
    return Plot("ROC", alt, partial(figures.rocs, series=series, least=figures.floor(records[0]), bands=1))


def places(audit: Findings) -> Plot:
    """How members and non-members stand among the non-members of their half."""
    inside, outside = [], []
    for scores, member in trials(audit):
        inside.append(placements(scores, member)[0])
        others = scores[~member]
        outside.append((ranks(others) - 0.5) / len(others))
    edges = np.linspace(0, 1, BINS + 1)
    counts = [np.histogram(np.concatenate(of), edges)[0] for of in (inside, outside)]
    shares = [of / of.sum() for of in counts]
    alt = (
        f"Places of members and non-members among non-members, by the strongest attack's score. The highest twentieth "
        f"of the places holds {100 * shares[0][-1]:.0f} % of the members and {100 * shares[1][-1]:.0f} % of the "
        "non-members."
    )
    return Plot("Places", alt, partial(_stairs, edges=edges, members=shares[0], others=shares[1]))


def _stairs(edges: np.ndarray, members: np.ndarray, others: np.ndarray) -> Chart:
    top = 1.08 * float(max(members.max(), others.max()))
    ticks = tuple((v / 100, f"{v}\u00a0%") for v in range(0, 101, 20))
    up = tuple((value, f"{100 * value:g}\u00a0%") for value, _ in nice(0, top))
    return Chart(
        Axis("place: share of non-members that score lower", 0, 1, ticks),
        Axis("share of the records", 0, top, up),
        (
            Steps("c0", "non-members", edges.tolist(), others.tolist()),
            Steps("c1", "members", edges.tolist(), members.tolist()),
        ),
    )
