"""All commands under one name: ``mia-arena run``, also ``python -m mia_arena run`` and ``python -m benchmarks run``."""

from __future__ import annotations

import sys

if not __package__:  # started as a file, which finds none of our packages
    print("error: start it as a module: python -m benchmarks", file=sys.stderr)
    sys.exit(2)

import os
from importlib import import_module
from typing import Any

import click

from benchmarks.naming.answered import CALLED, answered
from benchmarks.naming.commands import Group
from benchmarks.naming.working_folder import found_here

NAME = "mia-arena"
COMMANDS = {  # by name: the module that has it as `command`, with a `main`, and what it does
    "run": ("benchmarks.run", "train what is missing, run attacks against defenses, write a leaderboard"),
    "audit": ("benchmarks.audit.__main__", "how much one model of your own gives away, from what it answered"),
    "reproduce": ("benchmarks.reproduce", "a paper's tables, figures and claims, measured again"),
    "report": ("benchmarks.report.__main__", "one HTML page, figures and tables, from the records of any runs"),
    "board": ("benchmarks.leaderboard.__main__", "make boards again from their records"),
    "regression": ("benchmarks.regression", "is an attack as strong as it was?"),
    "list": ("benchmarks.list", "suites, attacks, defenses and all other plugins"),
    "show": ("benchmarks.show", "one of them: hyperparameters, access, needs, paper, where it comes from"),
    "coverage": ("benchmarks.coverage", "how often intervals hold the truth, in simulated games"),
    "speed": ("benchmarks.speed.__main__", "render docs/speed.md from what the speed benchmarks measured"),
    "capacity": ("benchmarks.capacity.__main__", "simulate a large leaderboard on many devices"),
}
EXAMPLES = ("run --attacks loss,gap --defenses l2", "audit outputs.npz", "list attacks", "show two-stage")


class Arena(Group):
    """The commands, each imported when it is called; alone, it says which there are."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Their names."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name; None where there is none."""
        if cmd_name not in COMMANDS:
            return None
        found: click.Command = import_module(COMMANDS[cmd_name][0]).command
        return found

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse what stands before the command."""
        return super().parse_args(ctx, args if args or ctx.resilient_parsing else ["--help"])

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write what each command does."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, about) for name, (_, about) in COMMANDS.items()])


def _version(ctx: click.Context, _option: click.Parameter, wanted: bool) -> None:
    if wanted and not ctx.resilient_parsing:
        from importlib.metadata import PackageNotFoundError, version

        try:
            print(f"{NAME} {version(NAME)}")
        except PackageNotFoundError:
            print(f"{NAME}, not installed")
        ctx.exit()


@click.command(NAME, cls=Arena, examples=EXAMPLES)
@click.option("--version", is_flag=True, is_eager=True, expose_value=False, callback=_version, help="Show the version.")
def command() -> None:
    """Membership inference attacks against defenses. --help after a command says more."""


def main(arguments: list[str] | None = None) -> int:
    """Run the command that the first word names; returns its exit code."""
    words = sys.argv[1:] if arguments is None else list(arguments)
    if arguments is None:  # the process is this command's
        found_here()
    asked = os.environ.get("_MIA_ARENA_COMPLETE")
    if asked and arguments is None:
        from click.shell_completion import shell_complete

        return shell_complete(command, {}, NAME, "_MIA_ARENA_COMPLETE", asked)
    if not words or words[0] not in COMMANDS:
        return answered(command, words, "interrupted")
    module: Any = import_module(COMMANDS[words[0]][0])
    before = CALLED.set(f"{NAME} {words[0]}")
    try:
        return int(module.main(words[1:]))
    finally:
        CALLED.reset(before)


if __name__ == "__main__":
    sys.exit(main())
