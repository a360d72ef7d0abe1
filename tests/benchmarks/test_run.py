"""The command line as a user meets it, on the smallest run that still has every part."""

import json
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from benchmarks.naming.registry import KINDS
from benchmarks.run import main
from benchmarks.statistics.metrics import METRICS

ROOT = Path(__file__).parents[2]
TINY = ["--references", "2", "--trials", "2", "--epochs", "2"]


def command(store, output, *more):
    return ["--store", str(store), "--output", str(output), "--device", "cpu", *TINY, *more]


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    """One undisturbed run of all attacks against none and l2."""
    home = tmp_path_factory.mktemp("run")
    assert main(command(home / "store", home / "out", "--attacks", "all", "--defenses", "l2")) == 0
    return home


def entries(store):
    kept = [p for shelf in ("models", "outputs") for p in (store / shelf).glob("*")]
    return {p: (p / "facts.json").stat().st_mtime_ns for p in kept if not p.name.startswith(".")}


def test_a_run_leaves_a_board_records_and_plots(done):
    board = (done / "out" / "leaderboard.md").read_text()
    records = [json.loads(p.read_text()) for p in (done / "out" / "records").glob("*.json")]
    attacks = {r["attack"]["name"] for r in records}
    assert {"loss", "c-loss", "c-conf", "two-stage", "lira-offline", "attack-r", "gap"} <= attacks
    assert {(r["defense"]["name"], r["attack"]["name"]) for r in records} == {
        (d, a) for d in ("none", "l2") for a in attacks
    }
    assert "## Every attack against every defense" in board
    assert "Reduced" in board
    models = [place for place in entries(done / "store") if place.parent.name == "models"]
    assert len(models) == 2 * (2 + 2)  # two defenses; two targets, each other's shadows, and R = 2
    assert len(list((done / "out" / "plots").glob("*.png"))) == 4


def test_the_same_command_trains_nothing_and_writes_the_same_board(done, tmp_path):
    before = entries(done / "store")
    assert main(command(done / "store", tmp_path, "--attacks", "all", "--defenses", "l2")) == 0
    assert entries(done / "store") == before
    assert (tmp_path / "leaderboard.md").read_bytes() == (done / "out" / "leaderboard.md").read_bytes()


def test_several_devices_share_one_plan(done, tmp_path, monkeypatch):
    from benchmarks.training import facts

    monkeypatch.setattr(facts, "devices_of", lambda option: ("cpu", "cpu", "cpu"))
    assert main(command(tmp_path / "store", tmp_path / "out", "--attacks", "all", "--defenses", "l2")) == 0
    assert {p.name for p in entries(tmp_path / "store")} == {p.name for p in entries(done / "store")}
    shared, alone = ((home / "out" / "leaderboard.md").read_text(encoding="utf-8") for home in (tmp_path, done))
    threads = r"CPU, \d+ threads?"  # each device has its share of them, and the board says so
    assert re.sub(threads, "CPU", shared) == re.sub(threads, "CPU", alone)


@pytest.mark.posix("SIGKILL ends a process whose locks are gone with it")
def test_killed_in_the_middle_it_goes_on_and_ends_the_same(done, tmp_path):
    store, out = tmp_path / "store", tmp_path / "out"
    arguments = [sys.executable, "-m", "benchmarks.run", *command(store, out, "--attacks", "all", "--defenses", "l2")]
    process = subprocess.Popen(arguments, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and not list((store / "models").glob("[0-9a-f]*/facts.json")):
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    process.wait()
    survived = entries(store)
    assert survived
    assert main(command(store, out, "--attacks", "all", "--defenses", "l2")) == 0
    after = entries(store)
    assert all(after[p] == m for p, m in survived.items())
    assert (out / "leaderboard.md").read_bytes() == (done / "out" / "leaderboard.md").read_bytes()


@pytest.mark.parametrize(("shelf", "name"), [("models", "weights.safetensors"), ("outputs", "logits.npy")])
def test_a_damaged_entry_is_made_again(done, tmp_path, capsys, shelf, name):
    path = next((done / "store" / shelf).iterdir()) / name
    path.write_bytes(path.read_bytes()[:-8])
    assert main(command(done / "store", tmp_path, "--attacks", "all", "--defenses", "l2")) == 0
    assert "damaged" in capsys.readouterr().err
    assert (tmp_path / "leaderboard.md").read_bytes() == (done / "out" / "leaderboard.md").read_bytes()


def test_unaware_shadow_and_references_carry_no_defense(done, tmp_path, capsys):
    arguments = command(done / "store", tmp_path, "--attacks", "loss", "--defenses", "l2", "--adversary", "unaware")
    assert main([*arguments, "--dry-run"]) == 0
    *_, whole, unknown = capsys.readouterr().out.splitlines()
    assert "0 to train" in whole
    assert unknown.startswith("not foreseen: the time of 1 attack in 4 games, ")
    assert not tmp_path.joinpath("leaderboard.md").exists()


def test_dry_run_writes_nothing(tmp_path, capsys):
    assert main(command(tmp_path / "store", tmp_path / "out", "--defenses", "l2", "--dry-run")) == 0
    assert "8 models: 0 stored, 8 to train" in capsys.readouterr().out
    assert list(tmp_path.iterdir()) == []


def test_list_names_suites_attacks_and_defenses(capsys):
    assert main(["--list"]) == 0
    text = capsys.readouterr().out
    for name in ("digits", "location30", "two-stage", "hamp", "wrn", "adult", "half-split", "hp-mia"):
        assert f"  {name} " in text
    assert all(f"\n{kind.word}s:\n" in text for kind in KINDS)
    assert all(metric.title.partition(" at")[0] in text for metric in METRICS.values())


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--attacks", "c-los"], ["--attacks", "c-loss"]),
        (["--defenses", "l3"], ["--defenses", "l2"]),
        (["--suite", "digit"], ["--suite", "digits"]),
        (["--adversary", "unawares"], ["--adversary", "unaware"]),
        (["--defenses", "l2(abc)"], ["--defenses", "l2(abc)", "'abc'"]),
        (["--defenses", "l2(-1)"], ["--defenses", "-1"]),
        (["--defenses", "l2(nan)"], ["--defenses", "nan"]),
        (["--defenses", "hamp(gamma=2)"], ["gamma", "2"]),
        (["--attacks", "two-stage(second=c-los)"], ["c-los", "c-loss"]),
        (["--device", "gpu"], ["--device", "cpu"]),
        (["--device", "cuda:99"], ["--device", "cuda:99"]),
        (["--epochs", "0"], ["--epochs", "0"]),
        (["--seed", "-3"], ["--seed", "-3"]),
        (["--references", "two"], ["--references", "two"]),
        (["--wrong"], ["--wrong"]),
        (["--suite", "location30"], ["location30", "--data"]),
        (["--suite", "letter", "--data", "/nonexistent/folder"], ["/nonexistent/folder"]),
    ],
)
def test_bad_input_is_one_sentence_and_exit_code_2(arguments, words, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["--dry-run", *arguments]) == 2
    text = capsys.readouterr().err
    assert text.count("\n") == 1
    assert all(word in text for word in words), text
    assert list(tmp_path.iterdir()) == []


def test_too_few_records_for_the_protocol(tmp_path, capsys):
    np.savez(
        tmp_path / "letter.npz", labels=np.arange(600, dtype=np.uint8) % 26, features=np.zeros((600, 16), np.uint8)
    )
    assert main(["--suite", "letter", "--data", str(tmp_path), "--dry-run"]) == 2
    text = capsys.readouterr().err
    assert "600" in text
    assert text.count("\n") == 1


def test_an_output_that_is_a_file_is_refused_before_training(tmp_path, capsys):
    (tmp_path / "out").write_text("mine")
    assert main(command(tmp_path / "store", tmp_path / "out", "--attacks", "loss")) == 2
    assert "--output" in capsys.readouterr().err
    assert not any((tmp_path / "store").rglob("*.npy"))
    assert (tmp_path / "out").read_text() == "mine"


def test_a_full_disk_is_one_sentence_and_leaves_nothing_half_written(tmp_path, capsys, monkeypatch):
    def full(*_arguments, **_options):
        raise OSError(28, "No space left on device")

    arguments = command(tmp_path / "store", tmp_path / "out", "--attacks", "loss")
    with monkeypatch.context() as patch:
        patch.setattr(np, "save", full)
        assert main(arguments) == 2
    assert "No space left" in capsys.readouterr().err
    assert list((tmp_path / "out").iterdir()) == []
    assert main([*arguments, "--dry-run"]) == 0  # models are stored before they are asked
    assert "4 models: 0 stored, 0 to train, 4 to ask\n" in capsys.readouterr().out
    assert set((tmp_path / "store").glob("*/*")) == set(entries(tmp_path / "store"))


def test_a_failed_publication_leaves_the_old_board_alone(done, tmp_path, monkeypatch, capsys):
    arguments = command(done / "store", tmp_path, "--attacks", "loss")
    assert main(arguments) == 0
    before = {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()}

    def full(*_arguments, **_options):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("matplotlib.backends.backend_agg.FigureCanvasAgg.print_png", full)
    assert main(command(done / "store", tmp_path, "--attacks", "loss", "gap")) == 2
    assert "No space left" in capsys.readouterr().err
    assert {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()} == before


def files(output):
    return {p: p.read_bytes() for p in output.rglob("*") if p.is_file()}


def test_an_attack_or_a_defense_is_added_to_a_board_and_nothing_else_changes(done, tmp_path, monkeypatch):
    from benchmarks.games import playing

    store, whole = done / "store", tmp_path / "whole"
    assert main(command(store, whole, "--attacks", "loss", "gap", "c-loss", "--defenses", "l2")) == 0
    assert main(command(store, tmp_path / "grown", "--attacks", "loss", "gap")) == 0
    shutil.rmtree(store / "outcomes")
    played, answer = [], playing._answer
    monkeypatch.setattr(playing, "_answer", lambda attack, *rest: played.append(attack.name) or answer(attack, *rest))
    before = entries(store)
    assert main(command(store, tmp_path / "grown", "--attacks", "c-loss")) == 0
    assert played == ["c-loss"] * 2  # in each of two games
    assert main(command(store, tmp_path / "grown", "--attacks", "loss", "gap", "c-loss", "--defenses", "l2")) == 0
    assert len(played) == 2 + 2 * 2 + 2 * 3
    assert entries(store) == before
    grown, made = (sorted(p.name for p in (of / "records").iterdir()) for of in (tmp_path / "grown", whole))
    assert grown == made
    assert (tmp_path / "grown" / "leaderboard.md").read_bytes() == (whole / "leaderboard.md").read_bytes()


@pytest.mark.parametrize("more", [["--seed", "1"], ["--adversary", "unaware"], ["--part", "200"]])
def test_records_of_another_run_are_dropped_only_where_that_is_said(done, tmp_path, capsys, more):
    assert main(command(done / "store", tmp_path, "--attacks", "loss", "gap")) == 0
    before = files(tmp_path)
    assert main(command(tmp_path / "fresh", tmp_path, "--attacks", "loss", *more)) == 2
    text = capsys.readouterr().err.splitlines()[-1]
    assert text.startswith("error: --output: gap against none (digits, adaptive) would be dropped: its ")
    assert text.endswith(" (2 such records); --replace does so, another --output leaves it alone")
    assert files(tmp_path) == before  # and nothing was trained
    assert main(command(done / "store", tmp_path, "--attacks", "loss", "--replace", *more)) == 0
    left = sorted(p.name for p in (tmp_path / "records").iterdir())
    assert {name.rpartition("--")[2] for name in left} == {"loss.json", "loss.npz"}


def test_runs_that_publish_at_the_same_time_lose_nothing_of_each_other(done, tmp_path):
    words = [command(done / "store", tmp_path / "out", "--attacks", name) for name in ("loss", "gap", "c-loss")]
    start = [sys.executable, "-m", "benchmarks.run"]
    runs = [subprocess.Popen([*start, *w], cwd=ROOT, stdout=subprocess.DEVNULL) for w in words]
    assert [run.wait() for run in runs] == [0, 0, 0]
    records = (tmp_path / "out" / "records").glob("*.json")
    assert {p.stem.rpartition("--")[2] for p in records} == {"loss", "gap", "c-loss"}


def test_what_a_run_did_not_write_stays(done, tmp_path):
    mine = [tmp_path / "records" / "mine.json", tmp_path / "plots" / "mine.png", tmp_path / "notes.txt"]
    for path in mine:
        path.parent.mkdir(exist_ok=True)
        path.write_text("mine")
    assert main(command(done / "store", tmp_path, "--attacks", "loss")) == 0
    assert main(command(done / "store", tmp_path, "--attacks", "gap", "--replace")) == 0
    assert all(path.read_text() == "mine" for path in mine)


RECORD = "records/digits--adaptive--none--loss.json"


@pytest.mark.parametrize("name", ["records", "comparisons", "plots", "leaderboard.md", RECORD])
def test_what_stands_in_the_way_is_said_before_training(tmp_path, capsys, name):
    place = tmp_path / "out" / name
    a_file = name in ("leaderboard.md", RECORD)
    place.mkdir(parents=True) if a_file else (place.parent.mkdir(), place.write_text("mine"))
    assert main(command(tmp_path / "store", tmp_path / "out", "--attacks", "loss", "--replace")) == 2
    assert f"--output: expected a f{'ile' if a_file else 'older'}, got" in capsys.readouterr().err
    assert not any((tmp_path / "store").rglob("*.npy"))
    assert place.exists()


def test_the_store_is_no_place_for_a_board(tmp_path, capsys):
    assert main(command(tmp_path / "store", tmp_path / "store", "--attacks", "loss")) == 2
    assert "give the board a folder of its own" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_a_dry_run_tells_damaged_entries_and_leaves_them(done, tmp_path, capsys):
    shutil.copytree(done / "store", tmp_path / "store")
    paths = list((tmp_path / "store").rglob("logits.npy"))
    for path in paths:
        path.write_bytes(path.read_bytes()[:-4])
    assert main(command(tmp_path / "store", tmp_path / "out", "--attacks", "loss", "--dry-run")) == 0
    assert "0 stored, 0 to train, 4 to ask (4 of them damaged)" in capsys.readouterr().out
    assert all(path.exists() for path in paths)


def test_a_network_that_the_records_do_not_fit_is_said_with_its_suite(tmp_path, capsys):
    suite = tmp_path / "mine.toml"
    recipe = "[recipe]\nepochs = 1\nbatch = 9\nlearning_rate = 0.1\n"
    suite.write_text(
        'data = "digits"\nnetwork = "cnn"\nprotocol = "six-split(part=9)"\nreferences = 2\ntrials = 1\n' + recipe,
        encoding="utf-8",
    )
    assert main(["--suite", str(suite), "--store", str(tmp_path / "s"), "--output", str(tmp_path / "o")]) == 2
    said = capsys.readouterr().err.splitlines()[-1]
    assert said.startswith("error: --suite mine.toml: cnn takes images (height, width, channels) of at least 16 x 16")


def test_a_damaged_record_in_the_output_leads_nobody_in_a_circle(done, tmp_path, capsys):
    words = command(done / "store", tmp_path, "--attacks", "loss")
    assert main(words) == 0
    path = next((tmp_path / "records").glob("*.json"))
    path.write_text(path.read_text(encoding="utf-8").replace('"adaptive"', '"unaware"'), encoding="utf-8")
    capsys.readouterr()
    assert main(words) == 2
    said = capsys.readouterr().err.splitlines()[-1]
    assert said.startswith(f"error: --output: {path}: ")
    assert "run it again" not in said
    assert said.endswith("; --replace gives it up, another --output leaves it alone")
    assert main([*words, "--replace"]) == 0


def test_a_query_set_in_two_spellings_is_refused(capsys):
    words = ["--attacks", "label-augmentation(queries=(clean,shifts,shifts(d=1)))", "--dry-run"]
    assert main(words) == 2
    assert capsys.readouterr().err.endswith(": the queries shifts and shifts(d=1) are the same\n")


def test_a_misspelt_query_set_of_an_attack_that_is_named_is_refused(tmp_path, capsys):
    words = ["--attacks", "loss", "label-augmentation(queries=(clean,rotation(3)))"]
    assert main(command(tmp_path / "store", tmp_path / "out", *words)) == 2
    assert "unknown query set 'rotation'; did you mean rotations?" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())
