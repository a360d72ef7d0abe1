"""What is left is judged by what the same piece took."""

import pytest

from benchmarks.games import pacing
from benchmarks.games.pacing import Pace


def test_slow_pieces_that_are_left_weigh_what_they_took(monkeypatch):
    clock = [0.0]
    monkeypatch.setattr(pacing.time, "monotonic", lambda: clock[0])
    pace = Pace(["quick", "slow", "new"] * 4)
    assert pace.left() is None
    for name, seconds in (("quick", 1), ("slow", 20), ("slow", 10)):
        clock[0] += seconds
        pace.done(name)
    assert pace.left() == pytest.approx(3 * 1 + 2 * 15 + 4 * 31 / 3)
