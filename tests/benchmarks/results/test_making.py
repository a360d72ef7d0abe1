"""Records and comparisons from planted games, against answers worked by hand; and a metric from outside, end to end."""

import invented
import msgspec
import numpy as np
import pytest
from invented import compared, edited, record

from benchmarks.leaderboard.board import leaderboard
from benchmarks.report.contents import attack_table
from benchmarks.report.provenance import facts
from benchmarks.report.section import sections
from benchmarks.results import comparing, making, provenance, ranking
from benchmarks.results.record import About, Cost, Estimate, Record, RunInfo
from benchmarks.statistics import adopting
from benchmarks.statistics.adopting import adopt
from benchmarks.statistics.metrics import METRICS
from benchmarks.statistics.played import SWEEP, Played

PATTERN = record()
ABOUT = About(PATTERN.suite, PATTERN.defense, PATTERN.adversary)
RUN = RunInfo(PATTERN.games, PATTERN.utility, Cost(4, 1.0), PATTERN.versions, "cpu", "command", 0)


def seen(scores, member, claimed, difficulty=None):
    """One game in which the same is claimed at every demand."""
    verdicts = np.tile(np.broadcast_to(claimed, len(member)), (len(SWEEP), 1))
    hard = None if difficulty is None else np.array(difficulty, float)
    return Played(np.array(member), np.array(scores, float), verdicts, np.ones(len(SWEEP)), 0.5, hard)


def planted(leak, games=3, n=400, seed=0):
    """Scores with a normal gap of `leak` between members and others."""
    rng = np.random.default_rng(seed)
    made = []
    for _ in range(games):
        member = rng.permutation(n) < n // 2
        scores = rng.normal(size=n) + leak * member
        made.append(seen(scores, member, scores > 1))
    return made


def attack(name):
    return msgspec.structs.replace(PATTERN.attack, name=name)


def made(name, games, **more):
    return making.make(ABOUT, attack(name), games, RUN, **more)


def test_a_record_by_hand():
    games = [seen([3, 2, 1, 0], [True, False, True, False], [True, True, False, False])] * 2
    found = made("loss", games, extra={})
    assert found.auc.values == (0.75, 0.75)
    assert found.auc.mean == 0.75
    assert set(found.metrics) == {key for key, metric in METRICS.items() if metric.applies(games)}
    assert (found.verdict(0.98).tp, found.verdict(0.98).fp) == ((1, 1), (1, 1))
    assert found.metrics["tp_at_0.98"].mean == 1
    assert found.metrics["precision_at_0.98"].mean == 0.5
    assert found.metrics["tpr_at_1%_fpr"].values == (None, None)
    assert (found.sweep.tp[0], found.sweep.fp[-1]) == (2, 2)
    assert found.cost.attack_seconds == 1.0
    assert found.scores == tuple([making.digest_of_scores(games[0].scores)] * 2)
    with pytest.raises(ValueError, match="games of loss, got none"):
        made("loss", [], extra={})


def test_a_setting_that_no_record_can_hold_is_refused_at_once():
    for value in (np.int64(3), float("nan"), object(), "a\nb"):
        about = msgspec.structs.replace(
            ABOUT, defense=msgspec.structs.replace(ABOUT.defense, settings={"strength": value})
        )
        with pytest.raises(ValueError):
            making.make(about, attack("loss"), planted(1.0), RUN, extra={})


def test_the_score_histogram_counts_every_record_once_by_hand():
    found = making.score_histogram([seen([0, 0.5, 1], [True, True, False], False), seen([1, 1], [True, False], False)])
    assert sum(found.members) == 3
    assert found.members[0] == 1
    assert found.members[-1] == 1
    assert found.others == (0,) * 39 + (2,)


@pytest.mark.parametrize(
    "scores",
    [
        1e6 + 0.1 * np.arange(400),
        np.tile([1.7e308, -1.7e308], 200),
        np.full(400, 1.7e308),
        np.full(400, -3e-320),
        np.linspace(0, 1e-300, 400),
        np.full(400, 0.1),
        np.repeat([1.0, np.nextafter(1, 2)], 200),
    ],
)
def test_a_histogram_of_any_finite_scores_has_edges_that_rise(scores):
    found = making.score_histogram([seen(scores, np.arange(400) % 2 == 0, False)])
    assert np.isfinite(found.edges).all()
    assert (np.diff(found.edges) > 0).all()
    assert sum(found.members) == sum(found.others) == 200


def test_the_difficulty_histogram_holds_members_alone_split_by_verdict():
    member, claimed = [True, True, True, False], [True, False, False, True]
    found = making.difficulty_histogram([seen([0] * 4, member, claimed, [4.0, 0.0, np.nan, 9.0])])
    assert sum(found.identified) == 1
    assert found.identified[-1] == 1
    assert sum(found.missed) == 1  # the one that no reference model left unseen has no difficulty
    assert found.missed[0] == 1
    assert making.difficulty_histogram([seen([0] * 4, member, claimed)]) is None


def test_comparisons_by_hand():
    member = np.arange(400) < 200
    games = {
        "bad": [seen(np.tile([0.0, 1.0], 200), member, member & (np.arange(400) % 2 == 1))],
        "good": [seen(member.astype(float), member, member)],
    }
    records = [made(name, of, extra={}) for name, of in games.items()]
    found = comparing.compare(records, games)
    assert found.strongest == "good"
    [row] = found.rows
    assert row.attack == "bad"
    assert row.differences["auc"].difference == pytest.approx(-0.5)  # negative: behind
    assert row.differences["auc"].p < 1e-6
    assert row.differences["tp_at_0.98"].difference == -100
    assert comparing.current([found], records) == found


def test_p_is_corrected_for_the_number_of_comparisons():
    rng, first = np.random.default_rng(0), planted(1.0)
    games = {"a": first}
    for name, noise in (("b", 0.5), ("c", 0.6)):
        scores = [g.scores + noise * rng.normal(size=len(g.scores)) for g in first]
        games[name] = [seen(s, g.member, s > 1) for s, g in zip(scores, first, strict=True)]
    records = {name: made(name, of, extra={}) for name, of in games.items()}
    alone = [comparing.compare([records["a"], records[n]], games).rows[0].differences["auc"].p for n in "bc"]
    both = [row.differences["auc"].p for row in comparing.compare(list(records.values()), games).rows]
    assert 1e-6 < min(alone) < 0.5
    assert min(both) == pytest.approx(2 * min(alone), rel=1e-4)
    assert max(both) == pytest.approx(max(*alone, min(both)), rel=1e-4)


def test_records_of_other_games_are_not_compared():
    games = {"a": planted(1.0), "b": planted(0.5)}
    one, two = (made(name, of, extra={}) for name, of in games.items())
    with pytest.raises(ValueError, match="of the same games, got a and b"):
        comparing.compare([one, edited(two, {"games/outputs": "f" * 32})], games)


def test_comparisons_are_renewed_only_where_something_is_new():
    games = {"a": planted(1.0), "b": planted(0.5)}
    records = {name: made(name, of, extra={}) for name, of in games.items()}
    old = comparing.compare(list(records.values()), games)
    unknown = [(r, None) for r in records.values()]
    assert comparing.renewed(unknown, [old]) == [old]
    games["c"] = planted(0.2)
    newcomer = made("c", games["c"], extra={})
    assert comparing.renewed([*unknown, (newcomer, games["c"])], [old]) == []  # what the others said is not known
    known = [(r, games[r.attack.name]) for r in (*records.values(), newcomer)]
    [found] = comparing.renewed(known, [old])
    assert {row.attack for row in found.rows} == {"b", "c"}


class Gap:
    """Mean score of members minus that of others."""

    key, title, unit = "mean_gap", "mean gap", "number"

    def measure(self, played):
        return played.scores[played.member].mean() - played.scores[~played.member].mean()


class Oops(Gap):
    def measure(self, played):
        raise RuntimeError("oops")


def test_a_metric_from_outside_is_a_column_on_board_and_report_and_needs_one_class():
    games = planted(1.0, games=4, n=4000)
    found = made("loss", games, extra={"mean_gap": adopt(Gap)})
    assert found.metrics["mean_gap"].ends[0] == pytest.approx(1.0, abs=0.05)
    cell = "{:.3f} [{:.3f}, {:.3f}]".format(*found.metrics["mean_gap"].ends)
    plain = made("gap", games, extra={})
    board = leaderboard([found, plain])
    head = next(line for line in board.splitlines() if line.startswith("| rank"))
    assert "mean gap" in head
    assert cell in board
    table = attack_table(sections([found, plain])[0], "none")
    place = [c.head for c in table.columns].index("mean gap")
    rows = {row[0]: row[place] for row in table.rows}
    assert rows == {"loss": found.metrics["mean_gap"], "gap": ranking.NOTHING}
    assert "mean gap" not in leaderboard([plain])


def test_a_metric_that_raises_is_named():
    with pytest.raises(ValueError, match="metric mean_gap failed: RuntimeError: oops"):
        made("loss", planted(1.0), extra={"mean_gap": adopt(Oops)})


def test_the_invented_comparisons_are_what_compare_would_call_current():
    records = [record(attack="strong", d=0.9), record(attack="weak", d=0.2)]
    found = compared(records, weak=(-0.1, -0.2, -0.05, 0.001))
    assert comparing.current([found], records) == found
    assert invented.KEYS == comparing.COMPARED


MODULE = '''
from benchmarks.statistics.metric import Metric

class Gap:
    """Mean score of members minus that of others."""

    key, title, unit = "mean_gap", "mean gap", "number"

    def measure(self, played):
        return played.scores[played.member].mean() - played.scores[~played.member].mean()

class Wrong:
    key = "wrong"

TAKEN = Metric("auc", "my AUC", "ratio", lambda played: 0.5)
OWN = Metric("own", "my own", "ratio", lambda played: 0.5)
'''


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A package with a metric, and with one that cannot be used."""
    (tmp_path / "outside_metric.py").write_text(MODULE)
    info = tmp_path / "outside_metric-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: outside_metric\nVersion: 1.0\n")
    points = "gap = outside_metric:Gap\nwrong = outside_metric:Wrong\ngone = outside_gone:Gap\n"
    points += "taken = outside_metric:TAKEN\nown = outside_metric:OWN\n"
    (info / "entry_points.txt").write_text(f"[mia_arena.metrics]\n{points}")
    monkeypatch.syspath_prepend(tmp_path)
    adopting.forget()
    yield
    adopting.forget()


def test_an_installed_metric_is_measured_and_a_broken_one_is_named_and_stops_nobody(package):
    games = planted(1.0)
    found = made("loss", games)
    assert found.outside["mean_gap"].title == "mean gap"
    assert found.outside["mean_gap"].about == "Mean score of members minus that of others."
    assert set(found.metrics) == {*(key for key, of in METRICS.items() if of.applies(games)), "mean_gap", "own"}
    assert found.metrics["auc"] == made("loss", games, extra={}).metrics["auc"]
    said = dict(line.split(" is left out: ", 1) for line in adopting.broken())
    assert set(said) == {"metric wrong", "metric gone", "metric taken"}
    assert "metric auc: there is one of this key already" in said["metric taken"]
    assert "expected title, unit, measure" in said["metric wrong"]
    assert "No module named 'outside_gone'" in said["metric gone"]


@pytest.mark.parametrize(
    ("unit", "value", "words"),
    [
        ("number", float("inf"), "a number has finite values, got inf"),
        ("share", 1.5, "a share has values from 0 to 1, got 1.5"),
        ("ratio", -0.1, "a ratio has values from 0 to 1, got -0.1"),
        ("count", -1.0, "a count has values from 0 to inf, got -1"),
        ("count", float("inf"), "a count has values from 0 to inf, got inf"),
    ],
)
def test_a_metric_out_of_its_unit_is_named_so_that_it_can_be_left_out(unit, value, words):
    metric = adopt(type("Odd", (Gap,), {"key": "odd", "unit": unit, "measure": lambda self, games: value}))
    with pytest.raises(making.MetricError, match=f"^metric odd failed: {words}$"):
        made("loss", planted(1.0), extra={"odd": metric})


@pytest.mark.parametrize(("games", "holds"), [(1, "targets"), (3, "targets"), (4, "population"), (8, "population")])
def test_a_record_and_its_pages_say_for_what_intervals_hold(games, holds):
    found = made("loss", planted(1.0, games), extra={"mean_gap": adopt(Gap)})
    assert {found.metrics[key].holds for key in ("auc", "tpr_at_1%_fpr", "tp_at_0.98")} == {holds}
    plain = msgspec.to_builtins(found)
    assert ("holds" in plain["metrics"]["auc"]) == (holds == "targets")  # a file without the word: the population
    assert msgspec.convert(plain, Record) == found
    text = leaderboard([found])
    assert (provenance.FEW in text) == (holds == "targets")
    gap = found.metrics["mean_gap"]
    assert (gap.mean is None) == (games == 1)
    assert (provenance.SPREAD in text) == (games == 3)
    if games == 3:
        assert "{:.3f} ({:.3f} to {:.3f})".format(*gap.ends) in text
        assert (gap.ends[1], gap.ends[2]) == (min(gap.values), max(gap.values))
    shown = "".join(text for name, text in facts(sections([found])[0]) if name == "intervals")
    assert (provenance.FEW in shown) == (holds == "targets")


def test_a_record_that_holds_for_nobody_knows_what_is_refused():
    with pytest.raises(ValueError, match="holds population or targets or values"):
        Estimate(0.5, 0.4, 0.6, (0.5,), holds="everybody")
