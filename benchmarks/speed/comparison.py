"""Models of the engine beside models of the textbook loop: how accurate each is, and how much it leaks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from scipy.stats import t

from attacks.signals import log_p
from benchmarks.naming.wording import counted
from benchmarks.speed import textbook
from benchmarks.speed.results import machine
from benchmarks.statistics.curves import Curve
from benchmarks.training.facts import devices_of
from benchmarks.training.suites import Suite, find
from datasets import Pool
from defenses import NoDefense
from models import Diverged, Task, fit, predict_all
from models.cohort import threads_for

MEASURES = ("train accuracy", "test accuracy", "AUC of the loss attack")
FAMILY = 12  # intervals: two data sets, two precisions, three measures
LEVEL = 1 - 0.05 / FAMILY  # of each (Bonferroni), so that all hold together with 95 %


@dataclass(frozen=True)
class Comparison:
    """So many models each way, each on a random half of 2 x `part` records, which are audited, by the suite's recipe
    in fp32, or also in mixed precision for the engine, for `epochs` epochs.
    """

    suite: Suite
    part: int
    epochs: int
    models: int


COMPARISONS = (Comparison(find("mnist"), 1500, 12, 12), Comparison(find("location30"), 835, 40, 16))


def welch(a: np.ndarray, b: np.ndarray, level: float) -> tuple[float, float]:
    """Return the two-sample t interval (Welch 1947) of mean(a) - mean(b) of samples a (m,) and b (n,)."""
    va, vb = a.var(ddof=1) / len(a), b.var(ddof=1) / len(b)
    difference = float(a.mean() - b.mean())
    if va + vb == 0:
        return difference, difference
    freedom = (va + vb) ** 2 / (va**2 / (len(a) - 1) + vb**2 / (len(b) - 1))
    half = float(t.ppf((1 + level) / 2, freedom) * (va + vb) ** 0.5)
    return difference - half, difference + half


def compare(comparison: Comparison, pool: Pool, device: str) -> Iterator[dict[str, Any]]:
    """Yield a row for each precision and measure: both means, the engine's minus the loop's, and its interval."""
    loop = _measures(comparison, pool, partial(_textbook, comparison, pool, device), 0)
    for number, precision in enumerate(("fp32", "mixed"), start=1):
        own = _measures(comparison, pool, partial(_engine, comparison, pool, device, precision), number)
        for name, a, b in zip(MEASURES, own, loop, strict=True):
            low, high = welch(a, b, LEVEL)
            yield {
                "dataset": pool.name,
                "precision": precision,
                "measure": name,
                "models": comparison.models,
                "engine": round(float(a.mean()), 5),
                "textbook": round(float(b.mean()), 5),
                "difference": round(float(a.mean() - b.mean()), 5),
                "low": round(low, 5),
                "high": round(high, 5),
            }


Logits = Callable[[list[np.ndarray]], list[np.ndarray]]  # rows of each model -> its logits (N, C) on the whole pool


def _measures(comparison: Comparison, pool: Pool, train: Logits, number: int) -> np.ndarray:
    """Return each of MEASURES of each model, (3, models). number: of the sample, so that each draws its own halves."""
    rng = np.random.default_rng([11, number])
    halves = [np.sort(rng.permutation(len(pool.y))[: comparison.part]) for _ in range(comparison.models)]
    found = []
    for rows, logits in zip(halves, train(halves), strict=True):
        member = np.zeros(len(pool.y), bool)
        member[rows] = True
        right = logits.argmax(-1) == pool.y
        auc = Curve.of(log_p(logits[:, None], pool.y)[:, 0], member).auc()
        found.append((right[member].mean(), right[~member].mean(), float(auc)))
    return np.array(found).T


def _textbook(comparison: Comparison, pool: Pool, device: str, halves: list[np.ndarray]) -> list[np.ndarray]:
    torch.manual_seed(0)
    recipe, network = replace(comparison.suite.recipe, epochs=comparison.epochs), comparison.suite.network
    sets = [textbook.dataset(pool.x[rows], pool.y[rows], pool.scale, pool.shift) for rows in halves]
    models = textbook.train(lambda: textbook.module(network, pool.x.shape[1:], pool.classes), sets, recipe, device)
    everything = textbook.dataset(pool.x, pool.y, pool.scale, pool.shift).tensors[0].to(device)
    with torch.no_grad():
        return [torch.cat([m.eval()(x) for x in everything.split(500)]).cpu().numpy() for m in models]


def _engine(
    comparison: Comparison, pool: Pool, device: str, precision: str, halves: list[np.ndarray]
) -> list[np.ndarray]:
    task = Task(
        x=pool.x,
        y=pool.y,
        classes=pool.classes,
        scale=pool.scale,
        shift=pool.shift,
        rows=tuple(halves),
        seeds=tuple(range(len(halves))),
        network=comparison.suite.network,
        recipe=replace(comparison.suite.recipe, epochs=comparison.epochs, precision=precision),
        defense=NoDefense(),
        device=device,
    )
    trained = fit(task)
    failed = [r.reason for r in trained if isinstance(r, Diverged)]
    if failed:
        raise ValueError(f"{pool.name}: {counted(len(failed), 'model')} diverged, the first because {failed[0]}")
    return list(predict_all([r for r in trained if not isinstance(r, Diverged)], pool.x))


def reduced(pool: Pool, records: int) -> Pool:
    """Return a random choice of a pool's records, always the same."""
    rows = np.sort(np.random.default_rng(7).permutation(len(pool.y))[:records])
    return replace(pool, x=pool.x[rows], y=pool.y[rows])


def all_rows(data: Path, device: str) -> list[dict[str, Any]]:
    """Return the rows of all comparisons on the data sets of a folder. Raises ValueError where they cannot be used."""
    rows: list[dict[str, Any]] = []
    for comparison in COMPARISONS:
        pool = reduced(comparison.suite.pool(data), 2 * comparison.part)
        rows += compare(comparison, pool, device)
    return rows


def about(data: Path) -> dict[str, Any]:
    """All comparisons on the data sets of a folder, with the machine and the sizes. Raises ValueError as `all_rows`."""
    device = devices_of("auto")[0]
    with threads_for(1):  # steady on a busy machine; nothing here is about time
        rows, where = all_rows(data, device), machine(device)
    sizes = "; ".join(
        f"{c.suite.dataset}: {c.models} models each way, {c.part} training records, {c.epochs} epochs"
        for c in COMPARISONS
    )
    return where | {"sizes": sizes, "family": FAMILY, "rows": rows}
