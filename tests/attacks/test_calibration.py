"""Variances of few reference models: the rule by hand, its limits, and what LiRA gains by it. Seconds: 3."""

import numpy as np
import pytest

from attacks import Evidence
from attacks.calibration import shrunk, standardised
from attacks.registry import load

NAMES = ("lira-offline", "lira-two-sided")


def evidence(own, out):
    """Two classes, phi is the difference of logits: (n,) of the target, (R, n) of references, NaN where withheld."""
    logits = np.stack([np.concatenate([own[None], out]), np.zeros((len(out) + 1, len(own)))], -1)[:, :, None]
    logits = logits.astype(np.float32)
    seen = np.isnan(out)
    logits[1:][seen] = np.nan
    return Evidence(np.zeros(len(own), int), logits[0], logits[1:], seen)


def lira(own, out, name="lira-offline"):
    return load(name)().score(evidence(own, out), None, None)


def gaussians(n, references, seed=0, scatter=0.0, leak=2.0):
    """Membership (n,), phi of the target and of OUT models: Gaussian, with deviations that scatter or are all 1."""
    rng = np.random.default_rng(seed)
    member, mean, deviation = rng.random(n) < 0.5, 3 * rng.normal(size=n), np.exp(scatter * rng.normal(size=n))
    own = mean + deviation * (rng.normal(size=n) + leak * member)
    return member, own, mean + deviation * rng.normal(size=(references, n))


def tpr(scores, member, fpr=0.01):
    others = np.sort(scores[~member])
    return (scores[member] > others[-1 - int(fpr * len(others))]).mean()


def test_shrunk_variances_worked_out_by_hand():
    squares, free = np.array([[0.0], [6], [12], [0]]), np.array([[2], [2], [4], [0]])  # common variance 18 / 8
    np.testing.assert_allclose(shrunk(squares, free)[:, 0], [144 / 66, 150 / 66, 156 / 68, 144 / 64])


def test_a_score_worked_out_by_hand():
    z, std = standardised(np.array([[3.0]]), np.array([[[1.0]], [[3.0]], [[np.nan]]]))  # mean 2, variance 2
    assert (z[0, 0], std[0, 0]) == pytest.approx((1 / np.sqrt(3), np.sqrt(3)), rel=1e-15)


def test_every_query_has_a_common_variance_of_its_own():
    rng = np.random.default_rng(0)
    own, out = rng.normal(size=(9, 2)), rng.normal(size=(3, 9, 2)) * [1, 100]
    both = standardised(own, out)
    for query in range(2):
        alone = standardised(own[:, [query]], out[:, :, [query]])
        np.testing.assert_allclose([x[:, query] for x in both], [x[:, 0] for x in alone], rtol=1e-12)


def test_with_two_references_almost_nothing_is_lost_against_one_common_deviation():
    member, own, out = gaussians(40_000, 2)
    common = (own - out.mean(0)) / np.sqrt(out.var(0, ddof=1).mean())
    alone = (own - out.mean(0)) / out.std(0)
    assert tpr(lira(own, out), member) > 0.95 * tpr(common, member) > 3 * tpr(alone, member)


@pytest.mark.parametrize("references", [2, 4, 8, 16, 64, 256])
def test_at_any_number_of_references_it_keeps_what_one_common_deviation_finds(references):
    for scatter in (0.0, 0.4):
        member, own, out = gaussians(10_000, references, 1, scatter)
        common = (own - out.mean(0)) / np.sqrt(out.var(0, ddof=1).mean())
        assert tpr(lira(own, out), member) > 0.95 * tpr(common, member)


def test_where_true_deviations_scatter_many_references_find_more_than_one_common_deviation():
    member, own, out = gaussians(10_000, 256, 1, 0.6)
    common = (own - out.mean(0)) / np.sqrt(out.var(0, ddof=1).mean())
    assert tpr(lira(own, out), member) > 1.5 * tpr(common, member)


def test_with_very_many_references_scores_are_those_of_records_own_deviations():
    far = []
    for references in (64, 1024, 16_384):
        _, own, out = gaussians(100, references, 2, 0.5)
        alone = (own - out.mean(0)) / out.std(0)
        far.append(np.abs(lira(own, out) / alone - 1).max())
    assert far[0] > far[1] > far[2]
    assert far[2] < 0.05


def test_one_reference_ranks_by_the_difference():
    _, own, out = gaussians(300, 1)
    for name in NAMES:
        score = lira(own, out, name)
        apart = np.float32(own) - np.float32(out[0]).astype(float)
        np.testing.assert_array_equal(np.argsort(score), np.argsort(apart if name == NAMES[0] else np.abs(apart)))
        assert len(np.unique(score)) == 300


@pytest.mark.parametrize("references", [1, 2, 3, 7, 49, 64])
@pytest.mark.parametrize("others", [0.0, 1.0])
def test_a_target_equal_to_all_references_has_0(references, others):
    rng = np.random.default_rng(references)
    own = rng.normal(size=50) * 37.1
    out = np.repeat(own[None], references, axis=0)
    out[:, ::2] += others * rng.normal(size=(references, 25))
    assert (lira(own, out)[1::2] == 0).all()


@pytest.mark.parametrize("references", [2, 3, 10, 49])
def test_references_that_all_agree_still_rank_by_the_difference(references):
    own, out = np.random.default_rng(0).normal(size=(2, 200, 1))
    z, _ = standardised(own, np.repeat(out[None], references, axis=0))
    np.testing.assert_array_equal(np.argsort(z[:, 0]), np.argsort((own - out)[:, 0]))


@pytest.mark.parametrize("references", [3, 6])
@pytest.mark.parametrize("scatter", [0.0, 0.4])
def test_records_of_a_single_reference_do_not_fill_the_top(references, scatter):
    member, own, out = gaussians(20_000, references, 3, scatter)
    out[np.random.default_rng(4).random(out.shape) < 0.5] = np.nan
    some = ~np.isnan(out).all(0)
    own, out, member = own[some], out[:, some], member[some]
    single = (~np.isnan(out)).sum(0) == 1
    scores = lira(own, out)
    top = scores >= np.quantile(scores, 0.9)
    assert single[top].mean() < 1.15 * single.mean()
    null = standardised(own[~member, None], out[:, ~member, None])[0]
    assert null[single[~member]].std() == pytest.approx(null[~single[~member]].std(), rel=0.25)


def test_a_small_change_of_an_output_is_a_small_change_of_scores():
    """No count and no value at which another rule begins."""
    _, own, out = gaussians(30, 3)
    base = lira(own, out)
    for step in (1e-2, 1e-3, 1e-4):
        changed = out.copy()
        changed[0, 0] += step
        assert np.abs(lira(own, changed) - base).max() < 30 * step


def test_own_variances_weigh_more_the_more_references_there_are():
    """A record with twice the common variance of 1, among many."""
    many, counts = 100_000, np.array([*range(1, 40), 64, 1000, 10_000])
    own = [shrunk(np.array([[2.0 * k], [many]]), np.array([[k], [many]]))[0, 0] for k in counts]
    assert (np.diff(own) > 0).all()
    np.testing.assert_allclose(own, (64 + 2 * counts) / (64 + counts), rtol=0.1)


def test_scores_are_finite_at_the_ends_of_float32_and_among_denormals():
    most = float(np.finfo(np.float32).max)
    for scale in (most, 1e-44):
        own = scale * np.linspace(-1, 1, 9)
        out = np.stack([np.full(9, scale), np.full(9, -scale), own[::-1]])
        for name in NAMES:
            score = lira(own, out, name)
            assert np.isfinite(score).all()
            assert len(np.unique(score)) > 1
