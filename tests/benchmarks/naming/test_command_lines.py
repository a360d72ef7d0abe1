"""A thousand command lines: each option of each command on each hostile value, in each way of giving it.

Whatever it is given, a command answers in one sentence with the option's name, exit 2, or does what it says; it never
ends in a traceback, never hangs, and writes nothing here, since every line is one that has nothing to do.
"""

import importlib
import signal
import socket

import click
import numpy as np
import pytest
from test_commands import MODULES as EVERY

pytestmark = pytest.mark.posix("SIGALRM ends what hangs")

MODULES = {  # command: its module, and words that leave it nothing to do
    "run": ("run", ["--dry-run", "--epochs", "1"]),
    "reproduce": ("reproduce", ["hp-mia", "--dry-run", "--suites", "letter", "--only", "table1"]),
    "list": ("list", ["nowhere"]),
    "show": ("show", ["nowhere"]),
    "report": ("report.__main__", ["nowhere", "--output", "out"]),
    "leaderboard": ("leaderboard.__main__", ["nowhere"]),
    "check": ("regression", ["check", "--baseline", "nowhere", "--current", "nowhere"]),
    "evaluate": ("regression", ["evaluate", "--output", "out", "--outputs", "nowhere.npz"]),
    "record": ("regression", ["record", "--current", "nowhere", "--history", "nowhere.csv"]),
    "plot": ("regression", ["plot", "--output", "out", "--history", "nowhere.csv"]),
    "outputs": ("regression", ["outputs", "--output", "out.npz"]),
    "speed": ("speed.__main__", ["nowhere.json"]),
    "agreement": ("speed.agreement", ["nowhere"]),
    "against": ("speed.audit.__main__", ["--other", "nowhere"]),
    "audit": ("audit.__main__", ["nowhere.npz"]),
    "jumps": ("papers.hp_mia.jumps", ["--data", "nowhere"]),
    "migrate": ("results.migrate", ["nowhere"]),
}
LETTERS = ["\x1b[31mred", "a\nb", "\x00", "\x7f", "\x9b", "\u2028", "\u202e", "\ud800", "\udcff", "é", "٣"]
NUMBERS = ["9" * 400, "-" + "9" * 400, "1e400", "nan", "-1", "0x1", "1_0", "1.0", "9223372036854775808"]
WORDS = ["", " ", "--", "-", "=", "=x", "--seed", "-h", "(", ")" * 50, "(" * 50, "a,,b", ",", "'", "x" * 5000]
PLACES = ["given", "given/file", "given/file/x", "given/nothing", ".", "..", "~", "given/link", "given/empty.json"]
VALUES = [*LETTERS, *NUMBERS, *WORDS, *PLACES]
OF_ITSELF = ("one word too many, ", "no such option ")  # sentences about a word that belongs to no option
SECONDS = 60


def lines():
    """(command, parameter, words) of every command line in which one parameter is hostile."""
    made = []
    for name, (module, quick) in MODULES.items():
        command = importlib.import_module(f"benchmarks.{module}").command
        command = command.commands[name] if isinstance(command, click.Group) else command
        for param in command.params:
            option = param.opts[0]
            for value in VALUES:
                if isinstance(param, click.Argument):
                    head = quick[: quick.index("nowhere")] if "nowhere" in quick else []
                    made += [(name, param, [*head, value, *quick[len(head) + 1 :]]), (name, param, [*quick, value])]
                elif param.is_flag:
                    made += [(name, param, [*quick, f"{option}={value}"]), (name, param, [*quick, option, value])]
                else:
                    given = [[option, value], [f"{option}={value}"], [option, value, option, "1"], [value, option]]
                    made += [(name, param, [*quick, *words]) for words in given]
    return made


def chosen(number):
    """So many of them, at random, the same every time."""
    every = lines()
    return [every[i] for i in np.random.default_rng(11).permutation(len(every))[:number]]


@pytest.fixture
def home(tmp_path, monkeypatch):
    """An empty working folder beside some paths to give, without a network, where nothing can be trained."""
    (tmp_path / "given").mkdir()
    (tmp_path / "given" / "file").write_bytes(b"\x00\xff not ours")
    (tmp_path / "given" / "empty.json").write_text("{}", encoding="utf-8")
    (tmp_path / "given" / "link").symlink_to(tmp_path / "gone")
    monkeypatch.chdir(tmp_path)

    def refuse(*_arguments, **_rest):
        raise OSError("no network in this test")

    def train(*_arguments, **_rest):
        raise ValueError("nothing is trained in this test")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr("benchmarks.tracking.stored.train", train)
    return tmp_path


def tree(folder):
    return sorted(str(path) for path in folder.rglob("*"))


def hang(_signal, _frame):
    raise TimeoutError(f"no answer in {SECONDS} seconds")


def answer(name, words, capsys):
    """(exit code, stdout, stderr) of a command."""
    main = importlib.import_module(f"benchmarks.{MODULES[name][0]}").main
    before = signal.signal(signal.SIGALRM, hang)
    signal.alarm(SECONDS)
    try:
        code = main(list(words))
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
    return code, *capsys.readouterr()


def faults(number, home, capsys):
    """What is wrong with the answers to so many command lines, and how many were refused."""
    found, refused = [], 0
    usual = {name: answer(name, quick, capsys)[-1] for name, (_, quick) in MODULES.items()}
    for name, param, words in chosen(number):
        before = tree(home)
        try:
            code, _, err = answer(name, words, capsys)
        except BaseException as error:
            found.append((name, words, repr(error)))
            continue
        refused += code == 2
        last = err.splitlines()[-1] if err else ""
        shown = param.opts[0] if isinstance(param, click.Option) else param.human_readable_name.strip("[].")
        files = [f"error: {word}: " for word in words]  # a file is told by its own name
        named = [shown, *(word for word in words if word.startswith("--")), *files, *OF_ITSELF]
        wrong = {
            "exit code": code not in (0, 1, 2),
            "no sentence": code == 2 and not last.startswith("error: "),
            "lines": len([line for line in err.splitlines() if not line.startswith("left out: ")]) > 1,
            "long": len(last) > 1000,
            "raw": any(not c.isprintable() for c in err.replace("\n", "")),
            "named": code == 2 and not any(of.lower() in last.lower() for of in named) and err != usual[name],
            "written": tree(home) != before,
        }
        found += [(name, words, what, code, last) for what, is_so in wrong.items() if is_so]
    return found, refused


def test_every_command_is_tried():
    busy = {
        "__main__",
        "speed.forms",
        "coverage",
        "capacity.__main__",
    }  # nothing that they are given leaves them nothing to do
    assert {module for module, _ in MODULES.values()} == set(EVERY) - busy


@pytest.mark.parametrize(
    "number", [100, pytest.param(1000, marks=pytest.mark.slow), pytest.param(10**6, marks=pytest.mark.slow)]
)
def test_hostile_command_lines_are_answered(number, home, capsys):
    assert len(lines()) > 8000
    found, refused = faults(number, home, capsys)
    assert found == []
    assert refused > 0.7 * min(number, len(lines()))
