"""Models under a defense, trained when they are wanted: as many as the stored ones, on as many of the digits.

Defenses are gated by how well attacks do against them and by the accuracy that they leave. Models are trained anew, so
two evaluations are compared trial by trial; where nothing changed on the same processor, they are equal.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from benchmarks.games import from_arrays
from benchmarks.games.circumstances import defense_info, suite_info
from benchmarks.games.evaluate import Evaluated
from benchmarks.games.evaluate import evaluate as play
from benchmarks.games.game import Contest
from benchmarks.games.playing import LeftOut, say
from benchmarks.naming.registry import DEFENSES, Plugin, find
from benchmarks.results.record import About
from benchmarks.tracking import stored
from benchmarks.training import plan, runner
from benchmarks.training.executors import Here
from benchmarks.training.plan import GROUPS, Asked, Plan
from benchmarks.training.queries import canonical
from benchmarks.training.store import Store
from datasets import drafts

PANEL = ("gap", "mentr", "lira-online")  # labels, probabilities, references
SUITE = replace(stored.SUITE, name="defended-digits")


@dataclass(frozen=True)
class Models:
    """The plan of 32 models in pairs of twins under a defense; one of each pair is kept (`stored`)."""

    defense: str
    queries: tuple[str, ...] = ()

    def plan(self) -> Plan:
        """The plan. Raises ValueError where the digits lack what the defense needs."""
        wide, found = replace(SUITE, references=2 * stored.MODELS - 4), find(DEFENSES, self.defense)
        made = plan.make(wide, wide.pool(None), found, (found,), "adaptive", seed=0)
        if made.left_out:
            raise ValueError(made.left_out[found.name])
        return made.asking(self.queries, True)


def evaluate(defenses: Sequence[Plugin], attacks: Sequence[Plugin], folder: Path, device: str = "cpu") -> int:
    """Train models under each defense and let the attacks play on them; afterwards `folder` holds these records and no
    others of this suite. Returns how many attacks and defenses broke; each is named on stderr.

    Raises OSError where the folder cannot be written, ValueError where nothing has a record.
    """
    against, names = (" ".join(f'"{p.name}"' if "(" in p.name else p.name for p in of) for of in (defenses, attacks))
    command = f"python -m benchmarks.regression evaluate --defenses {against} --attacks {names} --output DIR"
    queries = tuple(
        {canonical(q) for a in attacks for q in a.value.queries if canonical(q) in stored.COLUMNS} - {"clean"}
    )
    found = Evaluated([], [])
    for defense in defenses:
        try:
            games = contest(defense, queries, command, device)
        except ValueError as error:
            found.left.append(LeftOut("all attacks", defense.name, str(error), failed=True))
            continue
        said = play([games], attacks)
        found.made += said.made
        found.left += said.left
    say(found.left)
    if not found.made:
        raise ValueError(f"--defenses: {found.left[0].defense}: {found.left[0].reason}")
    stored.leave(found, folder, (SUITE.name,), scores=False)
    return sum(left.failed for left in found.left)


def contest(defense: Plugin, queries: tuple[str, ...], command: str, device: str) -> Contest:
    """The games of the models under a defense. Raises ValueError where one of them cannot be trained."""
    source = Models(defense.name, queries)
    made = source.plan()
    kept = [made.trainings[defense.name, model] for model in range(0, 2 * stored.MODELS, 2)]
    with drafts.folder(Path(tempfile.gettempdir())) as folder:
        store = Store(folder)
        failures = runner.train(made, source, store, Here(device))
        if failures:
            raise ValueError(f"model {failures[0].model} failed: {failures[0].reason}")
        names = ("clean", *queries)
        logits, crowd = (
            np.concatenate(
                [
                    np.stack([store.outputs.array(t.outputs_key(Asked(q, of)), "logits.npy") for t in kept])
                    for q in names
                ],
                axis=2,
            )
            for of in GROUPS
        )
    split, pool = made.split, made.pool
    member = np.stack([split.member(training.model) for training in kept])
    width = [stored.COLUMNS[q].stop - stored.COLUMNS[q].start for q in names]
    starts = np.cumsum([0, *width])
    columns = {q: slice(int(a), int(b)) for q, a, b in zip(names, starts, starts[1:], strict=False)}
    audited, others = split.audited, split.population
    beside = from_arrays.Beside(columns, pool.x[audited], pool.y[others], pool.x[others], crowd)
    arrays = pool.y[audited], logits, member
    trials = from_arrays.in_turn(len(kept))
    games = [from_arrays.game(*arrays, *trial, beside=beside) for trial in trials]
    about = About(suite_info(SUITE, pool, seed=0), defense_info(SUITE, defense), "adaptive")
    return from_arrays.contest(games, trials, *arrays, about, command)
