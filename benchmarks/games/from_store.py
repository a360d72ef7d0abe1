"""Games from what is stored of a plan: one a trial whose models are all there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np

from attacks import Evidence, Outputs, Rehearsal
from benchmarks.games.circumstances import about, inputs_of, run_of
from benchmarks.games.game import OFFERS, Contest, Game, Sides, lacking
from benchmarks.games.pooling import pooled
from benchmarks.naming.registry import Plugin
from benchmarks.training.jobs import answer, restored, signals_code
from benchmarks.training.plan import CLEAN, GROUPS, Asked, Plan, Training
from benchmarks.training.queries import canonical, query_set, unfit
from benchmarks.training.standing import complete
from benchmarks.training.store import WEIGHTS, Store, digest, rows_digest
from datasets import Trial


class Stored(Outputs):
    """A model's stored outputs on some of the audited records, the query sets side by side."""

    def __init__(self, store: Store, keys: Sequence[str], positions: np.ndarray, labels: np.ndarray) -> None:
        super().__init__(self._read, labels)
        self._store, self._keys, self._positions = store, tuple(keys), positions

    def _read(self) -> np.ndarray:
        parts = [self._store.outputs.array(key, "logits.npy")[self._positions] for key in self._keys]
        return parts[0] if len(parts) == 1 else np.concatenate(parts, axis=1)

    def columns(self) -> list[slice]:
        """Where the queries of each set lie on the axis Q."""
        ends = np.cumsum([0, *(self._store.outputs.array(key, "logits.npy").shape[1] for key in self._keys)])
        return [slice(int(a), int(b)) for a, b in pairwise(ends)]

    def signal(self, name: str) -> np.ndarray:
        """The signal (n, Q) of that name, read from the store where it lies there."""
        parts = [_stored_signal(self._store, key, name) for key in self._keys]
        if any(part is None for part in parts):
            return super().signal(name)
        return np.concatenate([part[self._positions] for part in parts if part is not None], axis=1)


def _stored_signal(store: Store, key: str, name: str) -> np.ndarray | None:
    """The signal (A, Q) of all audited records, None where another version of it, or none, was stored."""
    facts = store.outputs.facts(key)
    if facts.get("signals_code") != signals_code() or name not in facts.get("signals", ()):
        return None
    values: np.ndarray = store.outputs.array(key, "signals.npy")[facts["signals"].index(name)]
    return values


class Asking:
    """Queries to a stored model as its defense lets them out; it is restored when it is first asked."""

    def __init__(self, store: Store, training: Training) -> None:
        self._store, self._training = store, training
        self._predictor: Any = None

    def __call__(self, x: np.ndarray) -> np.ndarray:
        """Raw records x (b, ...) -> logits (b, C) float32. Raises ValueError where no weights are stored."""
        return answer(self._training, self._model(), x, self._model().predict(x))

    def labels(self, x: np.ndarray) -> np.ndarray:
        """Logits (b, C) of the same labels as those that are let out, sooner where the defense keeps its model's."""
        keeps = self._training.defense.value.keeps_labels
        logits: np.ndarray = self._model().predict(x) if keeps else self(x)
        return logits

    def _model(self) -> Any:
        if self._predictor is None:
            (self._predictor,) = restored([self._training], self._store, "cpu")
        return self._predictor


def contest(plan: Plan, store: Store, defense: Plugin, command: str) -> Contest | None:
    """The games of one defense, a game for each of the `standing` trials; None where there is none."""
    trials, _ = standing(plan, store, defense)
    if not trials:
        return None
    made = tuple(game(plan, store, defense, trial) for trial in trials)
    return Contest(about(plan, store, defense, trials), made, run_of(plan, store, defense, trials, made, command))


def standing(plan: Plan, store: Store, defense: Plugin) -> tuple[list[Trial], dict[str, list[int]]]:
    """The trials whose target and shadow model are stored, each with those of its references that are stored, too; and
    the numbers, from 1, of the others by what they lack: a trial that had references and has none left is lost.
    """
    own = plan.adversarys(defense).name
    lost = {m for m in plan.split.adversarys if not complete(plan.trainings[own, m], plan, store)}
    found: list[Trial] = []
    lacks: dict[str, list[int]] = {}
    for number, trial in enumerate(plan.trials(defense), 1):
        left = replace(trial, lost=tuple(m for m in trial.references if m in lost)) if lost else trial
        if not complete(plan.trainings[defense.name, trial.target], plan, store):
            lacks.setdefault("target model", []).append(number)
        elif lost and any(model in lost for model, _ in plan.split.shadows(trial, plan.suite.shadows)):
            lacks.setdefault("shadow model", []).append(number)
        elif left.lost and not left.references:
            lacks.setdefault("reference models", []).append(number)
        else:
            found.append(left)
    return found, lacks


@dataclass(frozen=True, eq=False)
class _Answers:
    """What the stored models of a trial answer, as attacks are handed it. `population`: whether there is one."""

    plan: Plan
    store: Store
    references: Sequence[Training]
    population: bool

    def side(self, of: Training, positions: np.ndarray, names: tuple[str, ...]) -> Evidence:
        """Of one model under attack on the audited records at `positions` (n,), with the query sets `names`."""
        plan = self.plan
        everybody = np.arange(len(plan.split.population))
        return self._evidence(
            of,
            GROUPS[0],
            positions,
            names,
            population=self._evidence(of, GROUPS[1], everybody, names, inputs=self._owned) if self.population else None,
            inputs=lambda: plan.pool.x[plan.split.audited[positions]],
            ask=Asking(self.store, of),
        )

    def _owned(self) -> np.ndarray:
        return self.plan.pool.x[self.plan.split.population]

    def _evidence(self, of: Training, group: str, at: np.ndarray, names: tuple[str, ...], **more: Any) -> Evidence:
        plan, rows = self.plan, of.rows(group)[at]
        labels = plan.pool.y[rows]
        names = tuple(name for name in names if Asked(canonical(name), group) in plan.asked)

        def outputs(training: Training) -> Stored:
            keys = [training.outputs_key(Asked(canonical(name), group)) for name in names]
            return Stored(self.store, keys, at, labels)

        own, others = outputs(of), [outputs(r) for r in self.references]
        saw = np.array([plan.split.trained_on(r.model, rows) for r in self.references], bool).reshape(-1, len(rows))
        return Evidence(labels, own, others, saw, columns=dict(zip(names, own.columns(), strict=True)), **more)


def game(plan: Plan, store: Store, defense: Plugin, trial: Trial, most: int | None = None) -> Game:
    """The game of a trial all of whose models are stored; with the first `most` of its references, all unless given.

    Raises ValueError where the adversary rehearses on the target and is judged on the same records.
    """
    target, shadow, references = plan.roles(defense, trial)
    split, shadows = plan.split, plan.shadows(defense, trial)
    if trial.shadow == trial.target and np.isin(trial.audited, trial.rehearsed).any():
        raise ValueError(f"protocol {split.protocol}: a target is attacked on records whose membership is known")
    queries = tuple(asked.query for asked in plan.asked if asked.group == GROUPS[0])
    alone = len(shadows) == 1  # several have no population and no answers that are one model's
    population = alone and any(asked.group == GROUPS[1] for asked in plan.asked)
    answers = _Answers(plan, store, references[:most], population)

    def sides(names: tuple[str, ...]) -> Sides:
        rehearsals = [Rehearsal(answers.side(of, at, names), split.member(of.model)[at]) for of, at in shadows]
        return answers.side(target, trial.audited, names), pooled(rehearsals)

    without = set() if population else {"population", "proxies"}
    if not alone or not all(WEIGHTS in store.models.noted(t.key)["files"] for t in (target, shadow)):
        without.add("ask")  # a predictor of the defense's own is not kept
    records = split.audited[trial.audited]
    return Game(
        game_key(plan, defense, trial, most),
        split.member(trial.target)[trial.audited],
        offers(plan) - without,
        queries,
        sides,
        split.canary(records),
        {query for query in queries if query_set(query).students},
        {query: query_set(query).version for query in queries},
        records=records,
    )


def offers(plan: Plan) -> frozenset[str]:
    """What the plan's games can offer to attacks."""
    return frozenset({*plan.split.gives, "inputs", "ask"} & set(OFFERS))


def lacking_in(plan: Plan, attack: Any) -> str:
    """What an attack needs and the plan's games cannot have, as the rest of a sentence; empty where nothing is."""
    reasons = [r for name in attack.queries if (r := unfit(name, plan.pool) or _studentless(plan, attack, name))]
    lacks = lacking(attack, offers(plan))
    return reasons[0] if reasons else f"{lacks}; {plan.split.protocol} has none" if lacks else ""


def _studentless(plan: Plan, attack: Any, query: str) -> str:
    """Why there are no students to answer a query set as the attack needs it, or nothing."""
    if not query_set(query).students:
        return ""
    if not len(plan.split.population):
        return f"needs population records that students learn from; {plan.split.protocol} has none"
    whose = "of reference models" if attack.needs != "target" else "on population records"
    if attack.needs != "target" or {"population", "proxies"} & set(attack.uses):
        return (
            f"needs the queries {query} {whose}, and only targets and shadow models have students, on audited records"
        )
    return ""


def game_key(plan: Plan, defense: Plugin, trial: Trial, most: int | None = None) -> str:
    """The game's key, which is known before anything is trained."""
    target, shadow, references = plan.roles(defense, trial)
    models = [t.outputs_key(CLEAN) for t in (target, shadow, *references[:most])]
    further = [[of.outputs_key(CLEAN), rows_digest(order)] for of, order in plan.shadows(defense, trial)[1:]]
    rows = [rows_digest(trial.audited), rows_digest(trial.rehearsed), plan.split.population_digest]
    return digest([models, rows, *([further] if further else [])])


def foreseen(plan: Plan, store: Store, defense: Plugin) -> list[str]:
    """What `Games.inputs` of a run can be: of all trials, or, where models fail as they did, of those standing now."""
    return [
        inputs_of([game_key(plan, defense, t) for t in of])
        for of in (plan.trials(defense), standing(plan, store, defense)[0])
    ]
