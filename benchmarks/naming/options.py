"""What all command lines share: one sentence for what cannot be read, with the nearest valid choice."""

from __future__ import annotations

import errno
import math
import os
import re
import signal
import sys
from collections.abc import Callable, Iterable, Sequence
from contextvars import ContextVar
from pathlib import Path
from typing import Any

import click
from click.shell_completion import CompletionItem

from benchmarks.naming.consoles import lasting
from benchmarks.naming.garbage import collecting_rarely
from benchmarks.naming.nearest import nearest
from benchmarks.naming.splitting import split
from benchmarks.naming.stopping import Stopped, stoppable
from benchmarks.naming.wording import bare, one_line, shown, steers, told

MOST = {
    "references": 10_000,
    "trials": 10_000,
    "epochs": 100_000,
    "part": 100_000_000,
    "shadows": 1000,
}  # more are taken for a slip of the finger
SEED = 2**63 - 1  # the greatest that every generator takes


CALLED: ContextVar[str] = ContextVar("CALLED", default="")  # how a command is called, where not by its own name
GIVEN = "words"  # the place in a context's meta of the words that its command was given


class Words(click.Option):
    """An option that takes several words: ``--attacks gap loss``, or ``--attacks gap,loss``."""

    def __init__(self, names: Sequence[str], **rest: Any):
        super().__init__(names, multiple=True, **{"type": WORD, **rest})


def one_of(names: Callable[[], Iterable[str]]) -> Callable[[click.Context, click.Parameter, str], list[str]]:
    """A completion, for a shell, of the last of several words between commas by one of `names`."""

    def complete(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[str]:
        before, comma, last = incomplete.rpartition(",")
        return [f"{before}{comma}{name}" for name in names() if name.startswith(last)]

    return complete


class Command(click.Command):
    """A command that refuses in one sentence, and whose `Words` take all words up to the next option.

    examples: what may stand after its name, for --help.
    """

    def __init__(self, name: str | None, examples: Sequence[str] = (), **rest: Any):
        super().__init__(name, add_help_option=False, context_settings={"allow_extra_args": True}, **rest)
        self.examples = examples
        self.params.append(_help())

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """What may stand next where a shell asks: one more word of a `Words`, or what click knows."""
        named = [word for word in ctx.meta[GIVEN] if word.startswith("--")]
        last = [p for p in self.params if isinstance(p, Words) and named and named[-1] in p.opts]
        return (
            last[0].shell_complete(ctx, incomplete)
            if last and incomplete[:1] not in ("", "-")
            else super().shell_complete(ctx, incomplete)
        )

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the examples."""
        _write_examples(self.examples, ctx, formatter)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse `args`, each word of `Words` under an option of its own."""
        ctx.meta[GIVEN] = tuple(args)
        try:
            words = _spread(args, self.params)
        except click.UsageError:
            if not ctx.resilient_parsing:  # a shell asks how an unfinished line may go on
                raise
            words = args
        rest = super().parse_args(ctx, words)
        if rest and not ctx.resilient_parsing:
            raise click.UsageError(f"one word too many, {shown(rest[0])}; --help shows what is expected")
        return rest


class Group(click.Group):
    """A command of commands; examples: what may stand after its name, for --help."""

    def __init__(self, name: str | None = None, examples: Sequence[str] = (), **rest: Any):
        super().__init__(name, add_help_option=False, no_args_is_help=False, **rest)
        self.examples = examples
        self.params.append(_help())

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the examples."""
        _write_examples(self.examples, ctx, formatter)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse what stands before the command."""
        if not args and not ctx.resilient_parsing:
            raise click.UsageError(f"COMMAND is missing; there are {', '.join(self.list_commands(ctx))}")
        if args and args[0].startswith("-"):
            args = _spread(args, self.params)
        return super().parse_args(ctx, args)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The commands in the order in which they were made."""
        return list(self.commands)

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        """Find the command, or name the nearest."""
        known = self.list_commands(ctx)
        if args[0] not in known and not ctx.resilient_parsing:
            raise click.UsageError(f"COMMAND: unknown {shown(args[0])}; {nearest(args[0], known)}")
        return super().resolve_command(ctx, args)


def _write_examples(examples: Sequence[str], ctx: click.Context, formatter: click.HelpFormatter) -> None:
    if examples:
        with formatter.section("Examples"):
            formatter.write("".join(f"  {ctx.command_path} {words}".rstrip() + "\n" for words in examples))


def _help() -> click.Option:
    def say(context: click.Context, option: click.Parameter, wanted: bool) -> None:
        if wanted and not context.resilient_parsing:
            print(context.get_help())
            context.exit()

    about = "Show this message and exit."
    return click.Option(["--help"], is_flag=True, is_eager=True, expose_value=False, callback=say, help=about)


def _spread(args: list[str], params: list[click.Parameter]) -> list[str]:
    """`args` as click reads them: an option before each word of a `Words`, a value joined to its option by ``=``."""
    options = {name: p for p in params if isinstance(p, click.Option) for name in p.opts}
    left = list(args)
    made: list[str] = []
    while left:
        word = left.pop(0)
        name, equals, value = word.partition("=")
        if word == "--":
            return [*made, word, *left]
        if not word.startswith("-") or word == "-":
            made.append(word)
            continue
        if name not in options:
            raise click.UsageError(f"no such option {bare(name)}; {nearest(name, options, 1)}")
        option = options[name]
        if option.is_flag:
            made.append(word)
            continue
        values = [value] if equals else _following(left, isinstance(option, Words))
        if not values:
            got = f"the option {bare(left[0])}" if left else "nothing"
            raise click.UsageError(f"{name}: expected {option.metavar or 'a value'} after it, got {got}")
        if isinstance(option, Words):
            values = [part for text in values for part in _parts(name, text)]
        made += [f"{name}={text}" for text in values]
    return made


def _following(left: list[str], many: bool) -> list[str]:
    """Take from `left` the value of an option, or its values: words up to the next option."""
    taken: list[str] = []
    while left and not left[0].startswith("--") and (many or not taken):
        taken.append(left.pop(0))
    return taken


def _parts(name: str, text: str) -> list[str]:
    """The parts of `text` between commas that stand outside of parentheses; an empty text is one part."""
    try:
        return split(text) or [text]
    except ValueError as error:
        raise click.UsageError(f"{name}: cannot read {shown(text)}: {error}") from None


class Word(click.ParamType):
    """A word; refuses an empty one, ``--``, and control characters."""

    name = "word"

    def __init__(self, expected: str = "a word"):
        self.expected = expected

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The word as it is."""
        if not value.strip() or value == "--" or any(map(steers, value)):
            self.fail(f"expected {self.expected}, got {shown(value)}", param, ctx)
        return value


class Place(Word):
    """A path, of a file or a folder; whether it exists is for the command to say."""

    name = "path"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The path."""
        if isinstance(value, Path):
            return value
        try:
            os.lstat(super().convert(value, param, ctx))
        except OSError as error:
            if error.errno in (errno.ENAMETOOLONG, errno.ELOOP):
                self.fail(f"expected {self.expected}, got {shown(value)}: {error.strerror}", param, ctx)
        return Path(value)


class Folder(Place):
    """The path of a folder, which need not exist; but what does must be one."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The path."""
        path = super().convert(value, param, ctx)
        if os.path.exists(path) and not os.path.isdir(path):  # of os.path, which raise nothing
            self.fail(f"expected {self.expected}, got {shown(value)}, which is none", param, ctx)
        return path


class Whole(click.ParamType):
    """Whole numbers from `least` to `most`; without `most`, of at least `least`."""

    name = "number"

    def __init__(self, least: int, most: int | None = None):
        self.read = whole(least, most)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The number."""
        try:
            return self.read(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


class Number(click.ParamType):
    """Finite numbers of at least `least`, and below `below` where it is given."""

    name = "number"

    def __init__(self, least: float, below: float = math.inf):
        self.least, self.below = least, below

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The number."""
        try:
            number = float(value)
        except ValueError:
            number = math.nan
        if not self.least <= number < self.below:
            most = "" if math.isinf(self.below) else f" and below {self.below:g}"
            self.fail(f"expected a number of at least {self.least:g}{most}, got {bare(str(value))}", param, ctx)
        return number


def whole(least: int, most: int | None = None) -> Callable[[str | int], int]:
    """Return a reader of whole numbers from `least` to `most`. It raises ValueError on anything else."""

    def read(word: str | int) -> int:
        if not re.fullmatch(r"[+-]?[0-9]{1,20}", str(word)):
            raise ValueError(f"expected {expected}, got {shown(str(word))}")
        if int(word) < least or int(word) > (SEED if most is None else most):
            raise ValueError(f"expected {expected}, got {word}")
        return int(word)

    expected = f"a whole number of at least {least}" if most is None else f"a whole number from {least} to {most}"
    return read


WORD = Word()
FILE = Place("a file")
FOLDER = Folder("a folder")


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
