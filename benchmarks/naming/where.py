"""The options that say where work is done, the same for all commands that train."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from benchmarks.naming.options import Number, Whole, Word

WORKERS = 10_000  # more are taken for a slip of the finger


def places_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command ``--on``, ``--workers``, ``--timeout`` and ``--detach``."""
    options = (
        click.option(
            "--on",
            type=Word("a place"),
            default="auto",
            metavar="PLACE",
            help="here, processes, ray[:ADDRESS] or slurm[:PARTITION] (default: here; processes with several GPUs).",
        ),
        click.option(
            "--workers", type=Whole(1, WORKERS), metavar="N", help="How many work there (default: all that fit)."
        ),
        click.option(
            "--timeout", type=Number(1), metavar="SECONDS", help="A defense that trains longer than this has failed."
        ),
        click.option("--detach", is_flag=True, help="With slurm: hand the training over, and do not wait for it."),
    )
    for option in reversed(options):
        command = option(command)
    return command
