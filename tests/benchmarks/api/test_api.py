"""The Python API: the command's own records, games with attacks of one's own, and refusals in one sentence."""

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

import mia_arena
from benchmarks.run import main

SIZES = {"references": 2, "trials": 2, "epochs": 2}
WORDS = [word for name, size in SIZES.items() for word in (f"--{name}", str(size))]


def files(folder):
    return {p.relative_to(folder): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def trained(store):
    return {p: p.stat().st_mtime_ns for p in (store / "models").glob("*/facts.json")}


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """What the command leaves: a store and a board."""
    home = tmp_path_factory.mktemp("api")
    places = ["--store", str(home / "store"), "--output", str(home / "out"), "--device", "cpu"]
    assert main(["--attacks", "loss", "lira-offline", "--defenses", "l2(0.01)", *WORDS, *places]) == 0
    return home


def run(home, attacks=("loss", "lira-offline"), defenses="l2(0.01)", **more):
    return mia_arena.run("digits", attacks, defenses, store=home / "store", device="cpu", **(SIZES | more))


@pytest.fixture(scope="module")
def ran(home):
    return run(home)


def test_it_trains_nothing_that_the_command_trained_and_writes_the_same_bytes(home, ran, tmp_path):
    before = trained(home / "store")
    assert len(before) == 8  # two defenses; two targets, each the other's shadow model, and two references
    again = run(home)
    again.write(tmp_path / "board")
    assert trained(home / "store") == before
    assert files(tmp_path / "board") == files(home / "out")


def test_the_command_trains_nothing_that_python_trained_and_writes_the_same_bytes(tmp_path):
    made = mia_arena.run(attacks="gap", store=tmp_path / "store", device="cpu", references=1, trials=1, epochs=1)
    made.write(tmp_path / "board")
    before = trained(tmp_path / "store")
    sizes = ["--references", "1", "--trials", "1", "--epochs", "1"]
    places = ["--store", str(tmp_path / "store"), "--output", str(tmp_path / "out"), "--device", "cpu"]
    assert main(["--attacks", "gap", *sizes, *places]) == 0
    assert trained(tmp_path / "store") == before
    assert files(tmp_path / "board") == files(tmp_path / "out")


def test_results_are_those_of_the_board(home, ran):
    board = mia_arena.load(home / "out")
    rows = ran.results.sort_values(["defense", "attack", "metric"], ignore_index=True)
    assert rows.equals(board.results.sort_values(["defense", "attack", "metric"], ignore_index=True))
    auc = rows.query("metric == 'auc'").set_index(["attack", "defense"])["mean"]
    by_game = ran.by_game.query("metric == 'auc'").groupby(["attack", "defense"])["value"].mean()
    assert auc.to_dict() == pytest.approx(by_game.to_dict(), abs=1e-5)  # as many records in each game
    ranked = ran.ranking("l2(0.01)")
    assert list(ranked["auc"]) == sorted((auc["loss", "l2(0.01)"], auc["lira-offline", "l2(0.01)"]), reverse=True)
    assert "digits: 2 attacks, defenses none, l2(0.01)" in repr(ran)


@dataclass(frozen=True)
class Twice:
    """Minus the loss, times a factor: as strong as the loss, whatever the factor."""

    factor: float = 2.0

    def score(self, evidence, rehearsal, rng):
        return self.factor * evidence.signal("log_p").target[:, 0]


class Flips:
    """Asks queries that nobody had."""

    queries = ("clean", "noise(4.0, 2)")

    def score(self, evidence, rehearsal, rng):
        return evidence.signal("log_p").target.mean(1)


class Broken:
    """Fails."""

    def score(self, evidence, rehearsal, rng):
        return evidence.nothing


def test_an_attack_of_one_s_own_plays_stored_games_without_training(home, ran):
    before = trained(home / "store")
    more = ran.play(Twice(3.0))
    assert trained(home / "store") == before
    name = f"{__name__}:Twice(3.0)"
    assert {r.attack.name for r in more.records} == {"loss", "lira-offline", name}
    assert {r.attack.name for r in ran.records} == {"loss", "lira-offline"}  # which is another run
    for defense in ("none", "l2(0.01)"):
        own, loss = more.outcomes(name, defense), more.outcomes("loss", defense)
        for a, b in zip(own, loss, strict=True):
            np.testing.assert_allclose(a.scores, 3 * b.scores, rtol=2e-12)  # 40 bits each
            assert a.curve.auc() == b.curve.auc()
    assert len(more.games()) == SIZES["trials"]


def test_an_object_plays_anew_though_its_class_has_changed(home, ran, monkeypatch):
    first = ran.play(Twice()).outcomes(f"{__name__}:Twice")[0].scores
    monkeypatch.setattr(Twice, "score", lambda self, evidence, rehearsal, rng: -evidence.signal("log_p").target[:, 0])
    assert np.array_equal(ran.play(Twice()).outcomes(f"{__name__}:Twice")[0].scores, -first / 2)


def test_queries_that_nobody_had_are_asked_of_stored_models(home, ran):
    before = trained(home / "store")
    more = ran.play(Flips())
    assert trained(home / "store") == before
    assert "noise(sigma=4.0, m=2)" in more.games()[0].queries
    assert len(more.records) == 6


def test_scores_name_records_by_their_row_and_tell_members(ran):
    table = ran.scores("loss", "l2(0.01)")
    game = table[table["game"] == 1]
    assert np.array_equal(game["label"], ran.plan.pool.y[game["record"]])
    target = ran.plan.split.trials[1].target
    assert np.array_equal(game["member"], np.isin(game["record"], ran.plan.split.training[target]))
    assert np.array_equal(game["score"], ran.outcomes("loss", "l2(0.01)")[1].scores)


@pytest.mark.parametrize("name", ["roc", "precision-recall", "scores", "difficulty", "trade-off", "matrix"])
def test_figures_are_matplotlib_s(ran, name, tmp_path):
    figure = ran.figure(name)
    assert figure.axes
    figure.savefig(tmp_path / "figure.png", dpi=30)


def test_a_defense_of_one_s_own_as_an_object(home, project_module):
    made = run(home, "loss", [project_module.Flooding(5.0)], trials=1)
    assert {r.defense.name for r in made.records} == {"none", "flooding_module:Flooding(5.0)"}
    assert made.records[1].defense.settings == {"level": 5.0}


@pytest.fixture
def project_module(tmp_path, monkeypatch):
    text = Path(__file__).parents[3].joinpath("docs", "adding.md").read_text("utf-8")
    code = text.split("```python\n# flooding.py\n")[1].split("```")[0]
    (tmp_path / "flooding_module.py").write_text(code, "utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    import flooding_module

    yield flooding_module
    del sys.modules["flooding_module"]


def local():
    class Local:
        def score(self, evidence, rehearsal, rng):
            return evidence.target[:, 0, 0]

        def loss(self, logits, batch):
            return logits

    return Local()


class Main:
    """A defense that other processes would not find."""

    __module__ = "__main__"

    def loss(self, logits, batch):
        return logits


REFUSED = {
    "suite: unknown suite 'digit'; did you mean digits": lambda home, ran: mia_arena.run("digit"),
    "attacks: unknown attack 'los'; did you mean loss": lambda home, ran: mia_arena.run(attacks="los"),
    "attacks: unknown attack 'lss'": lambda home, ran: ran.play("lss"),
    "attacks: expected at least one, got none": lambda home, ran: ran.play(),
    "attacks: expected an object, as Twice(), got the class Twice": lambda home, ran: ran.play(Twice),
    "attacks: expected a name or an object, got 3": lambda home, ran: ran.play(3),
    "is given twice": lambda home, ran: ran.play(Twice(), Twice()),
    "AttributeError: 'Evidence' object has no attribute 'nothing' (test_api.py:": lambda home, ran: ran.play(Broken()),
    "defenses: expected a class at the top of a module, got Local, inside a function": lambda home, ran: run(
        home, defenses=[local()]
    ),
    "defenses: other processes do not find Main; put it into a module of its own": lambda home, ran: run(
        home, defenses=[Main()], on="processes"
    ),
    "trials: expected a whole number from 1 to 10000, got 0": lambda home, ran: mia_arena.run(trials=0),
    "seed: expected a whole number from 0 to": lambda home, ran: mia_arena.run(seed=-1),
    "timeout: expected a number above 0, got -1": lambda home, ran: mia_arena.run(timeout=-1),
    "workers: expected a whole number of at least 1, got 0": lambda home, ran: mia_arena.run(workers=0),
    "adversary: unknown 'aware'; did you mean unaware": lambda home, ran: mia_arena.run(adversary="aware"),
    "on: unknown 'hre'; did you mean here": lambda home, ran: mia_arena.run(on="hre"),
    "defense: unknown 'l2'; there are l2(0.01), none": lambda home, ran: ran.games("l2"),
    "attack: unknown 'gap'": lambda home, ran: ran.outcomes("gap"),
    "figure: unknown 'rock'; did you mean roc": lambda home, ran: ran.figure("rock"),
    "suite: unknown 'mnist'": lambda home, ran: ran.ranking(suite="mnist"),
    "folder: expected a folder with records (*.json), got nowhere": lambda home, ran: mia_arena.load("nowhere"),
    "is the store of models": lambda home, ran: ran.write(home / "store"),
}


@pytest.mark.parametrize("words", REFUSED)
def test_what_cannot_be_used_is_refused_in_one_sentence(words, home, ran, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError) as error:
        REFUSED[words](home, ran)
    assert words in str(error.value)
    assert "\n" not in str(error.value)
    assert "--" not in str(error.value)
    assert list(tmp_path.iterdir()) == []


def test_several_suites_are_told_apart(home, tmp_path):
    folder = Path(__file__).parents[3] / "results" / "boards"
    boards = mia_arena.load(folder)
    names = set(boards.results["suite"])
    assert len(names) > 1
    with pytest.raises(ValueError, match="suite: there are several; expected one of"):
        boards.ranking()
    assert boards.ranking(suite="digits")["attack"][0] == "rmia-offline"


def test_the_import_loads_nothing_and_every_name_is_there():
    code = "import sys, mia_arena; print([m for m in ('numpy', 'torch', 'pandas', 'matplotlib') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=Path(__file__).parents[3])
    assert done.stdout == "[]\n", done.stderr
    assert all(callable(getattr(mia_arena, name)) for name in mia_arena.__all__)
    with pytest.raises(AttributeError, match="no attribute 'sweet'"):
        _ = mia_arena.sweet
