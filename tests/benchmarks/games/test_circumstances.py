"""Records say with what, and on what, their models were trained, whenever that was; not what audits them now."""

import json

from benchmarks.games import circumstances
from benchmarks.results import reading
from benchmarks.run import main
from benchmarks.training.store import digest


def test_versions_are_those_of_all_models_and_of_what_attacks_run_with(monkeypatch):
    now = {"python": "3.12", "torch": "9", "numpy": "2.4", "scipy": "1.17"}
    monkeypatch.setattr(circumstances, "versions", lambda: now)
    then = {"python": "3.11", "torch": "2.10", "numpy": "2.4", "scipy": "1.16"}
    assert circumstances.versions_of([then, {**then, "torch": "2.11"}]) == {
        "python": "3.11, 3.12",
        "torch": "2.10, 2.11",
        "numpy": "2.4",
        "scipy": "1.16, 1.17",
    }


def test_a_record_names_the_device_and_the_torch_of_its_models(tmp_path):
    words = ["--store", str(tmp_path / "store"), "--device", "cpu", "--attacks", "loss"]
    words += ["--references", "1", "--trials", "1", "--epochs", "1"]
    assert main([*words, "--output", str(tmp_path / "a")]) == 0
    for path in (tmp_path / "store" / "models").glob("*/facts.json"):
        noted = json.loads(path.read_text())
        noted.pop("sha256")
        noted["facts"] |= {"device": "a GPU of then", "versions": {**noted["facts"]["versions"], "torch": "1.0"}}
        path.write_text(json.dumps({**noted, "sha256": digest(noted)}))
    assert main([*words, "--output", str(tmp_path / "b")]) == 0
    [before], [after] = (reading.records(tmp_path / name / "records") for name in "ab")
    assert (after.device, after.versions["torch"]) == ("a GPU of then", "1.0")
    assert before.device != after.device
    assert before.metrics == after.metrics
