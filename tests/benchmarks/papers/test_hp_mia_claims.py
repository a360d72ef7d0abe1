"""Verdicts follow from numbers: hand-made ones whose answer is known."""

import pytest

from benchmarks.papers.hp_mia import claims
from benchmarks.papers.hp_mia.paper import PAPER
from benchmarks.papers.hp_mia.settings import NOT_MEMORISED, undecided
from benchmarks.papers.kit import CONFIRMED, REFUTED, UNDECIDED
from benchmarks.papers.kit import page as sections


def interval(mean, half=0.01):
    return {"mean": mean, "low": max(mean - half, 0.0), "high": min(mean + half, 1.0)}


def difference(value, half, p):
    return {"difference": value, "low": value - half, "high": value + half, "p": p}


AHEAD, BEHIND, LEVEL = difference(0.03, 0.01, 1e-9), difference(-0.03, 0.01, 1e-9), difference(0.002, 0.01, 0.7)
NOBODY = {"mean": None, "low": None, "high": None}


@pytest.mark.parametrize(
    ("found", "own", "other", "expected"),
    [
        (difference(50, 10, 1e-9), 0.95, 0.955, CONFIRMED),
        (difference(50, 10, 1e-9), 0.97, 0.90, CONFIRMED),  # more, and more precise
        (difference(50, 10, 1e-9), 0.90, 0.97, UNDECIDED),  # more, at a lower precision: not alike
        (difference(-50, 10, 1e-9), 0.95, 0.955, REFUTED),
        (difference(-50, 10, 1e-9), 0.97, 0.90, UNDECIDED),  # fewer, at a higher precision: not alike
        (difference(5, 10, 0.3), 0.95, 0.95, UNDECIDED),
    ],
)
def test_more_members_at_like_precision(found, own, other, expected):
    assert claims.more_at_like_precision([found], [(interval(own), interval(other))]) == expected


def test_nobody_claimed_is_at_no_other_precision():
    assert claims.more_at_like_precision([difference(50, 10, 1e-9)], [(interval(0.9), NOBODY)]) == CONFIRMED


@pytest.mark.parametrize(
    ("precisions", "expected"),
    [
        ([interval(0.55), interval(0.8), NOBODY], CONFIRMED),
        ([interval(0.55), interval(0.95)], REFUTED),
        ([interval(0.55), interval(0.895)], UNDECIDED),
    ],
)
def test_out_of_reach(precisions, expected):
    assert claims.out_of_reach(precisions) == expected


@pytest.mark.parametrize(("later", "expected"), [(0.05, CONFIRMED), (0.3, REFUTED), (0.1, UNDECIDED)])
def test_recall_falls_below_half(later, expected):
    assert claims.falls(interval(0.2), interval(later)) == expected


@pytest.mark.parametrize(
    ("low", "high", "expected"), [(0, 0.0005, CONFIRMED), (0.002, 0.003, REFUTED), (0.0005, 0.002, UNDECIDED)]
)
def test_none_are_left(low, high, expected):
    assert claims.none_left({"mean": (low + high) / 2, "low": low, "high": high}) == expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ([difference(0.01, 0.02, 1), difference(-0.01, 0.02, 1)], CONFIRMED),
        ([difference(0.01, 0.02, 1), difference(-0.08, 0.02, 1)], REFUTED),
        ([difference(0.04, 0.02, 1)], UNDECIDED),  # the margin lies inside
        ([difference(0.01, 0.02, 1), None], UNDECIDED),
    ],
)
def test_precision_barely_moves(changes, expected):
    assert claims.steady(changes) == expected


@pytest.mark.parametrize(("mean", "expected"), [(0.6, CONFIRMED), (0.4, REFUTED), (0.505, UNDECIDED)])
def test_identified_members_are_the_hard_ones(mean, expected):
    assert claims.harder(interval(mean)) == expected


def attack(auc, tp, precision):
    verdict = {"tp": tp, "fp": [0, 0], "members": 24000, "reached": True}
    verdict |= {"precision": interval(precision), "recall": interval(sum(tp) / 24000, 0.001)}
    return {"auc": interval(auc), "verdicts": dict.fromkeys(("0.9", "0.98", "1"), verdict)}


def numbers(lead):
    """The numbers of a suite in which two-stage is `lead` (a difference) ahead of every other attack."""
    about = {"suite": "mnist", "epochs": 100, "references": 20, "likelihood": 20, "trials": 2, "part": 12000}
    about |= {"precision": "mixed", "changed": {}, "synthetic": False, "models": 22, "seconds": 60.0, "device": "CPU"}
    about |= {"digest": "0" * 64, "seed": 0}
    others = ("c-loss", "c-conf", "lira-offline", "attack-r", "loss", "conf", "mentr", "two-stage-lira")
    counts = difference(1000 * lead["difference"], 1000 * (lead["high"] - lead["difference"]), lead["p"])
    rows = [
        {"references": r, "tp": [30, 30], "precision": interval(0.9), "precision_change": lead, "more_than_one": lead}
        for r in (1, 2, 3)
    ]
    return {
        "about": about,
        "accuracy": {"train": interval(1.0), "test": interval(0.98)},
        "attacks": {**{a: attack(0.52, [20, 24], 0.6) for a in others}, "two-stage": attack(0.54, [30, 31], 0.6)},
        "auc_lead": dict.fromkeys(others[:4], lead),
        "tp_lead": {alpha: dict.fromkeys(others[:3], counts) for alpha in ("0.98", "1")},
        "by_references": rows,
        "difficulty": {"harder": interval(0.5 + lead["difference"])},
    }


@pytest.mark.parametrize(("lead", "word"), [(AHEAD, CONFIRMED), (BEHIND, REFUTED), (LEVEL, UNDECIDED)])
def test_the_page_says_what_the_numbers_say(lead, word):
    text = PAPER.page({"mnist": numbers(lead)}, [])
    rows = [line for line in text.splitlines() if line.startswith(("| 1 ", "| 2 ", "| 5 ", "| 6 "))]
    assert len(rows) == 4
    for row in rows:
        assert row.count(word) == 1  # over the paper's data
        assert row.count("**") == 2  # of further data, none of which was run, there is no column
    mnist = next(line for line in text.splitlines() if line.startswith("| MNIST ") and line.count("|") == 8)
    assert mnist.split("|")[2].strip() == word
    assert mnist.count(word) == (5 if word == CONFIRMED else 4)  # claim 3 is confirmed by all three, 4 was not run
    assert f"**{word}**: claims 1, 2" in text
    assert "17 / 22 [" in text  # Table 2, C-Loss on MNIST: the paper's TP and the mean of 20 and 24
    assert "0.5027 / 0.5200 [0.5100, 0.5300]" in text
    assert "98.69 % / 98.0 % [97.0, 99.0]" in text
    assert "20 references for offline LiRA and Ye et al. instead of 100" in text


def unlearnt(suite, lead, train):
    """The same numbers of a suite whose targets are right on `train` of their records."""
    run = numbers(lead)
    run["about"]["suite"] = suite
    run["accuracy"]["train"] = interval(train)
    return run


@pytest.mark.parametrize(
    ("suite", "train", "why"),
    [
        ("mnist", 0.9901, ""),  # the paper's 100 %, less a point
        ("mnist", 0.9899, NOT_MEMORISED),
        ("cifar10_wrn", 0.9854, ""),  # 99.53 %
        ("cifar10_wrn", 0.9852, NOT_MEMORISED),
        ("texas100-twin", 0.9793, NOT_MEMORISED),  # as the real set: 98.94 %
        ("mnist-quarter", 0.9899, NOT_MEMORISED),
        ("letter", 0.5, ""),  # the paper has none
    ],
)
def test_what_has_not_the_papers_train_accuracy_decides_nothing(suite, train, why):
    assert undecided(suite, unlearnt(suite, AHEAD, train)) == why


def test_models_that_have_not_memorised_are_marked_and_decide_no_claim_and_no_cell():
    run = unlearnt("cifar10_wrn", BEHIND, 0.5)
    for claim in PAPER.claims:
        found = claim.judge(run)
        assert found is None or found.word == NOT_MEMORISED
    text = PAPER.page({"mnist": numbers(AHEAD), "cifar10_wrn": run}, [])
    assert "- On the paper's data sets (MNIST; not memorised, and not counted: CIFAR10-W; not run: " in text
    assert "**confirmed**: claims 1, 2, 3, 5, 6;" in text
    for name in ("table2", "table3", "table4", "table5"):
        first = sections.table_section(PAPER, name, {"cifar10_wrn": run}).split("\n\n")[1]
        head, _, *rows = first.splitlines()
        assert head.endswith("CIFAR10-W (not memorised) |")
        assert len(rows) >= 3
        assert all(row.endswith("/ not memorised |") for row in rows)
    assert "CIFAR10-W (not memorised)" in sections.table_section(PAPER, "table1", {"cifar10_wrn": run})
    assert "99.53 % / 50.0 %" in sections.table_section(PAPER, "table1", {"cifar10_wrn": run})


def test_the_page_says_undecided_where_too_few_suites_make_a_rule():
    text = " ".join(PAPER.page({"mnist": numbers(AHEAD)}, []).split())
    assert "**Undecided**: a rule needs 5 data sets of real records" in text
    assert "Decided are 0 data sets; exclusion pays on 0 suites, and does not on 0." in text  # nothing was measured


def test_no_table_of_the_page_is_wider_than_a_name_and_six_columns():
    text = PAPER.page({"mnist": numbers(AHEAD), "letter": unlearnt("letter", AHEAD, 1.0)}, [])
    assert max(line.count("|") - 1 for line in text.splitlines() if line.startswith("|")) == 7


def test_what_was_not_run_is_never_a_number():
    text = PAPER.page({}, [])
    assert "70.61 % / not run" in text
    assert "Left out: MNIST not run." in text
    assert "confirmed**" not in text


def test_a_reduction_stands_in_every_table():
    reduced = numbers(AHEAD)
    reduced["about"]["changed"] = {"epochs": [100, 7]}
    for name in ("table1", "table2", "table3", "table4", "table5"):
        assert "MNIST: epochs 7 instead of 100" in sections.table_section(PAPER, name, {"mnist": reduced})


def test_what_is_reduced_is_marked_and_decides_nothing_over_all():
    reduced = numbers(BEHIND)
    reduced["about"] |= {"changed": {"references": [20, 4]}, "likelihood": 4}
    text = PAPER.page({"mnist": numbers(AHEAD), "cifar10_wrn": reduced}, [])
    assert "- On the paper's data sets (MNIST; reduced, and not counted: CIFAR10-W; not run: " in text
    assert "**confirmed**: claims 1, 2, 3, 5, 6;" in text
    assert "CIFAR10-W: **refuted**" in text
    assert "CIFAR10-W (reduced)" in sections.verdicts(PAPER, {"cifar10_wrn": reduced})
    assert "CIFAR10-W (reduced)" in sections.table_section(PAPER, "table4", {"cifar10_wrn": reduced})
    assert "MNIST (reduced)" not in text


def test_the_commands_make_these_numbers_and_train_nothing_else():
    small, whole = numbers(AHEAD), numbers(AHEAD)
    small["about"] |= {"changed": {"epochs": [200, 5], "references": [60, 4]}, "likelihood": 4}
    whole["about"] |= {"changed": {"trials": [2, 6]}}
    first, second = sections.commands(PAPER, {"mnist": whole, "cifar10_alexnet": small})
    start = "python -m benchmarks.reproduce hp-mia --suites"
    changes = "--change cifar10_alexnet:epochs=5 cifar10_alexnet:references=4"
    assert first.startswith(f"{start} cifar10_alexnet {changes} --only table1 ")
    only = first.partition(" --only ")[2].removesuffix(" --data DIR").split()
    assert not {"table6", "figure10", "figure11"} & set(only)
    every = {m for part in PAPER.parts.values() if "cifar10_alexnet" in part.suites for m in part.measures}
    assert {m for name in only for m in PAPER.parts[name].measures} == every - {"lambdas"}
    assert len(only) <= len(every)  # no part that shows nothing new
    assert second == f"{start} mnist --change mnist:trials=6 mnist:lira_references=20 --data DIR"
    assert sections.commands(PAPER, {"mnist": whole}) == [second]
    quarter = numbers(AHEAD)
    quarter["about"] |= {"likelihood": 100}
    assert sections.commands(
        PAPER, {"mnist": whole, "mnist-quarter": quarter}
    ) == [  # what has 100 references keeps them
        f"{start} mnist mnist-quarter --change mnist:trials=6 mnist:lira_references=20 --data DIR"
    ]
