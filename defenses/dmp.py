"""DMP: a student that learns from records which the defender owns beside the private ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from defenses.base import Defense
from defenses.teaching import chosen, learn, phase, probabilities, slower
from models import Diverged, Predictor, Task, Trained, fit


@dataclass(frozen=True)
class Dmp(Defense):
    """Distillation for membership privacy (Shejwalkar and Houmansadr, AAAI 2021).

    The teacher is the undefended model. The student, of the same network, is trained by the same recipe on the
    defender's spare records alone, and minimises KL(teacher || student) at temperature 1 over them.

    The authors choose reference records of the lowest teacher entropy out of many more; here all are taken, since
    there are few. They train the student by a recipe of its own and may add true labels; here it has the suite's, and
    none. They average KL over B x C; here over B, as losses everywhere. HAMP's records are synthetic, made by a
    generator that saw the private ones; these are real and never were members.
    """

    reference: ClassVar[str] = "Shejwalkar and Houmansadr, AAAI 2021"
    needs: ClassVar[tuple[str, ...]] = ("spare",)

    def train(self, task: Task, rngs: Sequence[np.random.Generator]) -> Sequence[Trained | Diverged]:
        """Return a student for each of the K models; see models.Task. One whose teacher diverges has diverged.

        Raises ValueError where a model has no spare records.
        """
        if not all(map(len, task.spare)):
            raise ValueError("expected spare records to learn from, got none")
        task = replace(task, advance=slower(task.advance, 2))
        public = public_part(task, [int(rng.integers(2**62)) for rng in rngs])
        taught = [
            probabilities(teacher.predict(public.x[rows])) if isinstance(teacher, Predictor) else teacher
            for teacher, rows in zip(
                fit(phase(task, range(len(task)), task.rows, task.seeds)), public.rows, strict=True
            )
        ]
        students = learn(public, taught)
        for student, spare in zip(students, task.spare, strict=True):
            if isinstance(student, Predictor):
                student.facts |= {"trainings": 2, "spare records": len(spare)}
        return students


def public_part(task: Task, seeds: Sequence[int]) -> Task:
    """Return the task of the students: it holds the spare records of the K models, which they train on, the validation
    records if these choose the epoch, and no others.

    seeds: K of the students' own.
    """
    validation = task.validation if chosen(task) else ()
    used = np.unique(np.concatenate([*task.spare, *validation]))
    rows, choosing = (tuple(np.searchsorted(used, own) for own in of) for of in (task.spare, validation))
    return phase(task, range(len(task)), rows, seeds, x=task.x[used], y=task.y[used], validation=choosing)
