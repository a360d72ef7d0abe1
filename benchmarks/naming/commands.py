"""How command lines are read: several words after an option, and the nearest valid choice for what is not known."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import click
from click.shell_completion import CompletionItem

from benchmarks.naming.nearest import nearest
from benchmarks.naming.options import WORD
from benchmarks.naming.splitting import split
from benchmarks.naming.wording import bare, shown

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
