"""The rules for verdicts, on intervals whose answer is known."""

import pytest

from benchmarks.papers.kit import CONFIRMED, REFUTED, UNDECIDED, Claim, Verdict, above, ahead, below, together, within
from benchmarks.papers.kit.claims import judge


def difference(value, half, p):
    return {"difference": value, "low": value - half, "high": value + half, "p": p}


AHEAD, BEHIND, LEVEL = difference(0.03, 0.01, 1e-9), difference(-0.03, 0.01, 1e-9), difference(0.002, 0.01, 0.7)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ([CONFIRMED, CONFIRMED], CONFIRMED),
        ([CONFIRMED, REFUTED, UNDECIDED], REFUTED),
        ([CONFIRMED, UNDECIDED], UNDECIDED),
        ([], UNDECIDED),
    ],
)
def test_one_refutation_refutes_and_all_must_confirm(words, expected):
    assert together(words) == expected


@pytest.mark.parametrize(
    ("differences", "expected"),
    [([AHEAD, AHEAD], CONFIRMED), ([AHEAD, BEHIND], REFUTED), ([AHEAD, LEVEL], UNDECIDED)],
)
def test_ahead_of_all_behind_one_or_neither(differences, expected):
    assert ahead(differences) == expected


def test_of_four_comparisons_one_just_significant_does_not_refute():
    just = difference(-0.02, 0.019, 0.04)  # its own interval is below 0, Holm's p is 0.16
    assert ahead([just]) == REFUTED
    assert ahead([just, AHEAD, LEVEL, difference(0.01, 0.02, 0.3)]) == UNDECIDED


@pytest.mark.parametrize(
    ("low", "high", "over", "under"),
    [(0.6, 0.7, CONFIRMED, REFUTED), (0.3, 0.4, REFUTED, CONFIRMED), (0.4, 0.6, UNDECIDED, UNDECIDED)],
)
def test_above_and_below_a_bar(low, high, over, under):
    assert above({"low": low, "high": high}, 0.5) == over
    assert below({"low": low, "high": high}, {"low": 0.5, "high": 0.5}) == under


@pytest.mark.parametrize(
    ("change", "expected"),
    [((-0.01, 0.02), CONFIRMED), ((0.06, 0.08), REFUTED), ((-0.09, -0.06), REFUTED), ((0.0, 0.06), UNDECIDED)],
)
def test_within_a_margin_both_ways(change, expected):
    assert within(dict(zip(("low", "high"), change, strict=True)), 0.05) == expected
    assert within(None, 0.05) == UNDECIDED


def test_a_claim_is_judged_where_there_are_numbers_for_it():
    claim = Claim("It leaks.", "Table 1", (), lambda run: Verdict(above(run["auc"], 0.5), "") if "auc" in run else None)
    found = judge(claim, {"a": {"auc": {"low": 0.6, "high": 0.7}}, "b": {}})
    assert {suite: verdict.word for suite, verdict in found.items()} == {"a": CONFIRMED}
