"""The built-in query sets by name. Importing this file loads none of them."""

from __future__ import annotations

BUILTIN: dict[str, str] = {
    "clean": "benchmarks.training.queries:Clean",
    "flips-shifts": "benchmarks.training.queries:FlipsShifts",
    "shifts": "benchmarks.training.queries:Shifts",
    "rotations": "benchmarks.training.queries:Rotations",
    "noise": "benchmarks.training.queries:Noise",
    "bit-flips": "benchmarks.training.queries:BitFlips",
    "trajectory": "benchmarks.training.queries:Trajectory",
}
