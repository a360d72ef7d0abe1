"""The simulation of coverage: its truths, the committed tables, and small runs whose bounds wrong intervals leave."""

import csv
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import binom

from benchmarks import coverage as command
from benchmarks.statistics import coverage, intervals
from benchmarks.statistics.coverage import World

ROOT = Path(__file__).parents[3]
SIMULATIONS = 100


@pytest.mark.parametrize("scatter", [0.0, 0.5])
def test_truths_equal_a_plain_simulation(scatter):
    world, rng = World(40, 0.8, scatter, draws=2), np.random.default_rng(0)
    sums = np.zeros(5)
    for _ in range(2000):
        target, shadow = world.middle + scatter * rng.normal(size=2)
        game = world.game(target, shadow, rng)
        tp, fp = game.counts(0.98)
        above = [(rng.normal(target, 1, 20) > of).mean() for of in (2.326348, 3.090232)]
        sums += [game.curve.auc(), *above, tp, tp + fp]
    auc, *rates, tp, claims = sums / 2000
    true = coverage.truth(world, np.zeros(4), np.zeros(4))  # of four, the population's, whatever they are
    expected = [auc, *rates, tp, tp / claims]
    assert auc == pytest.approx(0.8, abs=0.01)
    assert list(true.values()) == pytest.approx(expected, rel=0.06, abs=0.01)


def test_the_truth_of_two_targets_is_their_own():
    world = World(40, 0.8, 0.5)
    low, high = (coverage.truth(world, np.full(2, x), np.full(2, world.middle)) for x in (0.0, 3.0))
    assert low["auc"] == pytest.approx(0.5)
    assert low["tpr_at_1%_fpr"] == pytest.approx(0.01)
    assert low["precision_at_0.98"] == pytest.approx(0.5)
    assert high["tp_at_0.98"] > 5 * low["tp_at_0.98"]


@pytest.fixture(scope="module")
def few():
    """(records, AUC, scatter) of small worlds, and their rows by (targets, measure)."""
    worlds = [(100, 0.9, 0.3), (100, 0.75, 0.0)]
    return {w: {(r.targets, r.measure): r for r in coverage.coverage(World(*w), SIMULATIONS, 1)} for w in worlds}


def test_intervals_hold_the_truth_as_often_as_they_say(few):
    """Each between 93 and 97 % where it can be, 90 and 100 % where counts are discrete (docs/intervals.md)."""
    for world, rows in few.items():
        for (targets, measure), row in rows.items():
            least, most = (0.93, 0.97) if measure == "auc" else (0.9, 1.0)
            low, high = binom.ppf(0.001, row.resolved, least), binom.ppf(0.999, row.resolved, most)
            assert low <= row.held * row.resolved <= high, (world, targets, measure, row.held)


def test_intervals_of_half_the_width_would_not_pass(monkeypatch):
    monkeypatch.setattr(intervals, "_effective", lambda spread, error, freedom: 4 * spread / error**2)
    monkeypatch.setattr(coverage, "MEASURED", ("auc",))
    for row in coverage.coverage(World(100, 0.75, 0.0, draws=2), SIMULATIONS, 1):
        assert row.held * row.resolved < binom.ppf(0.001, row.resolved, 0.93)


def test_students_t_of_two_targets_was_too_wide_to_mean_anything(few):
    """TP of two targets at 100 records: of 50 members, an interval of less than 30."""
    assert few[100, 0.9, 0.3][2, "tp_at_0.98"].width < 30


def committed():
    """The rows of the committed table."""
    with (ROOT / "results/intervals/coverage.csv").open(encoding="utf-8", newline="") as file:
        for r in csv.DictReader(file):
            world = World(int(r["records"]), float(r["AUC"]), float(r["scatter"]))
            numbers = [float(r[name]) for name in ("held", "above", "under", "width")]
            yield coverage.Covered(world, int(r["targets"]), r["measure"], int(r["resolved"]), *numbers)


def test_the_committed_page_is_that_of_the_committed_rows():
    rows = list(committed())
    text = (ROOT / "results/intervals/coverage.md").read_text(encoding="utf-8")
    assert command.page(rows, max(r.resolved for r in rows)) == text


@pytest.mark.slow
def test_the_committed_table_is_what_a_new_run_finds():
    """A tenth of the worlds at full size, to the digit."""
    rows = list(committed())
    simulations = max(r.resolved for r in rows)
    for world in list(dict.fromkeys(r.world for r in rows))[::5]:
        assert [command.row(r) for r in command.simulate(world, simulations)] == [
            command.row(r) for r in rows if r.world == world
        ]
