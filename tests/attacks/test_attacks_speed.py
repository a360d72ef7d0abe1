"""How long thresholds and scores take at full size; `pytest -m slow tests/attacks` prints the table."""

import numpy as np
import pytest

import attacks
from attacks.thresholds import two_stage

pytestmark = pytest.mark.slow


def test_algorithm_2_on_40000_shadow_records(benchmark):
    rng = np.random.default_rng(0)
    member = rng.random(40_000) < 0.5
    s0, s1 = rng.normal(size=(2, 40_000)) + member
    t0, t1 = benchmark(two_stage, s0, s1, member, np.array([0.98]))
    assert np.isfinite(t0).all()
    assert np.isfinite(t1).all()


def test_all_scores_of_20000_records_100_classes_20_references(benchmark):
    evidence, rehearsal, member = attacks.planted(np.random.default_rng(0), 20_000, 20, 100, 1.0)
    evidence = attacks.Evidence(
        evidence.labels, evidence.target, evidence.references, np.zeros_like(evidence.trained_on)
    )

    def scores():
        return [cls().score(evidence, rehearsal, np.random.default_rng(0)) for cls in attacks.BUILTIN.values()]

    assert all(s.shape == member.shape for s in benchmark.pedantic(scores, rounds=2))
