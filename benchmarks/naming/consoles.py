"""Standard streams that never stop the work: what cannot be shown is dropped."""

from __future__ import annotations

import contextlib
import io
import os
import sys
import textwrap
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from benchmarks.naming.wording import steers

PIPED = 10**6  # characters of a line that no terminal cuts
STYLES = {"head": "1", "dim": "2", "warn": "1;35"}  # bold, faint, and what is read on black and on white


class Line(NamedTuple):
    """A line to be shown, in one of `STYLES` where that is possible."""

    text: str
    style: str = ""


class Lasting:
    """A text stream that goes on when its reader has gone, its disk is full, or its terminal is closed; or is None."""

    def __init__(self, stream: Any):
        self._stream = stream

    def write(self, text: str) -> int:
        """Write `text`, what would steer a terminal escaped, or drop it; returns its length."""
        with self._dropping():
            self._stream.write(text if text.isprintable() else "".join(map(_seen, text)))
        return len(text)

    def show(self, line: Line) -> None:
        """Write a line, in its style on a terminal that is not told otherwise (https://no-color.org)."""
        plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb" or not self._on_terminal()
        style = "" if plain else STYLES.get(line.style, "")
        for text, ours in ((f"\x1b[{style}m", True), (line.text, False), ("\x1b[0m", True)):
            if not ours:
                self.write(text)
            elif style:
                with self._dropping():
                    self._stream.write(text)
        self.write("\n")

    def _on_terminal(self) -> bool:
        try:
            return bool(self._stream.isatty())
        except (OSError, ValueError, AttributeError):
            return False

    def flush(self) -> None:
        """Flush, or drop what is left."""
        with self._dropping():
            self._stream.flush()

    @contextlib.contextmanager
    def _dropping(self) -> Iterator[None]:
        try:
            yield
        except (OSError, ValueError, AttributeError):
            # The interpreter flushes the stream once more at its end: then it must have a place to go.
            with contextlib.suppress(OSError, ValueError, AttributeError):
                nowhere = os.open(os.devnull, os.O_WRONLY)
                os.dup2(nowhere, self._stream.fileno())
                os.close(nowhere)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def _seen(letter: str) -> str:
    """A character as it may be shown: a line may end, and a bar may go back to its start."""
    harmless = (
        letter in "\n\r\t" or "\ud800" <= letter <= "\udfff" or not steers(letter)
    )  # the stream escapes surrogates
    return letter if harmless else repr(letter)[1:-1]


def show(lines: Iterable[Line]) -> None:
    """Print lines on stdout, in their styles where that is a terminal and `lasting`."""
    for line in lines:
        if isinstance(sys.stdout, Lasting):
            sys.stdout.show(line)
        else:
            print(line.text)


def tell(text: str, hang: int = 4) -> None:
    """Print a line on stdout; on a terminal that is too narrow for it in several, the others `hang` columns in."""
    width = max(width_of_stdout(PIPED), 2 * hang)
    show(map(Line, textwrap.wrap(text, width, subsequent_indent=" " * hang, break_on_hyphens=False) or [""]))


def width_of_stdout(widest: int) -> int:
    """The columns of the terminal that stdout is, at most `widest`; `widest` where it is none."""
    try:
        columns = os.get_terminal_size(sys.stdout.fileno()).columns if sys.stdout.isatty() else widest
    except (OSError, ValueError, AttributeError):
        columns = widest
    return min(columns or widest, widest)


@contextlib.contextmanager
def lasting() -> Iterator[None]:
    """Make stdout and stderr `Lasting`, and replace by ? what the console's encoding lacks, as long as this lasts."""
    before = sys.stdout, sys.stderr
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # stderr escapes such characters anyway
    sys.stdout, sys.stderr = Lasting(sys.stdout), Lasting(sys.stderr)
    try:
        yield
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        sys.stdout, sys.stderr = before
