"""How every command ends: its exit code, and one sentence where it cannot go on."""

from __future__ import annotations

import signal
import sys
from collections.abc import Sequence
from contextvars import ContextVar

import click

from benchmarks.naming.consoles import lasting
from benchmarks.naming.garbage import collecting_rarely
from benchmarks.naming.stopping import Stopped, stoppable
from benchmarks.naming.wording import one_line, told

CALLED: ContextVar[str] = ContextVar("CALLED", default="")  # how a command is called, where not by its own name


def answered(command: click.Command, arguments: Sequence[str] | None, interrupted: str) -> int:
    """Run a command on `arguments` (None: those of the process) and return its exit code.

    Its own; 2 after one sentence on unusable input; 128 and the signal's number (Ctrl-C: 130) after an interruption,
    with the sentence `interrupted`.
    """
    with lasting(), collecting_rarely(), stoppable():
        try:
            words = sys.argv[1:] if arguments is None else list(arguments)
            with command.make_context(CALLED.get() or command.name, words) as context:
                return int(command.invoke(context) or 0)
        except click.exceptions.Exit as end:
            return end.exit_code
        except click.ClickException as error:
            print(f"error: {_sentence(error)}", file=sys.stderr)
            return 2
        except (ValueError, OSError) as error:
            print(f"error: {told(error)}", file=sys.stderr)
            return 2
        except SystemExit as end:  # no command of ours ends so, and nobody else may choose its exit code
            print(f"error: a plugin ended the run with sys.exit({one_line(repr(end.code))[:60]})", file=sys.stderr)
            return 2
        except KeyboardInterrupt as error:
            return _ended(error, interrupted)
        except RuntimeError as error:  # in which Python 3.11 wraps what is raised while it makes a class
            if not isinstance(error.__cause__, KeyboardInterrupt):
                raise
            return _ended(error.__cause__, interrupted)


def _ended(why: KeyboardInterrupt, interrupted: str) -> int:
    print(interrupted, file=sys.stderr)
    return 128 + (why.number if isinstance(why, Stopped) else signal.SIGINT)


def _sentence(error: click.ClickException) -> str:
    if isinstance(error, click.BadParameter) and error.param is not None:
        named = (
            error.param.opts[0]
            if isinstance(error.param, click.Option)
            else error.param.human_readable_name.strip("[].")
        )
        missing = isinstance(error, click.MissingParameter)
        return f"{named} is missing; it is required" if missing else f"{named}: {error.message}"
    message = one_line(error.format_message()).rstrip(".")
    return message[:1].lower() + message[1:] if not message[:2].isupper() else message
