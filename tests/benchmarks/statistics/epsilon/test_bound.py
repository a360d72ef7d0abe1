"""What a bound says of a claim, and which counts are refused."""

import json
from dataclasses import asdict

import numpy as np
import pytest

from benchmarks.statistics.epsilon import Guesses, Rates, f_dp, one_run, rates

BOUND = one_run(Guesses(1000, 100, 95), "black-box")  # 2.165


def test_a_bound_above_the_claim_says_so():
    assert BOUND.above(2.16)
    assert BOUND.beside(1) == (
        "The lower bound 2.165 is above the claimed epsilon 1: "
        "with 0.95 confidence the claim, or one of the assumptions, is wrong."
    )


def test_a_bound_below_the_claim_says_that_it_shows_nothing():
    assert not BOUND.above(2.17)
    assert BOUND.beside(8).endswith("is not above the claimed epsilon 8, which neither refutes nor confirms the claim.")


@pytest.mark.parametrize("claim", [-1, np.nan, np.inf])
def test_a_claim_that_is_none_is_refused(claim):
    with pytest.raises(ValueError, match="claimed epsilon that is finite"):
        BOUND.beside(claim)


def test_a_bound_carries_its_assumptions_as_plain_data():
    made = json.loads(json.dumps(asdict(f_dp(Guesses(*np.array([1000, 100, 80, 7])), "white-box", 1e-6))))
    assert made["assumptions"]["threat"] == "white-box"
    assert made["assumptions"]["observed"] == {"audited": 1000, "made": 100, "right": 80, "tried": 7}
    assert any("coin" in need for need in made["assumptions"]["needs"])
    assert any("Gaussian" in need for need in made["assumptions"]["needs"])
    assert (made["delta"], made["confidence"]) == (1e-6, 0.95)


def test_counts_in_words():
    assert str(Guesses(1000, 100, 95)) == "95 of 100 guesses right, on 1000 records; fixed beforehand"
    assert str(Guesses(9, 8, 7, 3)).endswith("best of 3 numbers of guesses, corrected for")
    assert str(Rates(9, 8, 7, 1)) == "8 of 9 members and 1 of 7 non-members called members"


@pytest.mark.parametrize("counts", [(10, 11, 5), (10, 5, 6), (10, 5, -1), (10, 5, 2, 0), (10, 5, 2.5), (10, 5, None)])
def test_guesses_that_cannot_be_are_refused(counts):
    with pytest.raises(ValueError, match="expected"):
        Guesses(*counts)


@pytest.mark.parametrize(
    "counts", [(0, 0, 5, 1), (5, 1, 0, 0), (5, 6, 5, 1), (5, 1, 5, 6), (5, -1, 5, 1), (5, 1.0, 5, 1)]
)
def test_rates_that_cannot_be_are_refused(counts):
    with pytest.raises(ValueError, match="expected"):
        Rates(*counts)


@pytest.mark.parametrize("bound", [one_run, f_dp, lambda _, *more: rates(Rates(5, 5, 5, 0), *more)])
@pytest.mark.parametrize(("delta", "confidence"), [(-0.1, 0.95), (1.0, 0.95), (np.nan, 0.95), (1e-5, 0.0), (1e-5, 95)])
def test_what_is_no_delta_or_no_confidence_is_refused(bound, delta, confidence):
    with pytest.raises(ValueError, match=r"expected a (delta|confidence)"):
        bound(Guesses(10, 10, 10), "black-box", delta, confidence)
