"""Does mixed precision make Adam's training loss jump more often?

16 models each in fp32 and in mixed precision, from the same seeds, of the paper's network on a quarter of MNIST, all
epochs. A jump, defined before any was counted: of the last LAST epochs, one after which the mean loss on the training
records is more than TIMES the median of the BEFORE epochs before it, and at least LEAST nats; epochs on end that fulfil
this are one jump.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from scipy.stats import fisher_exact

from benchmarks.naming.registry import DEFENSES, builtin
from benchmarks.papers.hp_mia.settings import SETTINGS
from benchmarks.results import files
from benchmarks.training import jobs
from benchmarks.training.facts import device_name
from benchmarks.training.plan import Training, make
from benchmarks.training.suites import find
from defenses import trained
from models import Diverged, cohort_width

SUITE, MODELS, PRECISIONS = "mnist-quarter", 16, ("fp32", "mixed")
LAST, BEFORE, TIMES, LEAST = 20, 10, 10.0, 1e-3


def jumps(losses: Sequence[float]) -> int:
    """The jumps in a loss after each epoch (E,). Raises ValueError on fewer than LAST + BEFORE epochs."""
    if len(losses) < LAST + BEFORE:
        raise ValueError(f"expected the loss of at least {LAST + BEFORE} epochs, got {len(losses)}")
    high = [
        losses[e] > TIMES * float(np.median(losses[e - BEFORE : e])) and losses[e] >= LEAST
        for e in range(len(losses) - LAST, len(losses))
    ]
    return sum(now and not before for before, now in zip([False, *high], high, strict=False))


def compared(losses: dict[str, list[list[float]]]) -> str:
    """A table of what was counted, and Fisher's exact test of the number of models with some jump."""
    lines = ["| precision | models | with a jump in the last 20 epochs | jumps |", "|:--|--:|--:|--:|"]
    counts = {precision: [jumps(of) for of in losses[precision]] for precision in PRECISIONS}
    for precision, of in counts.items():
        lines.append(f"| {precision} | {len(of)} | {sum(n > 0 for n in of)} | {sum(of)} |")
    p = fisher_exact([[sum(n > 0 for n in of), sum(n == 0 for n in of)] for of in counts.values()]).pvalue
    return "\n".join([*lines, "", f"Models with a jump, fp32 against mixed: p = {p:.3g} (Fisher's exact test)."])


def losses_of(trainings: Sequence[Training], precision: str, device: str = "cpu") -> list[list[float]]:
    """The mean loss of each model on its training records after each epoch, (K, E).

    Raises ValueError where a training diverges.
    """
    found: list[list[float]] = [[] for _ in trainings]
    records = [(of.pool.x[rows], of.pool.y[rows]) for of in trainings for rows in [of.split.training[of.model]]]

    def watch(members: range, epochs: int, predictors: Sequence[object]) -> None:
        for k, predictor in zip(members, predictors, strict=True):
            x, y = records[k]
            logits = predictor.predict(x).astype(np.float64)  # type: ignore[attr-defined]
            logits -= logits.max(1, keepdims=True)
            found[k].append(float(np.mean(np.log(np.exp(logits).sum(1)) - logits[np.arange(len(y)), y])))

    task = jobs.task_of(trainings, device)
    models = trained(replace(task, recipe=replace(task.recipe, precision=precision), watch=watch))
    for training, model in zip(trainings, models, strict=True):
        if isinstance(model, Diverged):
            raise ValueError(f"model {training.model} diverged: {model.reason}")
    return found


def run(data: Path | None, output: Path, device: str = "cpu") -> str:
    """Train what the output lacks, a file a model, and count jumps: a table. Raises ValueError, OSError."""
    suite = replace(find(SUITE), trials=MODELS, references=1)
    defense = builtin(DEFENSES, SETTINGS[SUITE].defense)
    plan = make(suite, suite.pool(data), builtin(DEFENSES, "none"), (defense,), "adaptive", 0)
    targets = [plan.trainings[defense.name, trial.target] for trial in plan.split.trials]
    output.mkdir(parents=True, exist_ok=True)
    found: dict[str, list[list[float]]] = {}
    devices = set()
    for precision in PRECISIONS:
        places = {output / f"{precision}-{number}.json": of for number, of in enumerate(targets, 1)}
        todo = [place for place in places if not place.exists()]
        width = cohort_width(jobs.task_of(targets, device))
        for some in (todo[i : i + width] for i in range(0, len(todo), width)):
            for place, losses in zip(some, losses_of([places[p] for p in some], precision, device), strict=True):
                files.write(place, json.dumps({"device": device_name(device), "losses": losses}) + "\n")
                print(f"{place.stem} of {MODELS}: {jumps(losses)} jumps", file=sys.stderr)
        stored = [json.loads(files.read(place)) for place in places]
        found[precision] = [of["losses"] for of in stored]
        devices |= {of["device"] for of in stored}
    text = f"{compared(found)}\n\nTrained on {' and '.join(sorted(devices))}."
    files.write(output / "jumps.md", text + "\n")
    return text
