"""A defense that needs records which the protocol does not leave is left out, and a sentence says what leaves some."""

import re

from test_left_out import board

from datasets import SixSplit

DEFENSES = """
class Distils:
    needs = ("spare",)
    def weight_decay(self):
        return 0.0

class Chooses:
    needs = ["validation", "spare"]
    def weight_decay(self):
        return 0.1

class Misspelt:
    needs = ("spares",)
    def weight_decay(self):
        return 0.1
"""
PROTOCOL = """
from dataclasses import dataclass
from datasets.protocols import SixSplit

@dataclass(frozen=True)
class Bare(SixSplit):
    name = "bare"
    gives = frozenset({"reference"})
"""
SUITE = """
data = "digits"
network = "mlp(hidden=(8,))"
protocol = "bare(part=60)"
references = 2
trials = 1
[recipe]
epochs = 1
batch = 32
learning_rate = 0.001
"""


def said(capsys):
    return [line for line in capsys.readouterr().err.splitlines() if re.match("left out|error", line)]


def test_it_is_named_and_the_others_are_published(project, run, capsys):
    project.add("wanting.py", DEFENSES)
    code, folder = run("--attacks", "loss", "--defenses", "wanting:Distils", "wanting:Chooses", "l2")
    assert code == 0
    assert board(folder) == {("none", "loss"), ("l2", "loss")}
    left = "none of the 1,797 records of digits; a part of 289 leaves some"
    has = f"six-split with 299 training records a model has {left}"
    assert said(capsys) == [
        f"left out: wanting:Distils needs spare records, which its defender owns and no model trains on; {has}",
        f"left out: wanting:Chooses needs validation records, by which its defender chooses; {has}",
    ]


def test_what_it_is_advised_is_the_greatest_part_that_does(project, run, capsys):
    project.add("wanting.py", DEFENSES)
    for part, left in ((289, True), (290, False)):
        assert bool("spare" in SixSplit(part).split(1797, 1, 2, 0).gives) == left
        code, _ = run("--attacks", "loss", "--defenses", "wanting:Distils", "l2", "--part", str(part), "--dry-run")
        assert (code, len(said(capsys))) == (0, 0 if left else 1)


def test_too_few_records_name_the_greatest_part_that_fits(run, capsys):
    code, folder = run("--attacks", "loss", "--defenses", "l2", "--part", "300")
    assert (code, folder.exists()) == (2, False)
    has = "six-split with 300 training records a model needs 1800 records, and the data set has 1797"
    assert said(capsys) == [f"error: {has}; a part of 299 fits"]


def test_nothing_but_it_is_an_error_of_one_sentence(project, run, capsys):
    project.add("wanting.py", DEFENSES)
    code, folder = run("--attacks", "loss", "--defenses", "wanting:Distils", "wanting:Chooses")
    assert (code, folder.exists()) == (2, False)
    assert said(capsys)[2:] == ["error: --defenses: none of the chosen defenses can run on digits"]


def test_a_protocol_that_never_gives_it_names_those_that_can(project, run, capsys):
    project.add("wanting.py", DEFENSES).add("bare.py", PROTOCOL, protocols={"bare": "bare:Bare"})
    suite = project.home / "own.toml"
    suite.write_text(SUITE, encoding="utf-8")
    words = ("--suite", str(suite), "--attacks", "loss", "--defenses", "wanting:Distils", "none", "--dry-run")
    assert run(*words, tiny=())[0] == 0
    (line,) = said(capsys)
    assert "; bare with 60 training records a model has none, unlike six-split, half-split" in line
    assert "canaries" not in line  # has what its inner protocol has


def test_a_need_that_there_is_not_is_refused(project, run, capsys):
    project.add("wanting.py", DEFENSES)
    assert run("--defenses", "wanting:Misspelt")[0] == 2
    assert "needs 'spares'; did you mean spare?" in said(capsys)[0]
