"""The commands, listed: ``python -m benchmarks``."""

from __future__ import annotations

import sys

if not __package__:  # started as a file, which finds none of our packages
    print("error: start it as a module: python -m benchmarks", file=sys.stderr)
    sys.exit(2)


from benchmarks.naming.consoles import lasting
from benchmarks.naming.nearest import nearest
from benchmarks.naming.wording import shown

COMMANDS = {
    "run": "train what is missing, run attacks against defenses, write a leaderboard",
    "audit": "how much one model of your own gives away, from what it answered",
    "report": "one HTML page, figures and tables, from the records of any number of runs",
    "leaderboard": "make boards again from their records",
    "reproduce": "a paper's tables, figures and claims, measured again",
    "regression": "is an attack as strong as it was?",
    "coverage": "how often intervals hold the truth, in simulated games",
    "speed": "render docs/speed.md from what the speed benchmarks measured",
}


def main(arguments: list[str]) -> int:
    """Print the commands; returns the exit code: 0 done, 2 where a word follows that is no --help."""
    with lasting():
        if arguments and arguments[0] != "--help":
            word = arguments[0]
            use = f"use python -m benchmarks.{word}" if word in COMMANDS else nearest(word, COMMANDS)
            print(f"error: python -m benchmarks takes no word, got {shown(word)}; {use}", file=sys.stderr)
            return 2
        print("Usage: python -m benchmarks.COMMAND [OPTIONS]; --help after each says more.\n\nCommands:")
        for name, about in COMMANDS.items():
            print(f"  {name:<12} {about}")
        return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
