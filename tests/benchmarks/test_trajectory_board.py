"""The loss trajectory attack on a board of the digits: added later, and said where it cannot play."""

import json

from benchmarks.report import plots
from benchmarks.run import main

NAME = "trajectory(epochs=4)"
SMALL = ("--suite", "digits", "--references", "2", "--trials", "2", "--part", "80", "--epochs", "40", "--device", "cpu")


def go(home, *attacks):
    return main(["--attacks", *attacks, *SMALL, "--store", str(home / "store"), "--output", str(home / "board")])


def entries(home, shelf):
    return {path.name for path in (home / "store" / shelf).iterdir()}


def test_it_is_added_to_a_board_by_students_alone(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(plots, "write", lambda records, folder: None)
    assert go(tmp_path, "loss") == 0
    models, outputs = entries(tmp_path, "models"), entries(tmp_path, "outputs")
    assert go(tmp_path, NAME, f"two-stage(second={NAME})") == 0
    assert entries(tmp_path, "models") == models
    new = entries(tmp_path, "outputs") - outputs
    assert len(new) == 2  # one for each model that is target and shadow model in turn, none for the references
    for key in new:
        spec = json.loads((tmp_path / "store" / "outputs" / key / "spec.json").read_text())
        assert spec["query"] == "trajectory(4)"
    board = (tmp_path / "board" / "leaderboard.md").read_text()
    assert "| trajectory(4) " in board
    assert "| loss " in board
    capsys.readouterr()
    assert go(tmp_path, f"two-stage(c-loss, {NAME})") == 2
    assert "of reference models, and only targets and shadow models have students" in capsys.readouterr().err
