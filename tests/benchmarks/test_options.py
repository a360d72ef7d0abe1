"""Command lines that cannot be read, of every command."""

import importlib

import pytest


@pytest.mark.parametrize(
    ("command", "arguments", "sentence"),
    [
        ("run", "--defence l2", "unrecognized option --defence; did you mean --defenses?"),
        ("run", "--refs=3", "unrecognized option --refs; did you mean --references?"),
        ("run", "--dry", "unrecognized option --dry; did you mean --dry-run?"),
        ("run", "--references abc", "--references: expected a whole number from 1 to 10000, got 'abc'"),
        ("run", "--references 1.5", "--references: expected a whole number from 1 to 10000, got '1.5'"),
        ("run", "--references 99999999", "--references: expected a whole number from 1 to 10000, got 99999999"),
        ("run", "--trials 10001", "--trials: expected a whole number from 1 to 10000, got 10001"),
        ("run", "--epochs 1e3", "--epochs: expected a whole number from 1 to 100000, got '1e3'"),
        ("run", "--seed abc", "--seed: expected a whole number of at least 0, got 'abc'"),
        ("run", "--seed -3", "--seed: expected a whole number of at least 0, got -3"),
        ("run", "--suite DIGITS", "--suite: unknown suite 'DIGITS'; did you mean digits?"),
        ("run", "--output", "--output: expected one argument"),
        ("reproduce", "hp-mia --suits mnist", "unrecognized option --suits; did you mean --suites?"),
        ("report.__main__", "folder --outputs x", "unrecognized option --outputs; did you mean --output?"),
        ("leaderboard.__main__", "folder --halp", "unrecognized option --halp; did you mean --help?"),
        ("regression", "chek --baseline x", "COMMAND: unknown 'chek'; did you mean check?"),
        ("regression", "check --basline x", "unrecognized option --basline; did you mean --baseline?"),
        (
            "regression",
            "check --baseline x --current x --tolerance y",
            "--tolerance: expected a share from 0 to below 1, got y",
        ),
    ],
)
def test_what_cannot_be_read_is_answered_with_the_nearest(command, arguments, sentence, capsys):
    assert importlib.import_module(f"benchmarks.{command}").main(arguments.split()) == 2
    assert capsys.readouterr().err == f"error: {sentence}\n"


def test_the_speed_page_reads_its_command_line_in_the_same_way(capsys):
    assert importlib.import_module("benchmarks.speed.__main__").main(["--halp"]) == 2
    assert capsys.readouterr().err == "benchmarks.speed: unrecognized option --halp; did you mean --help?\n"
