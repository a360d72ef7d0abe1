"""Tails, quantiles and ranks against scipy.stats, to the bit."""

import subprocess
import sys

import numpy as np
import pytest
from scipy.stats import beta, binom, norm, rankdata, t

from benchmarks.statistics import distributions
from benchmarks.statistics.curves import ranks

RNG = np.random.default_rng(0)


def test_normal():
    for z in (-9.0, -1.5, 0.0, 1e-9, 2.0, 30.0, np.inf):
        assert distributions.normal_above(z) == norm.sf(z)
    for tail in (0.025, 1e-12, 0.5, 0.9, 0.0, 1.0):
        assert distributions.normal_point(tail) == norm.isf(tail)


@pytest.mark.parametrize("freedom", [0.3, 1, 2, 7.5, 1000, np.inf])
def test_student(freedom):
    for x in (-3.0, 0.0, 1.5, 40.0):
        assert distributions.student_above(x, freedom) == t.sf(x, freedom)
    for tail in (0.025, 0.4, 1e-6):
        assert distributions.student_point(tail, freedom) == t.isf(tail, freedom)


def test_beta():
    for a, b in zip(*(RNG.random((2, 300)) * 1000 + 0.01), strict=True):
        for below in (0.025, 0.975):
            assert distributions.beta_point(below, a, b) == beta.ppf(below, a, b)


def test_binomial():
    for n in (1, 30, 10**6):
        for k in (0, 1, n // 3, n // 2 + 1, n):
            for log_odds in (-1.0, 0.0, 0.7, 20.0):
                tail = binom.sf(k - 1, n, 1 / (1 + np.exp(-log_odds)))
                assert distributions.binomial_at_least(k, n, log_odds) == pytest.approx(tail, rel=1e-7, abs=1e-300)
    all_right = np.exp(-(10**9) * np.log1p(np.exp(-20.0)))  # 1 - chance is known to 8 digits from the chance itself
    assert distributions.binomial_at_least(10**9, 10**9, 20.0) == pytest.approx(all_right, rel=1e-11)


def test_ranks_share_the_mean_of_ties():
    assert ranks(np.array([3.0, 1.0, 3.0, 2.0])).tolist() == [3.5, 1.0, 3.5, 2.0]
    for values in (RNG.normal(size=200), RNG.integers(9, size=200).astype(float), np.zeros(4)):
        assert (ranks(values) == rankdata(values)).all()


def test_a_run_imports_neither_scipy_stats_nor_sklearn_nor_torchs_compiler(tmp_path):
    """Each takes half a second or more, and one attack on the digits needs none of them."""
    run = f"""
import sys
from benchmarks.run import main
assert main("--attacks lira-offline --trials 1 --references 2 --epochs 1 --part 40".split()
            + ["--store", {str(tmp_path / "s")!r}, "--output", {str(tmp_path / "o")!r}]) == 0
heavy = ("scipy.stats", "sklearn", "torch._dynamo", "pandas", "seaborn", "matplotlib.pyplot")
print("imported:", [name for name in heavy if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", run], capture_output=True, text=True)
    assert done.stdout.splitlines()[-1:] == ["imported: []"], done.stderr
