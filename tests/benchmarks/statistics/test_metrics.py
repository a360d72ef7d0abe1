"""Every metric against answers worked by hand, and one from outside beside the built-in ones."""

import numpy as np
import pytest

from benchmarks.statistics.adopting import adopt
from benchmarks.statistics.curves import Curve, placements
from benchmarks.statistics.metric import LIMITS, Metric
from benchmarks.statistics.metrics import METRICS
from benchmarks.statistics.played import SWEEP, Played
from benchmarks.statistics.values import NOTHING, Interval


def game(scores, member, claimed=None):
    """One game; `claimed` (n,) at every demand, nobody where there is none."""
    member = np.array(member, bool)
    claims = np.zeros(len(member), bool) if claimed is None else np.array(claimed, bool)
    verdicts = np.tile(claims, (len(SWEEP), 1))
    return Played(member, np.array(scores, float), verdicts, np.ones(len(SWEEP)), 0.5)


def rank(scores, member):
    played = game(scores, member)
    return {key: metric.measure(played) for key, metric in METRICS.items()}


def naive_tpr(scores, member, rate):
    best = 0.0
    for t in [*scores, np.inf]:
        claimed = scores >= t
        if claimed[~member].mean() <= rate + 1e-12:
            best = max(best, claimed[member].mean())
    return best


def test_hand_worked_ranking():
    result = rank([4, 3, 2, 1], [1, 0, 1, 0])
    assert result["auc"] == pytest.approx(0.75)  # 3 of the 4 pairs are in order
    assert result["balanced_accuracy"] == pytest.approx(0.75)
    assert np.isnan(result["tpr_at_1%_fpr"])  # two non-members cannot resolve 1 %


def test_ties_count_half_and_the_sign_matters():
    assert rank([1, 1, 1, 1], [1, 0, 1, 0])["auc"] == pytest.approx(0.5)
    assert rank([2, 2, 1, 1], [1, 1, 0, 0])["auc"] == pytest.approx(1.0)
    assert rank([1, 1, 2, 2], [1, 1, 0, 0])["auc"] == pytest.approx(0.0)


@pytest.mark.parametrize("seed", range(5))
def test_rates_equal_a_naive_scan_with_ties(seed):
    rng = np.random.default_rng(seed)
    member = rng.random(500) < 0.5
    scores = np.round(rng.normal(size=500) + member, 1 + seed % 3)
    result = rank(scores, member)
    assert result["tpr_at_1%_fpr"] == pytest.approx(naive_tpr(scores, member, 0.01))
    assert result["tnr_at_1%_fnr"] == pytest.approx(naive_tpr(-scores, ~member, 0.01))
    pairs = scores[member][:, None] - scores[~member][None]
    above = (pairs > 0).mean() + (pairs == 0).mean() / 2
    assert result["auc"] == pytest.approx(above)
    assert [side.mean() for side in placements(scores, member)] == pytest.approx([above] * 2)
    assert Curve.of(scores, member).auc() == pytest.approx(above)


def test_verdicts_by_hand():
    found = {key: METRICS[key].measure(game([0, 0, 0, 0, 0], [1, 1, 1, 0, 0], [1, 1, 0, 1, 0])) for key in METRICS}
    assert found["tp_at_0.98"] == 2
    assert found["precision_at_0.98"] == pytest.approx(2 / 3)
    assert found["recall_at_1.0"] == pytest.approx(2 / 3)
    assert found["advantage_at_0.9"] == pytest.approx(1 / 3)
    assert np.isnan(METRICS["precision_at_1.0"].measure(game([0, 1], [1, 0])))  # claims nobody


def test_every_metric_has_an_interval_that_holds_its_mean():
    rng = np.random.default_rng(0)
    games = []
    for _ in range(4):
        member = rng.random(4000) < 0.5
        scores = rng.normal(size=4000) + member
        games.append(game(scores, member, scores > 1.5))
    for key, metric in METRICS.items():
        if not metric.applies(games):  # canaries: test_worst_case.py
            assert metric.interval(metric, games, np.random.default_rng(1)) == NOTHING
            continue
        found = metric.interval(metric, games, np.random.default_rng(1))
        least, most = LIMITS[metric.unit]
        assert least <= found.low < found.mean < found.high <= most, key
        assert found.mean == pytest.approx(np.mean([metric.measure(g) for g in games]), rel=0.02), key


def test_what_some_game_cannot_resolve_is_nothing():
    games = [game(np.arange(60.0), np.arange(60) % 2), game(np.arange(600.0), np.arange(600) % 2)]
    metric = METRICS["tpr_at_1%_fpr"]
    assert metric.interval(metric, games, np.random.default_rng(0)) == NOTHING


def test_students_t_by_hand():
    metric = adopt(Hits)
    games = [game([0] * 4, [1, 1, 1, 0], [1] * k + [0] * (4 - k)) for k in (1, 1, 3, 3)]
    found = metric.interval(metric, games, np.random.default_rng(0))
    assert found.mean == 2
    assert found.high - 2 == pytest.approx(3.182446 * (4 / 3) ** 0.5 / 2, abs=1e-5)  # t(.975; 3), variance 4 / 3
    few = metric.interval(metric, games[1:], np.random.default_rng(0))  # of three, their own values
    assert few == Interval(pytest.approx(7 / 3), 1, 3, "values")
    none = metric.interval(metric, [game([0] * 4, [1, 1, 1, 0])] * 3 + games[3:], np.random.default_rng(0))
    assert none.low == 0  # counts have no negative end
    assert metric.interval(metric, games[:1], np.random.default_rng(0)) == NOTHING


class Hits:
    """Members claimed at .9."""

    key, title, unit = "hits", "hits", "count"

    def measure(self, played):
        return (played.claimed(0.9) & played.member).sum()


class Nameless:
    unit = "ratio"

    def measure(self, played):
        return 0.0


class Colourful(Hits):
    unit = "colour"


class Doubled(Hits):
    key = "auc"


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (Nameless, "expected key, title"),
        (Colourful, "'colour'"),
        (Doubled, "one of this key"),
        (object(), "measure"),
        (Metric("auc", "AUC", "ratio", Hits().measure), "one of this key"),
        (Metric("hits", "", "ratio", Hits().measure), "expected title"),
    ],
)
def test_what_is_no_metric_is_refused(wrong, words):
    with pytest.raises(ValueError, match=words):
        adopt(wrong)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"member": np.ones(4, bool)}, "members and others"),
        ({"member": np.ones(4)}, "member"),
        ({"scores": np.array([0.0, 1.0, np.nan, 2.0])}, "finite"),
        ({"scores": np.zeros(3)}, "scores"),
        ({"verdicts": np.zeros((3, 4), bool)}, "verdicts"),
        ({"difficulty": np.zeros(5)}, "difficulty"),
    ],
)
def test_a_game_whose_arrays_do_not_go_together_is_refused(changes, words):
    good = {"member": np.arange(4) < 2, "scores": np.arange(4.0), "verdicts": np.zeros((len(SWEEP), 4), bool)}
    rest = {"rehearsed_precision": np.ones(len(SWEEP)), "seconds": 0.0}
    Played(**good, **rest)
    with pytest.raises(ValueError, match=words):
        Played(**{**good, **rest, **changes})
