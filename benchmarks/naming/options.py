"""What all command lines share: one sentence for what cannot be read, with the nearest valid choice."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from typing import Any

from benchmarks.naming.plugins import nearest


class Parser(argparse.ArgumentParser):
    """A parser that raises ValueError on what it cannot read, and takes no abbreviations."""

    def __init__(self, **rest: Any):
        super().__init__(allow_abbrev=False, **rest)

    def error(self, message: str) -> Any:
        """Raise ValueError instead of leaving the program."""
        raise ValueError(message.removeprefix("argument "))

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Answer an unknown option before argparse misses a required one that was misspelt."""
        words = sys.argv[1:] if args is None else list(args)
        for word in words if self._subparsers is None else ():
            option = word.partition("=")[0]
            if option == "--":
                break
            if option.startswith("--") and " " not in option and option not in self._option_string_actions:
                raise ValueError(f"unrecognized option {option}; {nearest(option, self._option_string_actions, 1)}")
        return super().parse_known_args(words, namespace)

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        if action.choices is not None and value not in action.choices:
            raise argparse.ArgumentError(action, f"unknown {value!r}; {nearest(value, action.choices)}")


def answered(command: Callable[[], int], interrupted: str) -> int:
    """Return a command's exit code: its own, 2 after one sentence on unusable input, 130 after an interruption."""
    try:
        return command()
    except (ValueError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(interrupted, file=sys.stderr)
        return 130


def whole(least: int, most: int | None = None) -> Callable[[str | int], int]:
    """Return an argparse type: whole numbers from `least` to `most`. It raises ArgumentTypeError on anything else."""

    def read(word: str | int) -> int:
        try:
            number = int(word)
        except ValueError:
            raise argparse.ArgumentTypeError(f"expected {expected}, got {word!r}") from None
        if number < least or (most is not None and number > most):
            raise argparse.ArgumentTypeError(f"expected {expected}, got {number}")
        return number

    expected = f"a whole number of at least {least}" if most is None else f"a whole number from {least} to {most}"
    return read
