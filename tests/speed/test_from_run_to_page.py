"""What `make speed` does, from the benchmarks to the page, at a tiny size."""

import json
import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from benchmarks.speed import __main__ as command
from benchmarks.speed import home, results

ROOT = Path(__file__).parents[2]
MAKE = "-m pytest -m slow tests/speed/test_speed.py --benchmark-json=output/speed.json"


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    """The JSON of a run of the floors and of digits-mlp; of another one where the machine was too busy to measure."""
    path = tmp_path_factory.mktemp("run") / "speed.json"
    words = MAKE.replace("output/speed.json", str(path)).split()
    words += ["-p", "tiny_speed", "-p", "no:cacheprovider", "-k", "floor or digits-mlp"]
    words += ["--benchmark-timer=time.process_time"]
    places = [str(ROOT), str(ROOT / "tests" / "speed")]
    alone = {name: value for name, value in os.environ.items() if "XDIST" not in name}  # which times nothing
    environment = {**alone, "PYTHONPATH": os.pathsep.join(places), "CUDA_VISIBLE_DEVICES": ""}
    for _ in range(3):
        done = subprocess.run([sys.executable, *words], cwd=ROOT, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        with suppress(ValueError):
            results.reduce(json.loads(path.read_text(encoding="utf-8"))["benchmarks"])
            break
    return path


@pytest.fixture
def place(tmp_path, monkeypatch):
    """An empty folder in the place of the repository."""
    monkeypatch.setattr(home, "checkout", lambda: tmp_path)
    return tmp_path


def test_the_makefile_runs_what_is_tested_here():
    assert MAKE in (ROOT / "Makefile").read_text(encoding="utf-8")


def test_a_run_becomes_a_result_and_a_page(measured, place, capsys):
    assert command.main([str(measured)]) == 0
    (path,) = (place / "results" / "speed").iterdir()
    result = json.loads(path.read_text(encoding="utf-8"))
    assert result["device"].endswith(", 1 thread")  # as the run had, whatever this process has
    assert [(row["shape"], row["cohort"]) for row in result["rows"]] == [("digits-mlp", k) for k in (1, 4, 32)]
    assert set(result["floors"]) == {"fp32", "bf16", "copy"}
    assert [of["shape"] for of in result["memory"]] == ["digits-mlp"]
    page = (place / "docs" / "speed.md").read_text(encoding="utf-8")
    assert result["device"] in page
    assert (place / "docs" / "images" / f"speed-{path.stem}.png").stat().st_size > 1000
    assert capsys.readouterr().out == f"written: {path}\nwritten: {place / 'docs' / 'speed.md'}\n"


def test_a_run_in_parts_is_the_same_run(measured, place):
    whole = json.loads(measured.read_text(encoding="utf-8"))
    parts = [measured.with_name(f"{i}.json") for i in (0, 1)]
    for i, path in enumerate(parts):
        path.write_text(json.dumps({"benchmarks": whole["benchmarks"][i::2]}), encoding="utf-8")
    assert command.main([str(measured)]) == 0
    before = (place / "docs" / "speed.md").read_bytes()
    assert command.main(list(map(str, parts))) == 0
    assert sorted((place / "docs" / "speed.md").read_bytes().splitlines()) == sorted(before.splitlines())
