"""Hyperparameters out of range are refused where the attack is made, in one sentence that names the field."""

import pytest

from attacks.hamp_nn import HampNn
from attacks.label_distance import LabelDistance
from attacks.label_flips import LabelFlips
from attacks.label_noise import LabelNoise
from attacks.label_regression import LabelRegression
from attacks.pmia import PmiaNearest
from attacks.quantile import Quantile, QuantileNetwork
from attacks.quantile_pinball import QuantilePinball
from attacks.rmia import Rmia, RmiaOffline
from attacks.trajectory import Trajectory


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: LabelDistance(budget=0), "budget: expected at least 1 and at most 1e+06, got 0"),
        (lambda: LabelNoise(sigmas=(0.1, -1.0)), "sigmas: expected at least 1e-06 and at most 1e+06, got -1.0"),
        (lambda: LabelNoise(m=0), "m: expected at least 1"),
        (lambda: LabelFlips(counts=(float("nan"),)), "counts: expected at least 1e-06"),
        (lambda: LabelRegression(C=0), "C: expected at least 1e-09"),
        (lambda: PmiaNearest(neighbours=0), "neighbours: expected at least 1"),
        (lambda: Quantile(trees=0), "trees: expected at least 1"),
        (lambda: QuantilePinball(trees=-1), "trees: expected at least 1"),
        (lambda: QuantileNetwork(hidden=(64, 0)), "hidden: expected at least 1"),
        (lambda: Rmia(gamma=-1), "gamma: expected at least 1e-09"),
        (lambda: RmiaOffline(a=5), "a: expected at least 0 and at most 1, got 5"),
        (lambda: HampNn(hidden=(9, 0)), "hidden: expected at least 1"),
        (lambda: HampNn(passes=0), "passes: expected at least 1"),
        (lambda: HampNn(held_out=1), "held_out: expected at least 0 and at most 0.9, got 1"),
        (lambda: Trajectory(epochs=0), "epochs: expected at least 1"),
        (lambda: Trajectory(hidden=(0,)), "hidden: expected at least 1"),
    ],
)
def test_a_value_out_of_range_is_refused(make, said):
    with pytest.raises(ValueError, match="expected at least") as error:
        make()
    assert str(error.value).startswith(said)


def test_none_and_the_ends_pass():
    assert RmiaOffline(a=None) == RmiaOffline()
    assert (RmiaOffline(a=0).a, RmiaOffline(a=1).a) == (0, 1)
