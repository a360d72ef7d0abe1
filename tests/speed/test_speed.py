"""The speed benchmarks of docs/speed.md; `make speed` runs them and renders the page. Minutes, on an idle machine."""

import pytest

from benchmarks.speed import peak, rates, results
from benchmarks.speed.shapes import SHAPES
from benchmarks.speed.timing import Case, measure
from benchmarks.training.facts import devices_of

pytestmark = pytest.mark.slow
DEVICE = devices_of("auto")[0]
CASES = [Case(s, p, k, DEVICE) for s in SHAPES for k in s.cohorts(DEVICE) for p in s.precisions]


def floor(benchmark, name):
    call, amount = rates.probe(name, DEVICE)
    benchmark.extra_info.update(floor=name, amount=amount, machine=results.machine(DEVICE))
    benchmark.pedantic(call, rounds=10, warmup_rounds=2)
    assert amount > 0


@pytest.mark.parametrize("name", rates.RATES)
def test_floor_before(benchmark, name):
    floor(benchmark, name)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_time(benchmark, case):
    row = measure(case, benchmark.pedantic)
    benchmark.extra_info["row"] = row
    assert len(row["short"]) > 0
    assert len(row["textbook"]) > 0


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
def test_memory(benchmark, shape):
    precision = shape.suite.recipe.precision
    found = benchmark.pedantic(peak.measured_apart, (shape, precision, DEVICE), rounds=1)
    benchmark.extra_info["memory"] = found
    assert found["measured"] > 0


@pytest.mark.parametrize("name", rates.RATES)
def test_floor_after(benchmark, name):
    floor(benchmark, name)
