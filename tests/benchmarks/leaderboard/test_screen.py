"""What a terminal shows of a board: short, narrow, and the board's own numbers."""

import io
import sys

import pytest
from invented import ACCURACY, ATTACKS, DEFENSES, record

from benchmarks.leaderboard.board import leaderboard
from benchmarks.leaderboard.screen import screen
from benchmarks.naming import consoles
from benchmarks.naming.consoles import Line, lasting, show, width_of_stdout
from benchmarks.results.ranking import Run
from benchmarks.results.screens import LINES, WIDTH, Head, table

BELOW = ("whole board: output/digits/leaderboard.md", "as a page:   mia-arena report output/digits")


def run(attacks=tuple(ATTACKS), defenses=tuple(DEFENSES), **changes):
    return Run([record(defense=d, attack=a, d=ATTACKS.get(a, 0.3) * DEFENSES.get(d, 0.5),
                        accuracy=ACCURACY.get(d, 0.8), **changes)
                for d in defenses for a in attacks])  # fmt: skip


def texts(*arguments, **rest):
    return [line.text for line in screen(*arguments, **rest)]


def test_its_numbers_are_those_of_the_board():
    shown = run(("loss", "gap", "two-stage"), ("none", "hamp"))
    board = {tuple(cell.strip() for cell in line.strip("|").split("|")) for line in
             leaderboard(shown.records).splitlines() if line.startswith("|")}  # fmt: skip
    rows = [[cell.strip() for cell in line.split("  ") if cell.strip()] for line in texts(shown, {}, ())]
    attacks = [row for row in board if row[1:2] == ("two-stage",) and len(row) == 5]
    assert [*attacks[0][:4]] in [row[:4] for row in rows]
    (hamp,) = (row for row in board if row[1:2] == ("hamp",))
    rank, name, found_by, worst, tpr, _, cost = hamp
    assert [rank, name, worst, found_by, tpr, cost] in rows


HOSTILE = {  # a board: its run, and what was left out
    "one attack": (run(("loss",), ("none",)), {}),
    "no undefended model": (run(("loss",), ("hamp",)), {}),
    "many of all": (run([f"attack-{i}" for i in range(40)], ["none", *(f"defense-{i}" for i in range(20))]),
                    {f"other-{i}": f"needs number {i} of what there is not, " + "and so on " * 9 for i in range(50)}),
    "long names": (run(["a" * 200, "b" * 150], ["none", "c" * 90]), {"d" * 300: "e" * 300}),
    "reduced": (run(changed={f"option{i}": (9, 3) for i in range(30)}), {"dmp": "needs spare records"}),
}  # fmt: skip


@pytest.mark.parametrize("width", [WIDTH, 80, 60])
@pytest.mark.parametrize("name", HOSTILE)
def test_it_fits_a_terminal(name, width):
    lines = texts(*HOSTILE[name], BELOW, width)
    assert len(lines) <= LINES < 40
    assert max(map(len, lines)) <= width
    assert lines[-2:] == list(BELOW)


def test_without_a_record_against_the_undefended_model_it_says_no_more_than_that():
    shown = texts(*HOSTILE["no undefended model"], BELOW)
    assert "Attacks on the undefended model: no attack has a record" in shown


@pytest.mark.parametrize("width", [WIDTH, 60])
def test_no_defense_is_shown_without_its_cost(width):
    lines = texts(run(), {}, (), width)
    (head,) = (line for line in lines if "worst AUC" in line)
    assert "accuracy lost" in head
    (hamp,) = (line for line in lines if "  hamp" in line)
    assert "2.2 [" in hamp  # 86.0 - 83.8


def test_who_is_left_out_for_one_reason_is_said_once():
    lines = texts(run(), {"a": "needs x", "b": "needs x", "c": "needs y"}, BELOW)
    assert lines[lines.index("Left out") + 1 :] == ["  a, b: needs x", "  c: needs y", "", *BELOW]


class Terminal(io.StringIO):
    def isatty(self):
        return True


def shown(stream, lines, monkeypatch, **environment):
    for name in ("NO_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "stdout", stream)
    with lasting():
        show(lines)
    return stream.getvalue()


LINE = Line("a\x1b[5mb", "head")


def test_only_a_terminal_gets_styles_and_no_name_can_make_one(monkeypatch):
    plain, bold = "a\\x1b[5mb\n", "\x1b[1ma\\x1b[5mb\x1b[0m\n"
    assert shown(Terminal(), [LINE], monkeypatch) == bold
    assert shown(Terminal(), [Line(LINE.text)], monkeypatch) == plain
    assert shown(io.StringIO(), [LINE], monkeypatch) == plain
    assert shown(Terminal(), [LINE], monkeypatch, NO_COLOR="1") == plain
    assert shown(Terminal(), [LINE], monkeypatch, TERM="dumb") == plain


def test_a_line_is_told_in_several_where_the_terminal_is_narrow(monkeypatch, capsys):
    line = "  l2     8 models: time unknown, none like it is stored; 24.3 MB a model"
    consoles.tell(line)
    assert capsys.readouterr().out == line + "\n"
    monkeypatch.setattr(consoles, "width_of_stdout", lambda _: 40)
    consoles.tell(line)
    assert capsys.readouterr().out == "  l2     8 models: time unknown, none\n    like it is stored; 24.3 MB a model\n"


@pytest.mark.parametrize(("columns", "width"), [(80, 80), (300, 100), (0, 100)])
def test_a_terminal_is_measured(columns, width, monkeypatch):
    class Measured(Terminal):
        def fileno(self):
            return 7

    monkeypatch.setattr(sys, "stdout", Measured())
    monkeypatch.setattr(consoles.os, "get_terminal_size", lambda _: consoles.os.terminal_size((columns, 24)))
    assert width_of_stdout(100) == width
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    assert width_of_stdout(100) == 100


def test_names_that_begin_alike_are_told_apart_by_their_ends():
    names = ["hamp(gamma=0.95, alpha=0.001)", "hamp(gamma=0.95, alpha=0.005)", "dp-sgd(noise=1.0, clip=1.0, lots=8)"]
    lines = [line.text for line in table([Head("defense"), Head("AUC", "value")], [[n, None] for n in names], 9, 60)]
    assert [line.split("  ")[1] for line in lines[1:]] == [
        "hamp(gamma=0...lpha=0.001)",
        "hamp(gamma=0...lpha=0.005)",
        "dp-sgd(noise=1.0, clip=...",
    ]
