"""The options that say where work is done, the same for all commands that can do it elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from benchmarks.naming.options import Number, Whole, Word

WORKERS = 10_000  # more are taken for a slip of the finger
Decorated = Callable[..., Any]


def workers_options(default: str) -> Callable[[Decorated], Decorated]:
    """Give a command ``--on`` and ``--workers``; `default` says where work is done without them."""

    def decorate(command: Decorated) -> Decorated:
        places = f"here, processes, ray[:ADDRESS] or slurm[:PARTITION] (default: {default})."
        on = click.option("--on", type=Word("a place"), default="auto", metavar="PLACE", help=places)
        most = "How many work there (default: all that fit)."
        return on(click.option("--workers", type=Whole(1, WORKERS), metavar="N", help=most)(command))

    return decorate


def places_options(command: Decorated) -> Decorated:
    """Give a command that trains ``--on``, ``--workers``, ``--timeout`` and ``--detach``."""
    options = (
        workers_options("here; processes with several GPUs, or --workers"),
        click.option(
            "--timeout",
            type=Number(1),
            metavar="SECONDS",
            help="A cohort or an attack that takes longer than this has failed.",
        ),
        click.option("--detach", is_flag=True, help="With slurm: hand the training over, and do not wait for it."),
    )
    for option in reversed(options):
        command = option(command)
    return command
