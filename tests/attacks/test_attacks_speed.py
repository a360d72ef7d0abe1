"""How long a game of full size takes, and its memory; `pytest -m slow -s tests/attacks` prints the tables."""

import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from attacks.thresholds import two_stage

pytestmark = pytest.mark.slow

GAME = """
import resource, time
import numpy as np
import attacks
from attacks import Evidence, Outputs, Rehearsal, prepare
from attacks.registry import load

N, C, R, ALPHAS = 20_000, 100, 64, np.linspace(0.5, 1, 54)
rng = np.random.default_rng(0)
noise, labels = rng.normal(size=(N, 1, C)).astype(np.float32), rng.integers(C, size=N)
making = 0.0

def model(k, member):
    def logits():
        global making
        begun = time.perf_counter()
        made = np.roll(noise, 37 * k, axis=0)
        made[np.arange(N), 0, labels] += 3 + member
        making += time.perf_counter() - begun
        return made
    return Outputs(logits, labels)

def side(start):
    member, trained_on = rng.random(N) < 0.5, rng.random((R, N)) < 0.5
    references = [model(start + 1 + r, trained_on[r]) for r in range(R)]
    return Evidence(labels, model(start, member), references, trained_on), member

(evidence, _), (rehearsed, member) = side(0), side(R + 1)
rehearsal = Rehearsal(rehearsed, member)
total = 0.0
for name in attacks.BUILTIN:
    made, begun = making, time.perf_counter()
    ready = prepare(load(name)(), rehearsal, np.random.default_rng(0))
    assert ready.score(evidence).shape == (N,)
    assert ready.decide(evidence, ALPHAS).any() and ready.decide(rehearsed, ALPHAS).any()
    seconds = time.perf_counter() - begun - (making - made)
    total += seconds
    print(f"{name:16} {seconds:7.2f} s")
copies = []
for _ in range(20):
    begun = time.perf_counter()
    noise.copy()
    copies.append(time.perf_counter() - begun)
floor = min(copies) * 2 * (R + 1)
print(f"all attacks {total:.2f} s; logits made in {making:.2f} s; floor, logits read once: {floor:.2f} s")
print(f"peak {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20:.3f} GiB")
"""


def test_algorithm_2_on_40000_shadow_records(benchmark):
    rng = np.random.default_rng(0)
    member = rng.random(40_000) < 0.5
    s0, s1 = rng.normal(size=(2, 40_000)) + member
    t0, t1 = benchmark(two_stage, s0, s1, member, np.array([0.98]))
    assert np.isfinite(t0).all()
    assert np.isfinite(t1).all()


@pytest.mark.posix("the module resource")
def test_a_game_of_20000_records_100_classes_64_references_by_all_attacks_is_streamed():
    """The references alone would be 0.5 GB a side, and 1 GB more as float64; nothing of the kind may be in memory."""
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run([sys.executable, "-c", GAME], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    print("\n" + done.stdout)
    assert float(re.search(r"peak ([\d.]+) GiB", done.stdout)[1]) < 1
