"""DP-SGD's accounting against published values and the Gaussian mechanism's closed form. About five seconds."""

import math

import pytest
from scipy.optimize import brentq
from scipy.stats import norm

from defenses import DpSgd
from defenses.check import planted
from defenses.dp_sgd import epsilons
from defenses.running import trained


@pytest.mark.parametrize(
    ("noise", "members", "batch", "epochs", "loose", "tight"),
    [
        (1.7, 18_000, 128, 200, 3.52, 3.26),  # HAMP's Purchase100, Texas100 and Location30
        (1.44, 13_500, 64, 200, 3.53, 3.26),
        (2.91, 1_350, 128, 50, 3.53, 3.26),
    ],
)
def test_hamps_three_settings_all_meet_in_one_epsilon(noise, members, batch, epochs, loose, tight):
    said = DpSgd(noise=noise).accounted(members, batch, epochs)
    assert round(said["epsilon (RDP)"], 2) == loose
    assert round(said["epsilon (PRV)"], 2) == tight
    count = math.ceil(members / batch)
    assert said["sampling"] == f"Poisson, q = 1/{count} = 1/ceil(n/batch), {count * epochs} steps"
    assert said["delta"] == 1e-5


def test_the_other_convention_of_sampling():
    said = DpSgd(noise=2.91).accounted(1350, 128, 50)
    assert round(said["epsilon (RDP) at q = batch/n"], 2) == 3.70
    assert round(said["epsilon (PRV) at q = batch/n"], 2) == 3.42


@pytest.mark.parametrize(("noise", "steps"), [(1.0, 1), (3.0, 1), (3.0, 10)])
def test_without_sampling_it_is_the_gaussian_mechanism(noise, steps):
    """Balle and Wang, ICML 2018, theorem 8; so many steps are one of noise / sqrt(steps)."""
    s = noise / math.sqrt(steps)

    def delta(e):
        return norm.cdf(0.5 / s - e * s) - math.exp(e) * norm.cdf(-0.5 / s - e * s)

    exact = brentq(lambda e: delta(e) - 1e-5, 0, 20)
    loose, tight = epsilons(noise, 1.0, steps, 1e-5)
    assert exact - 1e-3 <= tight <= exact + 0.02
    assert tight < loose


def test_an_epsilon_that_says_nothing_is_a_word():
    assert epsilons(0.0, 0.1, 10, 1e-5) == (math.inf, math.inf)
    said = DpSgd(noise=0.00625).accounted(50_000, 64, 16)
    assert said["epsilon (RDP)"] > 1e6
    assert said["epsilon (PRV)"] == "not computed where RDP is above 100"  # it is the smaller one: may be below 100
    none = DpSgd(noise=0).accounted(100, 10, 1)
    assert none["epsilon (RDP)"] == none["epsilon (PRV)"] == "above 100"


def test_facts_stand_with_every_model():
    task = planted(DpSgd(noise=2.0))
    for model in trained(task):
        assert model.facts == DpSgd(noise=2.0).accounted(16, 6, 2)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: DpSgd(clip=0), "clip is 0"),
        (lambda: DpSgd(noise=-1), "noise is -1"),
        (lambda: DpSgd(delta=1.0), "delta is 1.0"),
        (lambda: DpSgd(delta=0), "delta is 0"),
    ],
)
def test_nonsense_is_refused_by_name(make, words):
    with pytest.raises(ValueError, match=words):
        make()
