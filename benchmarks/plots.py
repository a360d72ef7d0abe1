"""The two plots of the paper, from records: ROC on log axes, and precision against recall."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import seaborn as sns
from matplotlib.figure import Figure

Record = dict[str, Any]


def write(records: list[Record], folder: Path) -> None:
    """Write ``roc--DEFENSE.png`` and ``precision-recall--DEFENSE.png`` for every defense. Raises OSError."""
    for name in dict.fromkeys(r["defense"]["name"] for r in records):
        chosen = [r for r in records if r["defense"]["name"] == name]
        safe = "".join(c if c.isalnum() or c in "._-=" else "_" for c in name)
        save(roc(chosen), folder / f"roc--{safe}.png")
        save(precision_recall(chosen), folder / f"precision-recall--{safe}.png")


def save(figure: Figure, path: Path) -> None:
    """Save a figure whole or not at all."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.draft")
    try:
        figure.savefig(draft, format="png", dpi=130, bbox_inches="tight")
        os.replace(draft, path)
    finally:
        plt.close(figure)
        draft.unlink(missing_ok=True)


def _canvas(records: list[Record], title: str) -> tuple[Figure, Any, list[Any]]:
    sns.set_theme(style="whitegrid", context="paper", font_scale=1.1)
    figure, axes = plt.subplots(figsize=(6.4, 4.8))
    suite = records[0]["suite"]
    note = " (synthetic data)" if suite["synthetic"] else " (reduced)" if suite["reduced"] else ""
    axes.set_title(f"{title}: {suite['name']}{note}, defense {records[0]['defense']['name']}")
    return figure, axes, sns.color_palette("husl", len(records))


def roc(records: list[Record]) -> Figure:
    """Mean ROC over trials, both axes logarithmic, down to the rate that one record makes."""
    figure, axes, colours = _canvas(records, "ROC")
    others = max(records[0]["verdicts"][0]["members"])
    floor = 10 ** -len(str(others))
    for number, (record, colour) in enumerate(zip(_by_auc(records), colours, strict=True)):
        label = f"{record['attack']['name']} (AUC {record['ranking']['auc']['mean']:.3f})"
        style = ("-", "--", "-.")[number % 3]
        axes.plot(record["roc"]["fpr"], record["roc"]["tpr"], style, color=colour, label=label, linewidth=1.3)
    axes.plot([floor, 1], [floor, 1], ":", color="grey", label="guessing")
    axes.set(xscale="log", yscale="log", xlim=(floor, 1), ylim=(floor, 1))
    axes.set(xlabel="false positive rate", ylabel="true positive rate")
    axes.legend(bbox_to_anchor=(1.02, 1), loc="upper left", frameon=False)
    return figure


def precision_recall(records: list[Record]) -> Figure:
    """Precision and recall of the verdicts while the precision demand alpha sweeps from 0.5 to 1."""
    figure, axes, colours = _canvas(records, "Precision and recall of verdicts")
    for record, colour in zip(_by_auc(records), colours, strict=True):
        members = sum(record["verdicts"][0]["members"])
        points = [(tp / members, tp / (tp + fp)) for tp, fp in _claims(record) if tp + fp]
        if points:
            recall, precision = zip(*sorted(points), strict=True)
            axes.plot(
                recall,
                precision,
                "o-",
                color=colour,
                label=record["attack"]["name"],
                markersize=3,
                linewidth=1,
            )
    axes.axhline(0.5, linestyle=":", color="grey", label="guessing (half are members)")
    axes.set(xlabel="recall (share of members identified)", ylabel="precision", ylim=(0.3, 1.02))
    axes.set_xscale("symlog", linthresh=1e-3)
    axes.set_xlim(0, 1)
    axes.legend(bbox_to_anchor=(1.02, 1), loc="upper left", frameon=False)
    return figure


def _claims(record: Record) -> list[tuple[int, int]]:
    return list(zip(record["sweep"]["tp"], record["sweep"]["fp"], strict=True))


def _by_auc(records: list[Record]) -> list[Record]:
    return sorted(records, key=lambda r: (-r["ranking"]["auc"]["mean"], r["attack"]["name"]))
