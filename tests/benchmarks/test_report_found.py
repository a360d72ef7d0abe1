"""Who is found by which attack, worked by hand, and on the page from the games that lie beside records."""

import numpy as np
import pytest
from invented import edited, record
from test_report import Seen

from benchmarks.report import found
from benchmarks.report.__main__ import main
from benchmarks.results import writing
from benchmarks.statistics.played import ALPHAS, Played

OTHERS = np.arange(100) / 100.0  # non-members' scores: 1 % of them, the greatest, is .99


def game(*members):
    """A game of 100 non-members, whose scores are 0 to .99, and of members with these scores, which come first."""
    scores = np.concatenate([members, OTHERS])
    member = np.arange(len(scores)) < len(members)
    verdicts = np.zeros((len(ALPHAS), len(scores)), bool)
    return Played(member, scores, verdicts, np.full(len(ALPHAS), np.nan), 0.1, alphas=ALPHAS)


@pytest.fixture
def three():
    """Three attacks in two games of two members: a finds 1 + 2, b 1 + 1, c nobody."""
    a = [game(2.0, 0.5), game(2.0, 2.0)]
    b = [game(2.0, 0.98), game(0.5, 2.0)]
    c = [game(0.98, 0.1), game(0.5, 0.98)]
    return found.of([("a", a), ("b", b), ("c", c)])


def test_a_member_is_found_above_all_but_one_percent_of_the_others(three):
    assert three.hits.astype(int).tolist() == [[1, 0, 1, 1], [1, 0, 0, 1], [0, 0, 0, 0]]
    ties = found.of([("a", [game(0.98, 0.985)]), ("b", [game(0.98, 0.99)])])
    assert ties.hits.tolist() == [[False, True], [False, True]]  # the second greatest of 100 must be exceeded


def test_overlap_is_the_share_of_either_that_both_find(three):
    assert three.shared[0, :2].tolist() == [1.0, pytest.approx(2 / 3)]
    assert np.isnan(three.shared[2, 2])
    assert three.shared[0, 2] == 0
    assert np.array_equal(three.shared, three.shared.T, equal_nan=True)


def test_who_is_found_alone_and_how_often(three):
    assert three.by.tolist() == [2, 0, 1, 2]
    assert three.alone.tolist() == [1, 0, 0]


def test_the_most_exposed_come_first_and_nobody_who_is_not_found(three):
    """Both that two attacks find; of these the second game's scores above more: its c is .98, as the first's."""
    assert [(three.game[i], three.row[i]) for i in three.exposed] == [(0, 0), (1, 1), (1, 0)]
    assert three.standing[0].tolist() == [1.0, 0.505, 1.0, 1.0]  # .5 is above 50 and ties with one


def test_games_of_other_members_are_refused():
    with pytest.raises(ValueError, match="the same members in the games of a and b"):
        found.of([("a", [game(1.0, 2.0)]), ("b", [game(1.0)])])


def test_the_page_shows_who_is_found_where_games_are_kept(tmp_path):
    import hashlib

    for attack, members in (("one", (2.0, 0.5)), ("two", (2.0, 2.0))):
        played = game(*members)
        made = edited(
            record(attack=attack, trials=1),
            {
                "scores": [hashlib.sha256(played.all_scores.tobytes()).hexdigest()[:32]],
                **{f"verdicts/{i}/{k}": [0] for i in range(len(ALPHAS)) for k in ("tp", "fp")},
                **{f"verdicts/{i}/rehearsed_precision": [None] for i in range(len(ALPHAS))},
            },
        )
        (tmp_path / "in" / "records").mkdir(parents=True, exist_ok=True)
        writing.write(made, [played], tmp_path / "in" / "records")
    assert main([str(tmp_path / "in"), "--output", str(tmp_path / "out")]) == 0
    text = Seen((tmp_path / "out" / "report.html").read_text()).text
    assert "Who is found by which attack" in text
    assert "game 0, record 0" in text
    table = (tmp_path / "out" / "tables" / "digits--found--none.csv").read_text().splitlines()
    assert {line.split(",")[0]: line.split(",")[1:3] for line in table[1:]} == {
        "one": ["0.5", "0"],
        "two": ["1.0", "1"],
    }
    next((tmp_path / "in" / "records").glob("*one.npz")).write_bytes(b"damaged")
    assert main([str(tmp_path / "in"), "--output", str(tmp_path / "out")]) == 2
