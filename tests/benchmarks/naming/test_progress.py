"""Progress as a terminal and as a log see it; that it cannot be shown stops nothing."""

import io
import sys

import pytest

from benchmarks.naming import progress as module
from benchmarks.naming.progress import progress


class Terminal(io.StringIO):
    def isatty(self):
        return True


class Full(io.StringIO):
    def write(self, text):
        raise OSError(28, "No space left on device")


class FullTerminal(Full, Terminal):
    pass


def logged(monkeypatch, total, ticks, seconds):
    """The log of so many steps, each of which takes so long on a clock."""
    clock, log = [0.0], io.StringIO()
    monkeypatch.setattr(module.time, "monotonic", lambda: clock[0])
    monkeypatch.setattr(sys, "stderr", log)
    with progress(total, "training 2 models", "epoch") as advance:
        for _ in range(ticks):
            clock[0] += seconds
            advance(1)
    return log.getvalue()


def test_a_log_gets_whole_lines_now_and_then(monkeypatch):
    assert logged(monkeypatch, 60, 60, 0.5) == "training 2 models: 33 % after 10 s, about 20 s left\n"


def test_a_long_log_has_a_line_a_minute(monkeypatch):
    said = logged(monkeypatch, 1000, 300, 1.0).splitlines()
    assert [line.partition(" after ")[2].partition(",")[0] for line in said] == [
        "10 s", "30 s", "70 s", "2 min", "3 min", "4 min"
    ]  # fmt: skip
    assert said[-1] == "training 2 models: 25 % after 4 min, about 12 min left"


def test_what_is_quickly_done_leaves_a_log_alone(monkeypatch):
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    with progress(3, "attacking none", "attack") as advance:
        advance(3)
    assert sys.stderr.getvalue() == ""


def test_a_terminal_gets_a_bar(monkeypatch):
    monkeypatch.setattr(sys, "stderr", Terminal())
    with progress(3, "attacking none", "attack") as advance:
        advance(3)
    assert "attacking none: 100%" in sys.stderr.getvalue()


@pytest.mark.parametrize("stream", [None, Full(), FullTerminal()])
def test_work_goes_on_where_nothing_can_be_shown(stream, monkeypatch):
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setattr(module, "PATIENCE", 0.0)
    done = []
    with progress(3, "training", "epoch") as advance:
        for i in range(3):
            advance(1)
            done.append(i)
    assert done == [0, 1, 2]
