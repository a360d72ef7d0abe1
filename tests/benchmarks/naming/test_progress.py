"""Progress as a terminal and as a log see it; that it cannot be shown stops nothing."""

import io
import os
import sys
import time

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


def logged(monkeypatch, total, ticks, seconds, stream=io.StringIO, **rest):
    """What is written of so many steps, each of which takes so long on a clock."""
    clock, log = [0.0], stream()
    monkeypatch.setattr(module.time, "monotonic", lambda: clock[0])
    monkeypatch.setattr(module, "EVERY", 1000.0)  # the clock is looked at when a step is done, and then alone
    monkeypatch.setattr(sys, "stderr", log)
    with progress(total, "training 2 models", **rest) as advance:
        for _ in range(ticks):
            clock[0] += seconds
            advance(1)
    return log.getvalue()


def test_a_log_gets_whole_lines_now_and_then(monkeypatch):
    first, last = "training 2 models: 33 % after 10 s, about 20 s left\n", "training 2 models: 30 s in all\n"
    assert logged(monkeypatch, 60, 60, 0.5) == first + last


def test_a_long_log_has_a_line_a_minute(monkeypatch):
    *said, last = logged(monkeypatch, 1000, 300, 1.0).splitlines()
    assert [line.partition(" after ")[2].partition(",")[0] for line in said] == [
        "10 s", "30 s", "70 s", "2 min", "3 min", "4 min"
    ]  # fmt: skip
    assert said[-1] == "training 2 models: 25 % after 4 min, about 12 min left"
    assert last == "training 2 models: 5 min in all"


def test_what_is_quickly_done_leaves_a_log_alone(monkeypatch):
    assert logged(monkeypatch, 3, 3, 1.0) == ""


@pytest.mark.parametrize(
    ("rest", "line"),
    [
        ({"unit": "plot"}, "20 of 60 plots after 10 s, about 20 s left"),
        ({"note": lambda: "1 failed"}, "33 % after 10 s, about 20 s left; 1 failed"),
        ({"left": lambda: 7.0}, "33 % after 10 s, about 7 s left"),
        ({"left": lambda: None}, "33 % after 10 s"),  # nothing is said that is not known
    ],
)
def test_a_line_says_what_it_is_given(rest, line, monkeypatch):
    assert logged(monkeypatch, 60, 21, 0.5, **rest).startswith(f"training 2 models: {line}\n")


def test_a_single_step_is_told_by_its_time_however_long_nothing_moves(monkeypatch):
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    monkeypatch.setattr(module, "PATIENCE", 0.0)
    monkeypatch.setattr(module, "EVERY", 0.01)
    with progress(1, "comparing attacks"):
        deadline = time.monotonic() + 30
        while not sys.stderr.getvalue() and time.monotonic() < deadline:
            time.sleep(0.01)
    assert sys.stderr.getvalue().startswith("comparing attacks: 1 s\n")


def test_a_terminal_keeps_one_line_a_phase(monkeypatch):
    monkeypatch.setattr(module.shutil, "get_terminal_size", lambda *_, **__: os.terminal_size((60, 24)))
    said = logged(monkeypatch, 4, 4, 20.0, Terminal, note=lambda: "a note that does not fit a narrow terminal")
    *frames, last = said.split("\r")[1:]
    assert frames[0] == "training 2 models: 25 % after 20 s, about 60 s left; a note"
    assert last.rstrip() == "training 2 models: 80 s"
    assert last.endswith("\n")
    assert said.count("\n") == 1
    assert len({len(frame) for frame in frames}) == 1 or max(map(len, frames)) < 60


def test_a_phase_that_is_stopped_is_not_said_to_be_finished(monkeypatch):
    monkeypatch.setattr(sys, "stderr", Terminal())
    with pytest.raises(KeyboardInterrupt), progress(3, "attacking none"):
        raise KeyboardInterrupt
    assert sys.stderr.getvalue().endswith("attacking none, not finished: 1 s\n")


@pytest.mark.parametrize("stream", [None, Full(), FullTerminal()])
def test_work_goes_on_where_nothing_can_be_shown(stream, monkeypatch):
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setattr(module, "PATIENCE", 0.0)
    done = []
    with progress(3, "training") as advance:
        for i in range(3):
            advance(1)
            done.append(i)
    assert done == [0, 1, 2]
