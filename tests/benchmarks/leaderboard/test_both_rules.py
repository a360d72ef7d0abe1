"""The table of both rules: every attack that has conformal verdicts, what it costs, and who has none and why."""

import re

import pytest
from invented import edited, record

from benchmarks.leaderboard.board import leaderboard


def claims(alpha, tp, fp):
    mean = sum(tp) / (sum(tp) + sum(fp)) if sum(tp) else None
    ends = {"mean": mean, "low": mean and mean - 0.1, "high": mean and min(mean + 0.1, 1.0)}
    return {"alpha": alpha, "tp": tp, "fp": fp, "precision": ends}


def table(board):
    part = board.partition("### Both rules\n\n")[2].partition("\n#")[0]
    rows = [[c.strip() for c in line.strip("|").split("|")] for line in part.splitlines() if line.startswith("|")]
    return rows, part


NOBODY = [0, 0]
CLAIMS = [claims(0.9, [30, 50], [3, 5]), claims(0.98, NOBODY, NOBODY), claims(1.0, NOBODY, NOBODY)]
GUARANTEED = {"others": [500, 500], "claims": CLAIMS}


def test_both_rules_stand_side_by_side():
    loss = edited(record(attack="loss", d=0.3, trials=2), {"conformal": GUARANTEED})
    other = edited(record(attack="attack-p", d=0.2, trials=2), {"conformal": "uses the population itself"})
    rows, part = table(leaderboard([loss, other]))
    assert [row[:2] for row in rows[2:]] == [["loss", "0.9"], ["loss", "0.98"]]  # at 1 it claims nobody
    tp = sum(loss.verdict(0.9).tp)
    assert rows[2][2] == str(tp) or rows[2][2] == f"{tp}*"
    assert re.match(r"\d", rows[2][3])
    assert rows[2][4:] == ["80", "90.9 % [80.9, 100.0]"]
    assert rows[3][4:] == ["0", "-"]
    assert "Without conformal verdicts: attack-p (it uses the population itself)." in part


def test_claims_at_a_demand_that_no_board_knows_are_no_record():
    other = {**GUARANTEED, "claims": [*CLAIMS[:1], claims(0.5, [30, 50], [3, 5])]}
    with pytest.raises(ValueError, match=r"expected claims at alpha 0.9, 0.95, 0.98, 1, got 0.5"):
        edited(record(attack="loss", trials=2), {"conformal": other})


def test_a_board_of_records_without_the_rule_is_as_it_was():
    assert "conformal" not in leaderboard([record(attack="loss"), record(attack="gap")]).lower()
