"""What a finished board and a finished store are asked for more."""

import json
import re
import shutil
from collections import Counter

import numpy as np
import pytest
from projects import TINY

from attacks import adopt
from benchmarks.games import playing
from benchmarks.naming import registry
from benchmarks.report import plots
from benchmarks.run import main
from benchmarks.training import jobs

STAGES = ("conf", "entropy", "mentr", "c-conf", "c-conf-max", "lira-offline", "lira-two-sided", "attack-r", "gap")
MANY = [
    *("loss", "gap", "conf", "entropy", "mentr", "c-loss", "c-conf", "c-conf-max"),
    *("lira-offline", "lira-two-sided", "attack-r", "two-stage", "two-stage-lira"),
    *(f"two-stage(second={stage})" for stage in STAGES),
    *(f"two-stage(first={stage})" for stage in STAGES[:3]),
]
DEFENSES = ("l2", "label-smoothing", "hamp")
NEW = "two-stage(gap)"


@pytest.fixture
def counted(monkeypatch):
    """Which attacks are played and which models trained or asked, as they come; no plots, which take most of a run."""
    played, trained, asked = [], [], []
    answer, train, ask = playing._answer, jobs.train, jobs.ask
    monkeypatch.setattr(playing, "_answer", lambda attack, *rest: played.append(attack.name) or answer(attack, *rest))
    monkeypatch.setattr(jobs, "train", lambda job, worker: trained.extend(job.keys) or train(job, worker))
    monkeypatch.setattr(jobs, "ask", lambda job, worker: asked.extend(job.keys) or ask(job, worker))
    monkeypatch.setattr(plots, "write", lambda records, folder: None)
    return played, trained, asked


def files(folder):
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def without_commands(board):
    """A board without the commands of its runs, which two runs do not share with one."""
    return re.sub(r"`mia-arena run [^\n]*", "", board.decode())


def go(home, output, attacks, defenses=DEFENSES):
    places = ["--store", str(home / "store"), "--output", str(home / output)]
    return main(["--attacks", *attacks, "--defenses", *defenses, *TINY, *places])


def test_an_attack_is_added_to_a_board_of_26_attacks_and_4_defenses(tmp_path, counted):
    played, trained, asked = counted
    assert len(set(MANY)) == 25
    assert go(tmp_path, "whole", [*MANY, NEW]) == 0
    assert len(played) == 26 * 4
    assert go(tmp_path, "grown", MANY) == 0
    before = files(tmp_path / "grown")
    shutil.rmtree(tmp_path / "store" / "outcomes")  # so that nothing but the board itself knows the others
    played.clear()
    trained.clear()
    assert go(tmp_path, "grown", [NEW]) == 0
    assert played == [NEW] * 4
    assert trained == asked == []
    after, whole = files(tmp_path / "grown"), files(tmp_path / "whole")
    for name in before:
        if name.startswith("records/"):
            assert after[name] == before[name], name
    new = {name for name in after if name.startswith("records/")} - set(before)
    assert len(new) == 2 * 4  # records and what was said in the games, against each defense
    assert set(after) == set(whole)
    assert without_commands(after["leaderboard.md"]) == without_commands(whole["leaderboard.md"])
    for name in after:
        if name.startswith("comparisons/"):
            assert after[name] == whole[name], name


def test_reference_models_are_asked_what_attacks_on_them_ask_and_no_more(tmp_path, counted):
    _, trained, asked = counted

    def answers():
        folders = (tmp_path / "store" / "outputs").iterdir()
        return Counter(json.loads((of / "spec.json").read_text())["query"] for of in folders)

    assert go(tmp_path, "out", ["lira-offline", "label-noise(sigmas=(0.1,), m=2)"], ("none",)) == 0
    assert answers() == {"clean": 2 * 4, "noise(sigma=0.1, m=2)": 2 * 2}  # on two groups of records
    trained.clear()
    assert (
        go(tmp_path, "out", ["two-stage(second=lira-offline, first='label-noise(sigmas=(0.1,), m=2)')"], ("none",)) == 0
    )
    assert answers() == {"clean": 2 * 4, "noise(sigma=0.1, m=2)": 2 * 4}
    assert trained == []
    assert len(asked) == 2  # the references alone


class Steady:
    """Mean log of the label's probability over more queries, and its place in the population."""

    needs, queries, uses = "reference", ("clean", "flips-shifts"), ("population",)

    def score(self, evidence, rehearsal, rng):
        own, others = (e.signal("log_p").target.mean(1) for e in (evidence, evidence.population))
        return np.searchsorted(np.sort(others), own).astype(float)


def test_new_queries_and_a_population_are_asked_of_stored_weights(tmp_path, counted, monkeypatch):
    _, trained, asked = counted
    found = registry.choose
    mine = registry.Plugin("steady", adopt(Steady()))

    def choose(kind, spellings, *rest, **more):
        return (mine,) if tuple(spellings) == ("steady",) else found(kind, spellings, *rest, **more)

    monkeypatch.setattr(registry, "choose", choose)
    defenses = ("hamp",)  # whose release draws random numbers
    assert go(tmp_path / "later", "out", ["loss"], defenses) == 0
    assert len(trained) == 2 * 4
    assert asked == []
    before = files(tmp_path / "later" / "store" / "models")
    trained.clear()
    assert go(tmp_path / "later", "out", ["steady"], defenses) == 0
    assert trained == []
    assert len(asked) == 2 * 4
    assert files(tmp_path / "later" / "store" / "models") == before
    assert go(tmp_path / "once", "out", ["steady"], defenses) == 0
    later, once = (files(tmp_path / of / "store" / "outputs") for of in ("later", "once"))
    assert {name for name in later if "draft" not in name} == set(once)
    assert len({name.split("/")[0] for name in once}) == 2 * 4 * 4  # two query sets on two groups of records
    for name in once:
        if name.endswith((".npy", "spec.json")):
            assert later[name] == once[name], name
