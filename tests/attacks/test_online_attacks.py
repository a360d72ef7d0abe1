"""The likelihood-ratio family with IN models, RMIA, BASE, Attack P and PMIA, against answers known beforehand."""

import numpy as np
import pytest
from scipy import integrate, stats

from attacks import Evidence, Rehearsal
from attacks.attack_p import AttackP, place
from attacks.bavaria import ALPHA, KAPPA, Prior, log_density, posterior
from attacks.bavaria_offline import BavariaNOffline
from attacks.lira_common import LiraCommon
from attacks.lira_online_fixed import LiraOnlineFixed
from attacks.planting import planted
from attacks.pmia import PmiaClass, PmiaNearest, nearest
from attacks.ranking import auc
from attacks.registry import load
from attacks.rmia import Base, BaseOffline, Rmia, RmiaOffline, dominated, log_mean, log_offline
from attacks.sides import Moments, sides

ONLINE = (
    "lira-online",
    "lira-online-fixed",
    "lira-online-uncentred",
    "lira-common",
    "bavaria-n",
    "bavaria-t",
    "base",
    "rmia",
)
OFFLINE = ("bavaria-n-offline", "bavaria-t-offline", "base-offline", "rmia-offline", "pmia-class")


def logits_of(phi):
    """Logits (..., 1, 2) of label 0 whose phi is `phi` (...)."""
    return np.stack([np.asarray(phi, np.float32), np.zeros(np.shape(phi), np.float32)], axis=-1)[..., None, :]


def of(target, references, trained_on, population=None):
    labels = np.zeros(len(target), np.int64)
    return Evidence(labels, logits_of(target), logits_of(references), np.asarray(trained_on, bool), population)


def gaussian(n=4000, references=8, shift=1.5, spread=0.7, m=2000, seed=0):
    """Records whose phi is N(ease, spread) and N(ease + shift, spread) on models that saw them; ease is N(0, 2)."""
    rng = np.random.default_rng(seed)

    def side(member, seen, population=None):
        ease = rng.normal(0, 2, len(member))
        values = [ease + shift * mask + rng.normal(0, spread, len(member)) for mask in (member, *seen)]
        return of(values[0], np.stack(values[1:]), seen, population)

    def drawn(size):
        halves = rng.random((references // 2, size)) < 0.5
        return np.concatenate([halves, ~halves])

    made = []
    for _ in range(2):
        population = side(np.zeros(m, bool), drawn(m))
        member = rng.random(n) < 0.5
        made.append((side(member, drawn(n), population), member))
    return made[0][0], made[0][1], Rehearsal(*made[1])


def score(attack, evidence, rehearsal=None):
    from attacks.ready import prepare

    rehearsal = rehearsal or Rehearsal(evidence, np.arange(len(evidence.labels)) % 2 == 0)
    return prepare(attack, rehearsal, np.random.default_rng(0)).score(evidence)


def test_moments_by_hand():
    moments = Moments.of(np.array([[[1.0], [np.nan]], [[3.0], [np.nan]], [[np.nan], [5.0]]]))
    assert moments.number.tolist() == [[2], [1]]
    assert moments.mean.tolist() == [[2], [5]]
    assert moments.squares.tolist() == [[2], [0]]
    assert moments.pooled == 2  # (1 + 1) over (1 + 0)
    assert np.isnan(Moments.of(np.array([[[1.0]]])).pooled)


def test_a_side_that_a_record_lacks_is_moved_as_the_others_are():
    seen = [[True, True, False], [False, True, False]]
    of_two = sides(of([0.0, 0, 0], [[4.0, 6, 1], [1, 8, 3]], seen), "phi")
    assert of_two.inside.mean[:, 0] == pytest.approx([4, 7, 5])  # record 0 moves by 3
    assert of_two.outside.mean[:, 0] == pytest.approx([1, 4, 2])


def test_fixed_variance_lira_is_the_log_ratio_of_two_gaussians():
    seen = np.array([[True, True], [True, True], [False, False], [False, False]])
    evidence = of([2.0, 1.0], [[3.0, 2], [5, 4], [0, 1], [2, 1]], seen)
    found = score(LiraOnlineFixed(), evidence)
    # IN: means 4, 3, deviations +-1 each: 4 / 2; OUT: means 1, 1, deviations +-1 and 0: 2 / 2
    expected = [stats.norm.logpdf(own, mean, 2**0.5) - stats.norm.logpdf(own, 1, 1) for own, mean in ((2, 4), (1, 3))]
    np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_lira_of_known_gaussians_is_the_optimal_test():
    evidence, member, rehearsal = gaussian(references=64)
    best = stats.norm.cdf(1.5 / 0.7 / 2**0.5)  # AUC of two Gaussians that far apart
    for name in ("lira-online-fixed", "lira-common", "bavaria-n", "bavaria-t"):
        assert auc(score(load(name)(), evidence, rehearsal), member) == pytest.approx(best, abs=0.02)


def test_a_common_variance_ranks_as_equal_fixed_variances_do():
    evidence, _, _ = gaussian(n=500)
    own, inside, outside = sides(evidence, "phi")
    ratio = stats.norm.logpdf(own, inside.mean, 3) - stats.norm.logpdf(own, outside.mean, 3)
    np.testing.assert_allclose(score(LiraCommon(), evidence), 9 * ratio[:, 0], rtol=1e-9, atol=1e-9)


def test_the_posterior_equals_numeric_integration():
    """Form t is the predictive density: the integral of the likelihood over mean and variance under the posterior."""
    rng = np.random.default_rng(1)
    values, prior = rng.normal(2, 1.5, 4), Prior(0.5, 3.0)
    known = posterior(prior, Moments.of(values[:, None, None]), "t")
    alpha, beta = ALPHA["t"], prior.variance * (ALPHA["t"] - 1)

    def joint(mean, variance, *extra):
        seen = np.concatenate([values, extra])
        return (
            stats.invgamma.pdf(variance, alpha, scale=beta)
            * stats.norm.pdf(mean, prior.mean, (variance / KAPPA) ** 0.5)
            * stats.norm.pdf(seen, mean, variance**0.5).prod()
        )

    def integral(*extra):
        # over t = log variance, so that both tails are short
        return integrate.dblquad(lambda m, t: joint(m, np.exp(t), *extra) * np.exp(t), -4, 6, -15, 15, epsabs=1e-12)[0]

    nothing = integral()
    for x in (-1.0, 2.0, 6.0):
        expected = np.log(integral(x) / nothing)
        assert log_density(np.array([[x]]), known, "t")[0, 0] == pytest.approx(expected, rel=1e-5)


def test_form_n_tends_to_each_records_own_gaussian_and_to_the_pooled_one():
    rng = np.random.default_rng(2)
    many = rng.normal(1, 0.5, (200_000, 1, 1))
    own = log_density(np.array([[1.7]]), posterior(Prior(0.0, 9.0), Moments.of(many), "n"), "n")
    assert own[0, 0] == pytest.approx(stats.norm.logpdf(1.7, many.mean(), many.std()), abs=5e-3)
    one = log_density(np.array([[1.7]]), posterior(Prior(0.0, 9.0), Moments.of(np.full((1, 1, 1), np.nan)), "n"), "n")
    assert one[0, 0] == pytest.approx(stats.norm.logpdf(1.7, 0, 3))
    # of two values: alpha 2, beta = 9 + 1/2 SS + (mean - 0)^2 / 3
    two = posterior(Prior(0.0, 9.0), Moments.of(np.array([1.0, 3.0])[:, None, None]), "n")
    assert two.beta[0, 0] == pytest.approx(9 + 1 + 2 * 4 / 6)
    assert two.location[0, 0] == pytest.approx(4 / 3)


def test_base_is_a_naive_loop_whatever_underflows():
    logs = np.array([[-1.0, -800.0], [-3.0, -900.0]])
    expected = [np.log((np.exp(-1) + np.exp(-3)) / 2), -800 + np.log(0.5)]
    np.testing.assert_allclose(log_mean(logs), expected)
    seen = np.array([[True, False], [False, False]])
    evidence = of([0.0, 1.0], [[2.0, -1.0], [0.5, 0.0]], seen)
    p = 1 / (1 + np.exp(-np.array([[2.0, -1.0], [0.5, 0.0]])))
    own = 1 / (1 + np.exp(-np.array([0.0, 1.0])))
    np.testing.assert_allclose(score(Base(), evidence), np.log(own / p.mean(0)), rtol=1e-6)
    np.testing.assert_allclose(
        score(BaseOffline(), evidence), np.log(own / [p[1, 0], p[:, 1].mean()]), rtol=1e-6, atol=1e-7
    )


@pytest.mark.parametrize("gamma", [1.0, 2.0])
def test_rmia_is_its_naive_double_loop(gamma):
    evidence, _, rehearsal = gaussian(n=60, m=40)

    def p(side):
        own, references = side.signal("p_label")
        return own[:, 0], references[:, :, 0]

    for attack, a in ((Rmia(gamma), None), (RmiaOffline(gamma, 0.3), 0.3)):
        found = score(attack, evidence, rehearsal)
        ratios = []
        for side in (evidence, evidence.population):
            own, references = p(side)
            if a is None:
                means = references.mean(0)
            else:
                out = np.nanmean(np.where(side.trained_on, np.nan, references), axis=0)
                means = ((1 + a) * out + (1 - a)) / 2
            ratios.append(own / means)
        expected = [sum(rx / rz >= gamma for rz in ratios[1]) / 40 for rx in ratios[0]]
        np.testing.assert_allclose(found, expected, atol=1 / 40 + 1e-12)  # a tie of ratios may be cut either way
        assert np.mean(np.abs(found - expected) < 1e-9) > 0.95


def test_one_query_rmia_ranks_as_base_does_outside_ties():
    evidence, _, rehearsal = gaussian(n=300, m=500)
    ranks = score(Rmia(), evidence, rehearsal)[np.argsort(score(Base(), evidence))]
    assert (np.diff(ranks) >= 0).all()
    assert len(np.unique(ranks)) > 100


def test_offline_rmia_chooses_a_on_the_rehearsal():
    rehearsal = gaussian(n=800)[2]
    fitted = RmiaOffline().fit(rehearsal, np.random.default_rng(0))
    tries = {
        a: auc(RmiaOffline(a=a).fit(rehearsal, None).score(rehearsal.evidence), rehearsal.member) for a in (0, 0.5, 1)
    }
    chosen = auc(fitted.score(rehearsal.evidence), rehearsal.member)
    assert chosen >= max(tries.values())
    assert log_offline(np.log([0.2]), 0.5)[0] == pytest.approx(np.log((1.5 * 0.2 + 0.5) / 2))
    assert log_offline(np.log([0.2]), 1.0)[0] == pytest.approx(np.log(0.2))


def test_dominated_counts_equal_ratios():
    assert dominated(np.log([1.0, 2, 4]), np.log([1.0, 2, 2, 3]), 1.0).tolist() == [0.25, 0.75, 1.0]


def test_attack_p_ranks_as_the_loss_does_and_its_places_are_mid_ranks():
    evidence, _, rehearsal = gaussian(n=300, m=200)
    found, loss = score(AttackP(), evidence, rehearsal), evidence.signal("log_p").target[:, 0]
    assert np.array_equal(np.argsort(found, kind="stable"), np.argsort(loss, kind="stable"))
    np.testing.assert_allclose(place(np.array([1.0, 2, 3]), np.array([1.0, 2, 2, 3])), [0.125, 0.5, 0.875])
    assert place(np.array([4.0]), np.array([1.0, 2, 2, 3]))[0] == pytest.approx(0.875 + 0.5 / 8)


def test_offline_bavaria_takes_its_in_side_from_the_population_alone():
    evidence, _, rehearsal = gaussian(n=50, m=400)
    known = evidence.population
    values = np.where(known.trained_on, known.signal("phi").references[..., 0], np.nan)
    own, references = (side[..., 0] for side in evidence.signal("phi"))
    out = np.where(evidence.trained_on, np.nan, references)
    prior = [(np.nanmean(v), np.nanvar(v)) for v in (values, out)]
    expected = []
    for k, x in enumerate(own):
        seen = out[:, k][~np.isnan(out[:, k])]
        n, mean, alpha = len(seen), seen.mean(), 1 + len(seen) / 2
        beta = prior[1][1] + ((seen - mean) ** 2).sum() / 2 + n * (mean - prior[1][0]) ** 2 / (2 * (1 + n))
        inside = stats.norm.logpdf(x, prior[0][0], prior[0][1] ** 0.5)
        expected.append(inside - stats.norm.logpdf(x, mean, (beta / (alpha - 1)) ** 0.5))
    np.testing.assert_allclose(score(BavariaNOffline(), evidence, rehearsal), expected, rtol=1e-6)


def test_pmia_takes_the_class_of_the_record():
    rng = np.random.default_rng(3)
    labels = np.array([0, 1])

    def two_classes(phi):
        logits = np.zeros((*np.shape(phi), 1, 2), np.float32)
        np.put_along_axis(logits, np.broadcast_to(many, np.shape(phi))[..., None, None], np.float32(0), -1)
        for k in range(2):
            logits[..., many == k, 0, k] = np.asarray(phi)[..., many == k]
        return logits

    many = np.repeat(labels, 50)
    seen = np.zeros((2, 100), bool)
    seen[0] = True
    phi = np.where(many == 0, 3.0, 9.0) + rng.normal(0, 0.1, (2, 100))
    population = Evidence(many, two_classes(phi[0]), two_classes(phi), seen)
    many = labels
    out = np.array([[0.0, 0.0], [1.0, 1.0]])
    evidence = Evidence(labels, two_classes(np.array([3.0, 3.0])), two_classes(out), np.zeros((2, 2), bool), population)
    found = score(PmiaClass(), evidence)
    assert found[0] > 0 > found[1]  # 3 is what members of class 0 get, and far from what those of class 1 do


def test_the_nearest_proxies_are_those_of_a_loop_and_so_are_scores():
    evidence, rehearsal, _ = planted(np.random.default_rng(4), 60, 6, 3, 1.0, uses=("population", "inputs"))
    crowd, k = evidence.population, 4
    found = nearest(evidence, k)
    own, out = (side[..., 0] for side in evidence.signal("phi"))
    inside = np.where(crowd.trained_on, crowd.signal("phi").references[..., 0], np.nan)
    out = np.where(evidence.trained_on, np.nan, out)
    values, outs = [], []
    for i in range(60):
        apart = np.linalg.norm(crowd.inputs - evidence.inputs[i], axis=1)
        order = sorted(range(60), key=lambda z: (crowd.labels[z] != evidence.labels[i], apart[z]))[:k]
        assert list(found[i]) == order
        of = inside[:, order].ravel()
        values.append(of[~np.isnan(of)])
        outs.append(out[:, i][~np.isnan(out[:, i])])
    variance = [
        sum(((of - of.mean()) ** 2).sum() for of in side) / sum(len(of) - 1 for of in side) for side in (values, outs)
    ]
    expected = [
        stats.norm.logpdf(own[i], np.median(values[i]), variance[0] ** 0.5)
        - stats.norm.logpdf(own[i], np.median(outs[i]), variance[1] ** 0.5)
        for i in range(60)
    ]
    assert min(map(len, values)) >= 2
    np.testing.assert_allclose(score(PmiaNearest(neighbours=k), evidence, rehearsal), expected, rtol=1e-6)


@pytest.mark.parametrize("name", ONLINE + OFFLINE)
def test_order_of_references_and_records_and_a_constant_on_logits_change_nothing(name):
    evidence, _, rehearsal = gaussian(n=80, m=60, references=8)
    found = score(load(name)(), evidence, rehearsal)
    turn = np.random.default_rng(5).permutation(8)

    def reordered(side, rows, add, population=None):
        target, references = side.target[rows], side.references[:, rows]
        return Evidence(
            side.labels[rows], target + np.float32(add), references[turn] + np.float32(add),
            side.trained_on[turn][:, rows], population,
        )  # fmt: skip

    rows = np.random.default_rng(6).permutation(80)
    everybody = np.arange(60)
    other = reordered(evidence, rows, 2.0, reordered(evidence.population, everybody, 2.0))
    np.testing.assert_allclose(score(load(name)(), other, rehearsal), found[rows], rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("name", ONLINE)
def test_identical_references_give_finite_scores(name):
    seen = np.array([[True, False, True], [False, True, False]])
    population = of([0.0, 1, 2], np.ones((2, 3)), np.zeros((2, 3), bool))
    assert np.isfinite(score(load(name)(), of([0.0, 1, 2], np.ones((2, 3)), seen, population))).all()


def test_lira_with_each_records_own_variances_by_hand():
    seen = np.array([[True, True], [True, True], [False, False], [False, False]])
    evidence = of([2.0, 1.0], [[3.0, 2], [5, 4], [0, 1], [2, 1]], seen)
    found = score(load("lira-online")(), evidence)
    expected = stats.norm.logpdf(2, 4, 1) - stats.norm.logpdf(2, 1, 1)
    assert found[0] == pytest.approx(expected, rel=1e-6)
    assert np.isfinite(found).all()  # record 1 has equal OUT values


def test_at_few_references_a_common_variance_finds_more_than_a_records_own():
    evidence, member, rehearsal = gaussian(references=8)
    own, fixed = (auc(score(load(n)(), evidence, rehearsal), member) for n in ("lira-online", "lira-online-fixed"))
    assert fixed > own + 0.02
