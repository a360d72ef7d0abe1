"""Command lines that cannot be read, of every command."""

import importlib
import signal

import click
import pytest

from benchmarks.naming.answered import answered
from benchmarks.naming.commands import Command, Words
from benchmarks.naming.options import Whole, Word

COMMANDS = ("run", "reproduce", "regression", "report.__main__", "leaderboard.__main__", "speed.__main__")
COMMANDS += ("speed.agreement",)


def module(command):
    return importlib.import_module(f"benchmarks.{command}")


@pytest.mark.parametrize(
    ("command", "arguments", "sentence"),
    [
        ("run", "--defence l2", "no such option --defence; did you mean --defenses?"),
        ("run", "--refs=3", "no such option --refs; did you mean --references?"),
        ("run", "--dry", "no such option --dry; did you mean --dry-run?"),
        ("run", "--references abc", "--references: expected a whole number from 1 to 10000, got 'abc'"),
        ("run", "--references 1.5", "--references: expected a whole number from 1 to 10000, got '1.5'"),
        ("run", "--references 99999999", "--references: expected a whole number from 1 to 10000, got 99999999"),
        ("run", "--trials 10001", "--trials: expected a whole number from 1 to 10000, got 10001"),
        ("run", "--epochs 1e3", "--epochs: expected a whole number from 1 to 100000, got '1e3'"),
        ("run", "--seed abc", "--seed: expected a whole number from 0 to 9223372036854775807, got 'abc'"),
        ("run", "--seed -3", "--seed: expected a whole number from 0 to 9223372036854775807, got -3"),
        ("run", "--seed 1_000", "--seed: expected a whole number from 0 to 9223372036854775807, got '1_000'"),
        (
            "run",
            "--suite DIGITS",
            "--suite: unknown suite 'DIGITS'; did you mean digits?",
        ),
        ("run", "--output", "--output: expected DIR after it, got nothing"),
        ("run", "--output --seed 3", "--output: expected DIR after it, got the option --seed"),
        ("run", "--attacks --seed 3", "--attacks: expected NAME... after it, got the option --seed"),
        ("run", "--attacks loss(", "--attacks: cannot read 'loss(': a ( without its )"),
        ("run", "--list=3", "option '--list' does not take a value"),
        ("run", "words", "one word too many, 'words'; --help shows what is expected"),
        ("reproduce", "hp-mia --suits mnist", "no such option --suits; did you mean --suites?"),
        ("reproduce", "hp-mai", "PAPER: unknown paper 'hp-mai'; did you mean hp-mia?"),
        ("reproduce", "", "PAPER is missing; there are hamp, hp-mia, which-attack"),
        ("report.__main__", "folder --outputs x", "no such option --outputs; did you mean --output?"),
        ("report.__main__", "folder", "--output is missing; it is required"),
        ("leaderboard.__main__", "folder --halp", "no such option --halp; did you mean --help?"),
        ("speed.__main__", "--halp", "no such option --halp; did you mean --help?"),
        ("speed.agreement", "", "DATA is missing; it is required"),
        (
            "regression",
            "",
            "COMMAND is missing; there are check, evaluate, init, record, plot, outputs",
        ),
        ("regression", "chek --baseline x", "COMMAND: unknown 'chek'; did you mean check?"),
        ("regression", "check --basline x", "no such option --basline; did you mean --baseline?"),
        (
            "regression",
            "check --baseline x --current x --tolerance y",
            "--tolerance: expected a number of at least 0 and below 1, got y",
        ),
    ],
)
def test_what_cannot_be_read_is_answered_with_the_nearest(command, arguments, sentence, capsys):
    assert module(command).main(arguments.split()) == 2
    assert capsys.readouterr() == ("", f"error: {sentence}\n")


seen = []


@click.command("toy", cls=Command)
@click.option("--names", cls=Words, default=["all"])
@click.option("--number", type=Whole(0))
@click.option("--word", type=Word())
@click.argument("places", nargs=-1)
def toy(**given):
    seen.append(given)


@pytest.mark.parametrize(
    ("words", "given"),
    [
        ([], {"names": ("all",)}),
        (["--names", "a", "b"], {"names": ("a", "b")}),
        (["--names", "a,b", "c(1, 2),d"], {"names": ("a", "b", "c(1, 2)", "d")}),
        (["--names=a,b", "x", "--names", "c", "--number=3"], {"names": ("a", "b", "c"), "places": ("x",), "number": 3}),
        (["--names", "a", "--", "--b"], {"names": ("a",), "places": ("--b",)}),
        (["x", "--word=-y", "--number", "7"], {"places": ("x",), "word": "-y", "number": 7}),
        (["--word=--z"], {"word": "--z"}),
    ],
)
def test_words_reach_the_command(words, given):
    assert answered(toy, words, "") == 0
    everything = {"names": ("all",), "number": None, "word": None, "places": ()} | given
    assert seen.pop() == everything


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_request_to_end_that_comes_while_a_class_is_made_ends_as_any_other(number, capsys):
    """Python 3.11 wraps what `__set_name__` raises in a RuntimeError; one that is a fault stays one."""

    class Named:
        def __set_name__(self, owner, name):
            signal.raise_signal(number)

    def work():
        type("Made", (), {"it": Named()})

    assert answered(click.Command("work", callback=work), [], "interrupted here") == 128 + number
    assert capsys.readouterr().err == "interrupted here\n"

    def fault():
        raise RuntimeError("a fault") from ValueError("of ours")

    with pytest.raises(RuntimeError, match="a fault"):
        answered(click.Command("fault", callback=fault), [], "interrupted here")
