"""Each addition is made in a scratch project of its own, in one place, by the very code that docs/adding.md shows."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from projects import FILES, POINTS, length

from attacks import check_attack
from benchmarks.naming import registry

ROOT = Path(__file__).parents[3]
ATTACKS = {"excess": "Excess", "learns": "Learns", "attack_p": "AttackP", "steady": "Steady", "shaken": "Shaken"}
SHORT = {  # what may have so many lines
    15: [
        *(f"{module}.py" for module in ATTACKS),
        *("flooding.py", "nearest.py", "mean_gap.py", "blobs.py", "one_layer.py", "clinic.toml"),
        *("own_outputs.py", "backwards.py", "nearby.py"),
    ],
    24: ["coins.py"],
    30: ["my_paper.py"],  # run by tests/benchmarks/papers/test_second_paper.py
}


def records(folder):
    found = [json.loads(path.read_text()) for path in (folder / "records").glob("*.json")]
    return {(r["attack"]["name"], r["defense"]["name"]): r for r in found}


def test_every_file_that_is_shown_is_short_and_tested_here():
    assert {name: length(name) for most, names in SHORT.items() for name in names if length(name) > most} == {}
    assert sorted(FILES) == sorted(name for names in SHORT.values() for name in names)
    groups = {kind.group.removeprefix("mia_arena.") for kind in registry.KINDS}
    assert set(POINTS) == groups


@pytest.mark.parametrize("module", ATTACKS)
def test_an_attack(module, project, run):
    name = f"{module}:{ATTACKS[module]}"
    project.add(f"{module}.py")
    code, folder = run("--attacks", name, "loss")
    assert code == 0
    found = records(folder)
    assert set(found) == {(name, "none"), ("loss", "none")}
    assert found[name, "none"]["metrics"]["auc"]["values"] != found["loss", "none"]["metrics"]["auc"]["values"]
    assert f"| {name} " in (folder / "leaderboard.md").read_text().replace("\\_", "_")


@pytest.mark.parametrize("module", ["excess", "learns"])
def test_an_attack_that_needs_no_more_than_outputs_passes_the_check(module):
    names = {}
    exec(FILES[f"{module}.py"], names)
    assert "With a leak" in check_attack(names[ATTACKS[module]]())[5]


def test_an_attack_by_its_entry_point_and_as_a_stage(project, run):
    project.add("excess.py")
    code, folder = run("--attacks", "excess", "two-stage(second=excess)", "two-stage(first=excess,second=loss)")
    assert code == 0
    assert len(records(folder)) == 3


def test_a_hook_of_a_defense(project, run):
    project.add("flooding.py")
    code, folder = run("--attacks", "loss", "--defenses", "flooding", "flooding(5.0)")
    assert code == 0
    found = records(folder)
    assert {defense for _, defense in found} == {"none", "flooding", "flooding(5.0)"}
    assert found["loss", "flooding(5.0)"]["defense"]["settings"] == {"level": 5.0}
    outputs = {defense: r["games"]["outputs"] for (_, defense), r in found.items()}
    assert len(set(outputs.values())) == 3  # a level above the loss at the start drives it up


def test_a_defense_with_its_own_training_and_facts_on_the_board(project, run):
    project.add("nearest.py")
    code, folder = run("--attacks", "loss", "--defenses", "nearest:Nearest")
    assert code == 0
    spread = records(folder)["loss", "nearest:Nearest"]["defense"]["facts"]["spread"]
    assert spread > 0
    assert f"(spread {spread})" in (folder / "leaderboard.md").read_text()


def test_a_query_set_by_its_entry_point_with_a_value_and_by_its_place(project, run):
    project.add("nearby.py")
    attacks = [f"lira-online(queries=(clean, {of}))" for of in ("nearby", "'nearby(by=0.5)'", "nearby:Nearby")]
    half = ("--suite", "digits-half", "--references", "2", "--trials", "1", "--epochs", "1", "--part", "100")
    code, folder = run("--attacks", *attacks, tiny=half)
    assert code == 0
    found = {name: r for (name, _), r in records(folder).items()}
    assert {r["attack"]["facts"]["queries a record"] for r in found.values()} == {3}
    first, other, place = (found[name]["scores"] for name in sorted(found, key=len))
    assert len({*first, *other, *place}) == 2  # by its place it is the same set


def test_a_metric_is_a_column(project, run):
    project.add("mean_gap.py")
    code, folder = run("--attacks", "loss", tiny=("--references", "2", "--trials", "2", "--epochs", "1"))
    assert code == 0
    [record] = records(folder).values()
    member, scores = played(folder)
    expected = [s[m].mean() - s[~m].mean() for s, m in zip(scores, member, strict=True)]
    np.testing.assert_allclose(record["metrics"]["mean_gap"]["values"], expected, rtol=1e-5)
    assert re.search(r"\| +mean gap \|", (folder / "leaderboard.md").read_text())


def played(folder):
    """Membership and scores of each game of the one record."""
    [path] = (folder / "records").glob("*.npz")
    with np.load(path) as file:
        count = len([name for name in file if name.startswith("scores")])
        return [[file[f"{what}_{k}"] for k in range(count)] for what in ("member", "scores")]


def test_a_data_set_a_network_a_protocol_and_a_suite_of_own_data(project, run, tmp_path, monkeypatch):
    for name in ("one_layer.py", "coins.py"):
        project.add(name)
    (tmp_path / "clinic.toml").write_text(FILES["clinic.toml"])
    rng = np.random.default_rng(0)
    label = np.arange(240) % 3
    table = np.column_stack([rng.normal(size=(240, 4)) + label[:, None], label])
    np.savetxt(tmp_path / "patients.csv", table, "%.6g", ",", header="a,b,c,d,label", comments="")
    code, folder = run("--suite", str(tmp_path / "clinic.toml"), "--attacks", "loss", "lira-offline", tiny=())
    assert code == 0
    suite = records(folder)["lira-offline", "none"]["suite"]
    told = {key: suite[key] for key in ("dataset", "source", "network", "protocol", "part", "references", "trials")}
    assert told == {
        "dataset": "patients.csv",
        "source": "Admissions of 2024, our hospital",
        "network": "OneLayer(width=16)",
        "protocol": "coins",
        "part": 100,
        "references": 4,
        "trials": 2,
    }


@pytest.mark.parametrize(
    ("file", "line"),
    [
        ("blobs.py", ("data", 'data = "blobs"')),
        ("one_layer.py", ("network", 'network = "one-layer(width=8)"')),
        ("coins.py", ("protocol", 'protocol = "coins(part=100)"')),
    ],
)
def test_each_alone_in_a_suite_of_what_is_built_in(file, line, project, run, tmp_path):
    project.add(file)
    plain = {"data": 'data = "digits"', "network": 'network = "mlp(hidden=(8,))"'}
    plain |= {"protocol": 'protocol = "half-split(part=100)"', line[0]: line[1]}
    sizes = "references = 2\ntrials = 1\n[recipe]\nepochs = 1\nbatch = 32\nlearning_rate = 0.001\n"
    (tmp_path / "mine.toml").write_text("\n".join([*plain.values(), sizes]))
    code, folder = run("--suite", str(tmp_path / "mine.toml"), "--attacks", "lira-offline", tiny=())
    assert code == 0
    [record] = records(folder).values()
    assert record["games"]["keys"]


def test_a_protocol_of_one_s_own_tells_no_membership(project):
    project.add("coins.py")
    split = registry.find(registry.PROTOCOLS, "coins(200)").value.split(500, 4, 6, 1)
    for trial in split.trials:
        member = split.member(trial.target)[trial.audited]
        seen = sum(split.member(model)[trial.audited].astype(int) for model in (*trial.references, trial.shadow))
        assert member.sum() == 200
        assert abs(np.corrcoef(member, seen)[0, 1]) < 4 / 400**0.5
    more = registry.find(registry.PROTOCOLS, "coins(200)").value.split(500, 5, 9, 1)
    assert all(np.array_equal(more.training[m], split.training[m]) for m in split.training)


def test_somebody_s_own_outputs_become_a_board_without_training(tmp_path):
    rng = np.random.default_rng(0)
    trained_on = rng.random((20, 400)) < 0.5
    labels = rng.integers(3, size=400)
    logits = rng.normal(size=(20, 400, 3))
    logits[:, np.arange(400), labels] += 2 * trained_on
    np.savez(tmp_path / "outputs.npz", labels=labels, logits=logits, trained_on=trained_on)
    (tmp_path / "own_outputs.py").write_text(FILES["own_outputs.py"])
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "own_outputs.py"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    found = records(tmp_path / "board")
    assert set(found) == {("loss", "none"), ("lira-offline", "none")}
    assert all(r["metrics"]["auc"]["mean"] > 0.75 for r in found.values())
    assert "our hospital" in (tmp_path / "board" / "leaderboard.md").read_text()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["board", "outputs.npz", "own_outputs.py"]
