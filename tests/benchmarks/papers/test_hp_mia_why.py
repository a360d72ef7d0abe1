"""Where exclusion pays: quantities by hand, and rules on planted suites. Seconds: 1."""

import numpy as np
import pytest

from benchmarks.papers.hp_mia import why
from benchmarks.papers.hp_mia.paper import PAPER
from benchmarks.papers.hp_mia.settings import SETTINGS
from benchmarks.papers.hp_mia.why import Point, Rule, measured, pays, points_of
from benchmarks.papers.kit.page import table_section


def test_quantities_by_hand():
    s0 = np.array([-0.1, -0.2, -0.3, -4.0, -0.15, -0.25, -3.0, -5.0])
    member = np.array([True] * 4 + [False] * 4)
    hard = np.array([0.1, 0.2, 0.9, 2.0, 0.15, 0.25, 3.0, 4.0])
    found = measured(s0, member, hard, -2.0)
    assert found["remain"] == 3 / 5  # -4 of a member and -3, -5 of others are excluded
    assert found["hard"] == 2 / 4
    assert found["overlap"] == 0.5  # the easy half: -.1, -.2 against -.15, -.25, whose steps differ by 1/2 at most
    assert measured(s0, member, hard, np.nan)["remain"] == 0.5  # nobody is excluded
    assert measured(s0, member, hard, 0.0)["remain"] == 1.0  # everybody is


def run(low, high, suite="letter", synthetic=False, gap=0.1, **values):
    lead = {"difference": (low + high) / 2, "low": low, "high": high}
    named = {"overlap": 0.5, "remain": 0.5, "hard": 0.5, **values}
    return {
        "about": {"suite": suite, "digest": suite, "synthetic": synthetic, "changed": {}, "likelihood": 20},
        "attacks": {},
        "accuracy": {"train": {"mean": 1.0}, "test": {"mean": 1.0 - gap}},
        "auc_lead": {"c-loss": {"difference": 0.5, "low": 0.4, "high": 0.6}, "c-conf": lead},
        "why": {name: [of - 0.1, of + 0.1] for name, of in named.items()},
    }


@pytest.mark.parametrize(
    ("low", "high", "answer"),
    [(0.01, 0.03, True), (-0.02, 0.004, False), (-0.001, 0.02, None), (0.001, 0.004, False)],
)
def test_it_pays_where_the_nearest_attack_is_beaten_by_something(low, high, answer):
    assert pays(run(low, high)) is answer


def test_points_are_of_real_data_that_has_memorised_and_is_decided():
    numbers = {
        "letter": run(0.01, 0.03, gap=0.25, hard=0.7),
        "news20": run(-0.001, 0.02, "news20"),
        "texas100-twin": run(0.01, 0.03, "texas100-twin", True),
    }
    (point,) = points_of(tuple(SETTINGS.values()), numbers)
    assert point.pays
    assert point.values == pytest.approx({"gap": 0.25, "overlap": 0.5, "remain": 0.5, "hard": 0.7})


def points(*planted):
    """(data, gap, pays) each; the other quantities are noise that fits nothing."""
    noise = np.random.default_rng(0).random((len(planted), 3))
    names = ("overlap", "remain", "hard")
    return [
        Point(data, {"gap": gap, **dict(zip(names, of, strict=True))}, answer)
        for (data, gap, answer), of in zip(planted, noise.tolist(), strict=True)
    ]


GAPS = {"a": 0.05, "b": 0.1, "c": 0.15, "d": 0.4, "e": 0.5, "f": 0.6}
PLANTED = tuple((data, gap, gap > 0.3) for data, gap in GAPS.items())


def test_the_planted_rule_is_found_and_holds_on_what_was_left_out():
    found = why.tested(points(*PLANTED))
    assert found.rule.quantity == "gap"
    assert found.rule.above
    assert found.rule.cut == pytest.approx(0.275)
    assert (found.right, found.total) == (6, 6)


def test_one_that_fits_no_rule_is_foretold_wrongly():
    found = why.tested(points(*PLANTED, ("g", 0.55, False)))
    assert found.total == 7
    assert found.right < 7


def test_suites_of_one_data_set_are_left_out_together():
    """The gap foretells two suites of g wrongly; one of them alone would have brought up the rule of the other."""
    level = {"overlap": 0.5, "remain": 0.5}
    hard = (0.0, 0.3, 0.5, 0.55, 0.8, 1.0)
    rest = [Point(d, {**level, "gap": x, "hard": h}, p) for (d, x, p), h in zip(PLANTED, hard, strict=True)]
    one, other = (Point(data, {**level, "gap": 0.01, "hard": 0.9}, True) for data in "gh")
    assert why.tested([*rest, one, one]).right == 4  # neither c nor d, at the ends, can be foretold by the others
    assert why.tested([*rest, one, other]).right == 6


@pytest.mark.parametrize("few", [PLANTED[1:4], [(d, x, True) for d, x, _ in PLANTED], PLANTED[2:]])
def test_too_few_suites_make_no_rule(few):
    assert why.tested(points(*few)) is None


def test_a_rule_reads_its_quantity():
    assert Rule("gap", 0.2, True).says({"gap": 0.3})
    assert not Rule("gap", 0.2, False).says({"gap": 0.3})


def test_the_table_says_what_pays():
    text = table_section(PAPER, "table9", {"letter": run(0.01, 0.03), "news20": run(-0.02, 0.004, "news20")})
    assert "Letter | +0.0200 [+0.0100, +0.0300]: pays | 10.0 % | 50.0 % |" in " ".join(text.split())
    assert "[-0.0200, +0.0040]: does not |" in text
