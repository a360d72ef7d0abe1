"""What was handed over to SLURM and not waited for: a JSON file a submission, beside SLURM's own files in the store."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.naming.wording import counted
from benchmarks.results import files

ENDING = "submitted.json"


@dataclass(frozen=True)
class Submission:
    """Tasks by their ids, each of which takes any of the models of these keys."""

    tasks: tuple[str, ...]
    keys: tuple[str, ...]

    def path(self, folder: Path) -> Path:
        """Where it is noted."""
        return folder / f"{self.tasks[0]}.{ENDING}"

    def told(self, states: Mapping[str, str]) -> str:
        """Which of its tasks the queue holds; empty where it holds none."""
        of = [states[task] for task in self.tasks if task in states]
        running = sum(state != "PENDING" for state in of)
        array = self.tasks[0].partition("_")[0]
        return f"in SLURM's queue: {counted(len(of), 'task')} of {array}, {running} of them running" if of else ""


def note(folder: Path, tasks: Sequence[str], keys: Sequence[str]) -> None:
    """Remember a submission. Raises OSError."""
    made = Submission(tuple(tasks), tuple(keys))
    files.write(made.path(folder), json.dumps(asdict(made), indent=1))


def waiting(folder: Path, keys: Collection[str], ask: Callable[[], Mapping[str, str]]) -> dict[Submission, str]:
    """Submissions of some of these keys that have tasks in the queue, each with a line on it; the notes of the others
    go. `ask` gives the states of what is queued, by task. Raises ValueError where it cannot be asked, OSError.
    """
    found = [one for one in map(_read, sorted(folder.glob(f"*.{ENDING}"))) if not set(keys).isdisjoint(one.keys)]
    if not found:
        return {}
    try:
        states = ask()
    except OSError as error:
        listed = ", ".join(one.tasks[0].partition("_")[0] for one in found)
        raise ValueError(
            f"--detach: {listed} was submitted before, and whether it waits cannot be asked ({error}); "
            f"nothing is submitted twice unless you remove {folder / f'*.{ENDING}'}"
        ) from error
    for one in found:
        if not one.told(states):
            one.path(folder).unlink(missing_ok=True)
    return {one: told for one in found if (told := one.told(states))}


def _read(path: Path) -> Submission:
    """Raises ValueError where it is no note."""
    try:
        made = json.loads(files.read(path))
        return Submission(tuple(map(str, made["tasks"])), tuple(map(str, made["keys"])))
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{path}: expected what was submitted to SLURM, got no note of it; remove it") from error
