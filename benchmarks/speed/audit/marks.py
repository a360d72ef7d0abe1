"""Our job with marks in it: ``python -m benchmarks.speed.audit.marks ARGUMENTS of benchmarks.run``.

The last line on stdout is JSON: the processor seconds of the job's parts, all threads counted.
"""

from __future__ import annotations

import builtins
import importlib
import json
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

PARTS = {
    "training": ("benchmarks.training.runner", "train"),
    "playing": ("benchmarks.games.evaluate", "evaluate"),
    "publishing": ("benchmarks.report.publish", "publish"),
}


class Marks:
    """Seconds by part; what runs inside an inner part is not counted in the outer one."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.clock, self.last = clock, clock()
        self.open = ["rest"]
        self.seconds: dict[str, float] = {}

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        """Count what the block takes as `name`."""
        self._count()
        self.open.append(name)
        try:
            yield
        finally:
            self._count()
            self.open.pop()

    def _count(self) -> None:
        now = self.clock()
        self.seconds[self.open[-1]] = self.seconds.get(self.open[-1], 0.0) + now - self.last
        self.last = now

    def around(self, function: Callable[..., Any], name: str) -> Callable[..., Any]:
        """The function, its calls on the main thread counted as `name`."""

        def marked(*arguments: Any, **named: Any) -> Any:
            if threading.current_thread() is not threading.main_thread():
                return function(*arguments, **named)
            with self.part(name):
                return function(*arguments, **named)

        return marked


def main(arguments: list[str]) -> int:
    """Run the job; returns its exit code."""
    marks = Marks(time.process_time)
    builtins.__import__ = marks.around(builtins.__import__, "imports")
    for part, (module, function) in PARTS.items():
        with marks.part("imports"):
            home = importlib.import_module(module)
        setattr(home, function, marks.around(getattr(home, function), part))
    from benchmarks.run import main as run

    code = run(arguments)
    with marks.part("rest"):
        print(json.dumps({"parts": marks.seconds}))
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
