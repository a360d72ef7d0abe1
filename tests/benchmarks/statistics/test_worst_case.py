"""TPR on canaries: by hand, against a naive scan, and how often its interval holds the truth."""

import numpy as np
import pytest
from scipy.stats import norm

from benchmarks.statistics import worst_case
from benchmarks.statistics.metrics import METRICS
from benchmarks.statistics.played import SWEEP, Played
from benchmarks.statistics.values import NOTHING
from benchmarks.statistics.worst_case import Canaries

KEY = "canary_tpr_at_1%_fpr"


def rng():
    return np.random.default_rng(0)


def drawn(random, canaries, games, spread, scatter, leak=2.0):
    """K games: a canary has an effect of its own in all of them, a target one on all of its canaries."""
    own = random.normal(0, spread, canaries)
    made = []
    for shift in random.normal(0, scatter, games):
        member = random.random(canaries) < 0.5
        scores = random.normal(size=canaries) + member * (leak + own + shift)
        made.append(Canaries(member, scores, np.arange(canaries)))
    return made


def test_by_hand():
    member = np.arange(300) < 100
    scores = np.arange(300.0)  # members 0-99, others 100-299: the two highest others are 299 and 298
    scores[:30] = 298.5  # above all others but one, which 1 % of 200 allows
    scores[30:40] = 297.5  # below two of them
    one = Canaries(member, scores, np.arange(300))
    assert one.tpr(0.01) == pytest.approx(0.4)  # two others above, two allowed
    assert one.tpr(0.005) == pytest.approx(0.3)
    assert np.isnan(one.tpr(0.001))
    assert np.isnan(Canaries(np.zeros(300, bool), scores, np.arange(300)).tpr(0.01))


def test_games_are_judged_together():
    games = drawn(rng(), 60, 8, 0.3, 0.2)
    assert all(np.isnan(g.tpr(0.01)) for g in games)
    scores, member = (np.concatenate([getattr(g, name) for g in games]) for name in ("scores", "member"))
    naive = max((scores[member] >= t).mean() for t in [*scores, np.inf] if (scores[~member] >= t).mean() <= 0.01)
    found = worst_case.tpr(games, 0.01, rng())
    assert found.mean == pytest.approx(naive)
    assert 0 < found.low < found.mean < found.high < 1
    assert found.holds == "population"
    assert worst_case.tpr(games[:3], 0.01, rng()) == NOTHING  # 90 others or so
    assert worst_case.tpr(games, 0.001, rng()) == NOTHING


def test_the_same_game_twice_is_no_more_knowledge():
    """K games that are all alike say of their canaries what one of them says: the error is not that of K times more."""
    (one,) = drawn(rng(), 4000, 1, 0, 0)
    many = [one] * 5
    widths = [f.high - f.low for f in (worst_case.tpr(games, 0.01, rng()) for games in ([one], many))]
    assert widths[1] == pytest.approx(widths[0], rel=0.05)
    fresh = [Canaries(g.member, g.scores, g.which + 4000 * i) for i, g in enumerate(many)]
    new = worst_case.tpr(fresh, 0.01, rng())
    assert new.high - new.low < 0.6 * widths[0]


@pytest.mark.parametrize(("spread", "scatter"), [(0.0, 0.0), (1.0, 0.0), (0.0, 0.5), (1.0, 0.5)])
def test_the_interval_holds_the_truth(spread, scatter):
    """The threshold is that of others' N(0, 1); members' effects are normal."""
    truth = norm.sf((norm.isf(0.01) - 2.0) / np.sqrt(1 + spread**2 + scatter**2))
    random, held, simulations = np.random.default_rng(1), 0, 200
    for _ in range(simulations):
        found = worst_case.tpr(drawn(random, 100, 16, spread, scatter), 0.01, random)
        held += found.low <= truth <= found.high
    assert held / simulations > 0.95 - 3 * (0.95 * 0.05 / simulations) ** 0.5


def played(canaries):
    member = np.arange(300) < 150
    verdicts = np.zeros((len(SWEEP), 300), bool)
    return Played(member, np.arange(300.0), verdicts, np.ones(len(SWEEP)), 0.0, canaries=canaries)


def test_the_metric_has_nothing_to_say_without_canaries():
    metric, none = METRICS[KEY], [played(None)] * 4
    some = [played(c) for c in drawn(rng(), 60, 4, 0, 0)]
    assert not metric.applies(none)
    assert not metric.applies([*some, *none])
    assert metric.applies(some)
    assert metric.interval(metric, [*some, *none], rng()) == NOTHING
    assert np.isnan(metric.measure(none[0]))
    assert metric.interval(metric, some, rng()).mean == worst_case.tpr([g.canaries for g in some], 0.01, rng()).mean


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"scores": np.zeros(3)}, "as many canaries"),
        ({"which": np.zeros((4, 1))}, "as many canaries"),
        ({"member": np.ones(4)}, "bool membership"),
        ({"scores": np.array([0, 1, np.nan, 0])}, "finite scores"),
    ],
)
def test_arrays_that_do_not_go_together_are_refused(change, words):
    good = {"member": np.arange(4) < 2, "scores": np.arange(4.0), "which": np.arange(4)}
    Canaries(**good)
    with pytest.raises(ValueError, match=words):
        Canaries(**{**good, **change})
