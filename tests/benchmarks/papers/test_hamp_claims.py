"""Claims about HAMP: verdicts from hand-made numbers, and the choice of the strongest attack."""

import numpy as np
import pytest

from benchmarks.papers.hamp import claims, numbers
from benchmarks.papers.hamp.keeping import completed
from benchmarks.papers.hamp.paper import PAPER
from benchmarks.papers.hamp.settings import ATTACKS_SHOWN, COLUMNS, HAMP, NONE, TITLES
from benchmarks.papers.kit import CONFIRMED, REFUTED, UNDECIDED
from benchmarks.statistics import intervals
from benchmarks.statistics.played import Played


def interval(mean, low, high, holds="population"):
    return {"mean": mean, "low": low, "high": high, "holds": holds}


def defended(rate, correct, tnr=None, **labels):
    attacks = {name.replace("_", "-"): {"tpr": of} for name, of in labels.items()}
    about = {"trials": len(correct), "references": 128}
    return {
        "about": about,
        "leaders": {"tpr": {"of": rate}, "tnr": {"of": tnr or rate}},
        "correct": correct,
        "attacks": attacks,
    }


GOOD = [[90, 100], [91, 100], [89, 100], [90, 100]]
SAME = [[right - 1, of] for right, of in GOOD]  # one point less, of every target
LOW, HIGH = interval(0.01, 0.005, 0.02), interval(0.1, 0.08, 0.12)
WIDE = interval(0.05, 0.0, 0.5)
MIRRORED = {"difference": "difference", "low": "high", "high": "low"}


@pytest.mark.parametrize(("now", "word"), [(LOW, CONFIRMED), (HIGH, UNDECIDED), (interval(0.2, 0.15, 0.3), REFUTED)])
def test_lower_beyond_the_intervals(now, word):
    found = {NONE: defended(HIGH, GOOD), HAMP: defended(now, GOOD)}
    assert claims.lower("tpr", found).word == word
    assert claims.lower("tnr", {HAMP: defended(now, GOOD)}) is None


@pytest.mark.parametrize("row", [NONE, HAMP])
def test_of_one_target_alone_nothing_is_said(row):
    """However far its interval, which is of that target's records, lies from the other."""
    found = {NONE: defended(HIGH, GOOD), HAMP: defended(LOW, GOOD)}
    found[row] = defended(
        interval(*(found[row]["leaders"]["tpr"]["of"][k] for k in ("mean", "low", "high")), "targets"), GOOD
    )
    judged = claims.lower("tpr", found)
    assert (judged.word, judged.open) == (UNDECIDED, ())
    assert (
        judged.why
        == "1.0 % [0.5, 2.0] under HAMP, 10.0 % [8.0, 12.0] undefended; too few targets to say anything of others"
    )


def test_the_difference_of_accuracies_is_paired_by_target():
    """One point less of every target: the targets' own scatter of .8 points does not count."""
    found = claims.difference(defended(LOW, SAME), defended(LOW, GOOD))
    assert found == pytest.approx({"difference": -0.01, "low": -0.01, "high": -0.01})
    shares = np.array([0.02, 0.0, 0.01, 0.01])
    other = [[right + 100 * d, of] for (right, of), d in zip(GOOD, shares, strict=True)]
    found = claims.difference(defended(LOW, other), defended(LOW, GOOD))
    half = 3.182446305 * shares.std(ddof=1) / 2  # Student's, 3 degrees of freedom
    assert found == pytest.approx({"difference": 0.01, "low": 0.01 - half, "high": 0.01 + half}, rel=1e-6)
    assert claims.difference(defended(LOW, GOOD[:3]), defended(LOW, GOOD[:3])) is None


def test_the_difference_is_that_over_the_first_targets_which_both_have():
    more = [*GOOD, [10, 100], [20, 100]]
    found = claims.difference(defended(LOW, SAME), defended(LOW, more))
    assert found == pytest.approx({"difference": -0.01, "low": -0.01, "high": -0.01})
    assert claims.difference(defended(LOW, SAME[:3]), defended(LOW, more)) is None
    lost = defended(LOW, more) | {"about": {"trials": 7}}  # which of the seven, nobody knows
    assert claims.difference(defended(LOW, SAME), lost) is None


def test_the_difference_knows_the_records_that_all_targets_share():
    """All four targets miss the same one record of ten: nothing scatters, and yet another ten may hold none of it."""
    right = {HAMP: ["0111111111"] * 4, NONE: ["1111111111"] * 4}
    rows = {row: defended(LOW, [[of.count("1"), 10] for of in lines]) for row, lines in right.items()}
    found = claims.difference(*(rows[row] | {"right": right[row]} for row in (HAMP, NONE)))
    half = 1.959963985 * ((1 + 2 - 1 / 12) / 12**2) ** 0.5  # of one target; four that err alike tell no more
    assert found == pytest.approx({"difference": -0.1, "low": -0.1 - half, "high": -0.1 + half})
    assert claims.difference(rows[HAMP], rows[NONE]) == pytest.approx({"difference": -0.1, "low": -0.1, "high": -0.1})


@pytest.mark.parametrize(("loss", "word"), [(0, CONFIRMED), (2, REFUTED)])
def test_half_a_point_of_accuracy(loss, word):
    worse = [[right - loss, of] for right, of in GOOD]
    assert claims.cheap({NONE: defended(LOW, GOOD), HAMP: defended(LOW, worse)}).word == word


def test_a_rival_that_is_better_refutes_and_one_that_is_level_leaves_it_open():
    hamp, level = defended(LOW, SAME), defended(WIDE, SAME)
    worse, better = defended(HIGH, SAME), defended(LOW, GOOD)
    assert claims.better({HAMP: hamp}) is None
    assert claims.better({NONE: worse, HAMP: hamp, "DMP": worse}).word == CONFIRMED
    assert claims.better({HAMP: hamp, "DMP": level}).word == UNDECIDED
    found = claims.better({HAMP: hamp, "DMP": worse, "SELENA": better, f"{HAMP}, output alone": better})
    assert (found.word, found.why) == (REFUTED, "better than DMP; worse than SELENA")


def test_better_is_said_of_all_three_numbers_and_not_of_an_attack_less():
    hamp = defended(LOW, SAME, gap=LOW)
    assert claims.dominates(hamp, defended(HIGH, SAME, gap=LOW))
    assert not claims.dominates(hamp, defended(HIGH, SAME, tnr=interval(0.001, 0.0, 0.004), gap=LOW))
    assert not claims.dominates(hamp, defended(HIGH, SAME, gap=LOW, label_regression_flips=LOW))  # asked of it alone
    assert not claims.dominates(hamp, defended(HIGH, GOOD, gap=LOW))


def test_a_rival_that_fewer_attacks_asked_is_named_apart():
    found = claims.better(
        {HAMP: defended(LOW, SAME, gap=LOW), "DMP": defended(LOW, GOOD), "SELENA": defended(LOW, SAME, gap=LOW)}
    )
    assert found.word == UNDECIDED
    assert found.why == "neither better nor worse than SELENA; open, as less is known of them: DMP"


def test_no_further_attack_makes_one_of_two_better_that_lead_in_one_number_each():
    """HAMP is less accurate, and gives away less: an attack that did not ask the rival could only widen that."""
    hamp, rival = defended(LOW, SAME, gap=LOW), defended(HIGH, GOOD)
    assert claims.better({HAMP: hamp, "DMP": rival}).why == "neither better nor worse than DMP"


def test_that_it_is_worse_takes_no_correction():
    """Of 50 comparisons, 2 points less of accuracy are not sure; but they are not nothing, either."""
    shares = np.array([0.03, 0.01, 0.02, 0.02])
    more = [[right + 100 * d, of] for (right, of), d in zip(GOOD, shares, strict=True)]
    hamp, rival = defended(LOW, GOOD), defended(HIGH, more)
    assert claims.difference(hamp, rival)["high"] < 0 < claims.difference(hamp, rival, 50)["high"]
    assert not claims.dominates(hamp, rival, 50)


def test_that_it_is_worse_asks_the_difference_and_not_whether_intervals_overlap():
    """As the interval of a difference by Zou and Donner, by hand."""
    more, less = interval(0.04, 0.02, 0.055), interval(0.012, 0.004, 0.024)
    found = claims.apart_by(more, less)
    assert found["difference"] == pytest.approx(0.028)
    assert found["low"] == pytest.approx(0.028 - (0.02**2 + 0.012**2) ** 0.5)
    assert found["high"] == pytest.approx(0.028 + (0.015**2 + 0.008**2) ** 0.5)
    assert more["low"] < less["high"]  # they overlap, and yet the difference lies above 0
    accurate, private = defended(more, GOOD), defended(less, SAME)
    assert not claims.dominates(accurate, private)
    assert not claims.dominates(private, accurate)
    assert claims.dominates(accurate, defended(interval(0.03, 0.01, 0.05), SAME))
    assert claims.apart_by(less, more) == pytest.approx({k: -found[o] for k, o in MIRRORED.items()})


def fewer(of, references, rate):
    leaders = {key: {"of": rate} for key in ("tpr", "tnr")}
    return of | {"fewer": {"references": references, "leaders": leaders}}


def test_both_are_compared_with_as_many_reference_models():
    """A rival that was attacked with fewer is not called better for that: HAMP's rates with as many stand beside it."""
    rival = defended(LOW, SAME)
    rival["about"]["references"] = 32
    hamp = defended(HIGH, SAME)
    assert not claims.dominates(rival, hamp)  # with how many HAMP gives away so much, nobody knows
    assert claims.better({HAMP: hamp, "SELENA": rival}).why == "open, as less is known of them: SELENA"
    assert not claims.dominates(rival, fewer(hamp, 64, HIGH))
    assert not claims.dominates(rival, fewer(hamp, 32, LOW))
    assert claims.dominates(rival, fewer(hamp, 32, HIGH))
    assert claims.dominates(fewer(hamp, 32, LOW), rival | {"leaders": defended(HIGH, SAME)["leaders"]})


def test_of_fewer_than_four_targets_none_is_better():
    assert not claims.dominates(defended(LOW, GOOD[:3]), defended(HIGH, GOOD[:3]))


def test_a_difference_among_several_has_a_wider_interval():
    shares = np.array([0.02, 0.0, 0.01, 0.01])
    other = [[right + 100 * d, of] for (right, of), d in zip(GOOD, shares, strict=True)]
    one, ten = (claims.difference(defended(LOW, other), defended(LOW, GOOD), n) for n in (1, 10))
    half = 7.453318 * shares.std(ddof=1) / 2  # Student's point of .0025, 3 degrees of freedom
    assert (ten["high"] - ten["low"]) / 2 == pytest.approx(half, rel=1e-5)
    assert one["high"] - one["low"] < ten["high"] - ten["low"]


def test_attacks_on_labels_fail_or_do_not():
    few, many = interval(0.001, 0.0, 0.004), interval(0.2, 0.1, 0.3)
    assert claims.labels_fail({HAMP: defended(LOW, GOOD, gap=few, label_regression=few)}).word == CONFIRMED
    found = claims.labels_fail({HAMP: defended(LOW, GOOD, gap=few, label_regression_flips=many)})
    assert found.word == REFUTED
    assert "label-regression-flips" in found.why
    alone = interval(0.2, 0.1, 0.3, "targets")
    assert claims.labels_fail({HAMP: defended(LOW, GOOD, label_regression=alone)}).word == UNDECIDED


FEW, MANY, OPEN = interval(0.001, 0.0, 0.004), interval(0.2, 0.1, 0.3), interval(0.012, 0.005, 0.02)


@pytest.mark.parametrize("named", [FEW, OPEN])
def test_only_the_attack_that_was_named_beforehand_refutes_that_attacks_on_labels_fail(named):
    """The others are several: one of them is above 1 % by chance more often than one alone is."""
    found = claims.labels_fail({HAMP: defended(LOW, GOOD, gap=OPEN, label_flips=MANY, label_regression_flips=named)})
    assert found.word == UNDECIDED
    assert found.why.endswith("by label-regression-flips; 20.0 % [10.0, 30.0] by label-flips, the strongest")
    assert [of.what for of in found.open] == ["the TPR of label-regression-flips"] * (named is OPEN)
    found = claims.labels_fail({HAMP: defended(LOW, GOOD, label_flips=MANY, label_regression_flips=MANY)})
    assert found.word == REFUTED


def test_where_a_data_set_has_both_of_the_named_attacks_both_must_refute():
    both = {"label_regression": MANY, "label_regression_flips": MANY}
    assert claims.labels_fail({HAMP: defended(LOW, GOOD, gap=FEW, **both)}).word == REFUTED
    both["label_regression"] = FEW
    assert claims.labels_fail({HAMP: defended(LOW, GOOD, gap=FEW, **both)}).word == UNDECIDED


def test_an_attack_on_labels_that_is_open_leaves_it_open():
    found = claims.labels_fail({HAMP: defended(LOW, GOOD, gap=OPEN, label_regression=FEW)})
    assert (found.word, [of.what for of in found.open]) == (UNDECIDED, ["the TPR of gap"])


def test_without_an_attack_that_learns_of_each_record_nothing_is_said_of_labels():
    few = interval(0.001, 0.0, 0.004)
    assert claims.labels_fail({HAMP: defended(LOW, GOOD, gap=few, label_noise=few)}) is None
    assert claims.labels_fail({HAMP: defended(LOW, GOOD)}) is None


def played(scores, member):
    empty = np.zeros((1, len(member)), bool)
    return Played(member, np.asarray(scores, float), empty, np.zeros(1), 0.0, None, (0.9,))


def test_the_strongest_attack_is_chosen_on_the_other_targets():
    """Each of two attacks shines on one target alone: chosen there, the best would find everybody on both."""
    member = np.arange(2000) < 1000
    right, noise = member.astype(float), np.random.default_rng(0).random(2000)
    said = {"a": [played(right, member), played(noise, member)], "b": [played(noise, member), played(right, member)]}
    found = numbers._leader(said, 1)
    assert found["chosen"] == ["b", "a"]
    assert found["of"]["mean"] < 0.05
    alone = numbers._leader({name: of[:1] for name, of in said.items()}, 1)
    assert alone["chosen"] == ["a"]
    assert alone["of"]["mean"] > 0.9


def test_a_rate_of_false_negatives_is_that_of_negated_scores():
    rng = np.random.default_rng(1)
    member = np.arange(4000) < 2000
    game = played(rng.normal(size=4000) + 2.5 * member, member)
    swapped = played(-game.scores, ~member)
    assert numbers.rate([game], -1).mean == pytest.approx(numbers.rate([swapped], 1).mean)
    places = intervals.Places.of(game.scores, member)
    exact = np.mean(game.scores[member] >= np.sort(game.scores[~member])[-2])  # one or two false positives of 2,000
    assert numbers.rate([game], 1).mean == pytest.approx(exact, abs=0.05)
    assert places.members == 2000


def test_the_evaluation_has_every_row_once_and_known_names():
    for column in COLUMNS:
        titles = [title for title, _ in column.rows]
        assert len(set(titles)) == len(titles)
        assert {NONE, HAMP} <= {*titles}
    assert {*TITLES} <= {*ATTACKS_SHOWN}
    assert len(PAPER.claims) == 5


def rates(tpr, tnr):
    return {"tpr": interval(tpr, tpr, tpr), "tnr": interval(tnr, tnr, tnr)}


def rated(leader, **attacks):
    of = {key: {"of": leader[key], "chosen": ["base", "loss"]} for key in ("tpr", "tnr")}
    return {"leaders": of, "attacks": {name.replace("_", "-"): each for name, each in attacks.items()}}


def test_what_labels_give_away_is_the_same_where_every_label_is_kept():
    """Of MemGuard alone: an attack that did not ask it has the undefended model's rates, the strongest of them too."""
    none = rated(rates(0.5, 0.5), base=rates(0.5, 0.5), gap=rates(0.4, 0.4), label_flips=rates(0.2, 0.3))
    guarded = rated(rates(0.1, 0.35), base=rates(0.1, 0.35), gap=rates(0.09, 0.01))
    found = completed({NONE: none, "MemGuard": guarded, "DMP": guarded})
    assert (found[NONE], found["DMP"]) == (none, guarded)
    made = found["MemGuard"]
    assert made["attacks"] == guarded["attacks"] | {"label-flips": rates(0.2, 0.3)}
    assert made["leaders"]["tpr"] == {"of": interval(0.2, 0.2, 0.2), "chosen": ["label-flips"]}
    assert made["leaders"]["tnr"] == guarded["leaders"]["tnr"]
    assert completed({"MemGuard": guarded}) == {"MemGuard": guarded}
