"""p-values and claims of the conformal rule against naive loops; its false discovery rate in 1,000 simulations."""

from fractions import Fraction

import numpy as np
import pytest
from scipy.stats import false_discovery_control

from benchmarks.statistics.conformal import DRAWS, Conformal, claimed, p_values, precision

SIMULATIONS = 1000


def naive_p_values(scores, others):
    return [(1 + sum(z >= s for z in others)) / (len(others) + 1) for s in scores]


def naive_claims(p, alpha):
    """Benjamini and Hochberg (1995), as they put it: the greatest k with p_(k) <= k q / n, in exact fractions."""
    q, ordered, best = 1 - Fraction(str(alpha)), sorted(p), None
    for k, value in enumerate(ordered, 1):
        if value <= k * q / len(p):
            best = value
    return [best is not None and value <= best for value in p]


def test_p_values_are_those_of_a_naive_loop():
    rng = np.random.default_rng(0)
    for n, m in ((1, 1), (7, 3), (40, 25)):
        for scores, others in ((rng.normal(size=n), rng.normal(size=m)), (rng.integers(4, size=n), np.arange(m) % 4)):
            np.testing.assert_array_equal(p_values(scores, others), naive_p_values(scores, others))


def test_a_hand_worked_case():
    p = p_values(np.array([5.0, 2.0, 3.0, 0.0]), np.array([1.0, 2.0, 3.0, 4.0]))
    np.testing.assert_allclose(p, [0.2, 0.8, 0.6, 1.0])
    # n = 4: p_(1) = .2 <= q / 4 from q = .8 on; p_(2) = .6 <= 2 q / 4 never; p_(3) = .8 <= 3 q / 4 never
    assert claimed(p, np.array([0.5, 0.2])).tolist() == [[False] * 4, [True, False, False, False]]


@pytest.mark.parametrize("m", [9, 99, 199])
def test_claims_are_those_of_a_naive_loop(m):
    rng = np.random.default_rng(m)
    alphas = (0.5, 0.8, 0.9, 0.95, 0.98, 1.0)
    for _ in range(40):
        n = int(rng.integers(1, 60))
        ranks = np.where(rng.random(n) < 0.5, rng.integers(1, 4, size=n), rng.integers(1, m + 2, size=n))
        made = claimed(ranks / (m + 1), np.array(alphas))
        exact = [Fraction(int(r), m + 1) for r in ranks]
        np.testing.assert_array_equal(made, [naive_claims(exact, alpha) for alpha in alphas])
    assert not made[-1].any()  # no demand for no false claim at all is kept by ranks


def test_claims_are_those_of_scipy():
    p = np.random.default_rng(1).random(500) ** 3
    for alpha in (0.5, 0.9):
        np.testing.assert_array_equal(claimed(p, np.array([alpha]))[0], false_discovery_control(p) <= 1 - alpha)


def test_the_whole_boundary_is_claimed():
    assert claimed(np.full(1, 1 / 50), np.array([0.98])).all()  # equal, although 1 - .98 is none of .02 in binary
    assert claimed(np.full(3, 0.1), np.array([0.9])).all()
    assert not claimed(np.full(3, 0.1001), np.array([0.9])).any()


def independent(rng, n, m):
    """Members' scores N(3, 1), others' N(0, 1)."""
    scores, member = rng.normal(size=n), np.arange(n) < n // 2
    return scores + 3 * member, rng.normal(size=m), member


def tied(rng, n, m):
    scores, others, member = independent(rng, n, m)
    return np.round(2 * scores), np.round(2 * others), member


def dependent(rng, n, m):
    """All scores of a game move together, in place and spread, as those of one target do."""
    scores, others, member = independent(rng, n, m)
    shift, spread = 2 * rng.normal(), np.exp(rng.normal())
    return spread * scores + shift, spread * others + shift, member


ALPHAS = (0.5, 0.9, 0.98)


def false_shares(draw, n, m, rule=p_values):
    """FDP (S, A), 0 where nobody is claimed, and the claims (S, A)."""
    rng, found = np.random.default_rng(7), []
    for _ in range(SIMULATIONS):
        scores, others, member = draw(rng, n, m)
        claims = claimed(rule(scores, others), np.array(ALPHAS))
        found.append((claims[:, ~member].sum(1) / np.maximum(claims.sum(1), 1), claims.sum(1)))
    return tuple(np.array(of) for of in zip(*found, strict=True))


@pytest.mark.parametrize("draw", [independent, tied, dependent])
def test_the_false_discovery_rate_keeps_its_bound(draw):
    shares, claims = false_shares(draw, 200, 1000)
    bound = 1 - np.array(ALPHAS)
    error = shares.std(0) / SIMULATIONS**0.5
    assert (shares.mean(0) <= bound + 2 * error).all()  # it is half the bound: half of the records are members
    assert (claims.mean(0)[:2] > 20).all()  # and it does claim
    assert (shares[:, :2] <= bound[:2]).mean() > 0.9


def test_a_rule_without_the_guarantee_would_be_seen():
    """Others that lie lower than non-members do; and ranks that leave out the record's own."""
    low, _ = false_shares(lambda *a: (lambda s, o, m: (s, o - 0.5, m))(*independent(*a)), 200, 1000)
    assert (low.mean(0) > 1 - np.array(ALPHAS) + 2 * low.std(0) / SIMULATIONS**0.5)[1]
    few, _ = false_shares(independent, 200, 20, lambda s, o: p_values(s, o) - 1 / (len(o) + 1))
    assert few.mean(0)[2] > 0.02


def test_counts_and_those_among_other_others():
    scores, others, member = independent(np.random.default_rng(2), 400, 300)
    made = Conformal(p_values(scores, others), 300)
    claims = claimed(made.p, np.array([0.9]))[0]
    assert made.counts(member, 0.9) == ((claims & member).sum(), (claims & ~member).sum())
    tp, fp = made.resampled_counts(member, 0.9, np.random.default_rng(0))
    weights = np.random.default_rng(0).multinomial(300, np.full(300, 1 / 300), size=DRAWS)
    for place, weight in enumerate(weights):
        drawn = np.repeat(np.sort(others)[::-1], weight)
        again = claimed(p_values(scores, drawn), np.array([0.9]))[0]
        assert (tp[place], fp[place]) == ((again & member).sum(), (again & ~member).sum())


def test_precision_pools_games_and_is_nothing_without_claims():
    rng = np.random.default_rng(3)
    games = []
    for _ in range(3):
        scores, others, member = independent(rng, 400, 300)
        games.append((Conformal(p_values(scores, others), 300), member))
    made = precision(games, 0.9, rng)
    tp, fp = np.sum([of.counts(member, 0.9) for of, member in games], axis=0)
    assert made.mean == pytest.approx(tp / (tp + fp))
    assert made.low < made.mean < made.high
    assert precision(games, 1.0, rng).mean is None


@pytest.mark.parametrize(("targets", "alpha"), [(2, 0.5), (2, 0.9)])
def test_the_interval_of_precision_holds_what_it_is_in_all_games(targets, alpha):
    rng = np.random.default_rng(11)

    def game():
        scores, others, member = independent(rng, 1000, 60)  # few others, so that what they vary counts
        return Conformal(p_values(scores, others), 60), member

    tp, fp = np.sum([of.counts(member, alpha) for of, member in (game() for _ in range(3000))], axis=0)
    true = tp / (tp + fp)
    made = [precision([game() for _ in range(targets)], alpha, rng) for _ in range(150)]
    assert np.mean([of.low <= true <= of.high for of in made]) > 0.92
    assert np.median([of.high - of.low for of in made]) < 0.2


@pytest.mark.parametrize(("p", "others"), [([0.0], 3), ([1.1], 3), ([np.nan], 3), ([0.2], 3), ([1.0], 0)])
def test_what_are_no_p_values_is_refused(p, others):
    with pytest.raises(ValueError, match="expected p-values"):
        Conformal(np.array(p), others)
