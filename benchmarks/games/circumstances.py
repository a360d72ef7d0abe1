"""What records say of the games of a plan: what they are about, and how they came about."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from msgspec import UNSET, UnsetType

from benchmarks.games.game import Game
from benchmarks.naming.registry import Plugin, settings
from benchmarks.results import making
from benchmarks.results.record import About, Cost, DefenseInfo, Games, RunInfo, SuiteInfo, Utility, Value
from benchmarks.statistics.accuracy import Answers, accuracy, lead
from benchmarks.training.facts import versions
from benchmarks.training.plan import CLEAN, Plan, Training
from benchmarks.training.store import Store, digest
from benchmarks.training.suites import Suite
from datasets import Pool, Trial, duplicates


def inputs_of(keys: Sequence[str]) -> str:
    """What a record says of the games that it is about."""
    return digest(list(keys))


def flat(roles: tuple[Training, Training, list[Training]]) -> list[Training]:
    """The models of a trial in one list."""
    target, shadow, references = roles
    return [target, shadow, *references]


def about(plan: Plan, store: Store, defense: Plugin, trials: Sequence[Trial]) -> About:
    """What the games of a defense are about."""
    facts = [store.models.facts(plan.roles(defense, t)[0].key).get("defense", {}) for t in trials]
    return About(
        suite=suite_info(plan.suite, plan.pool, plan.seed),
        defense=defense_info(plan.suite, defense, shared(facts)),
        adversary=plan.adversary,
    )


def suite_info(suite: Suite, pool: Pool, seed: int) -> SuiteInfo:
    """A suite as records describe it."""
    return SuiteInfo(
        name=suite.name,
        dataset=suite.dataset,
        dataset_digest=pool.digest,
        source=pool.source,
        licence=pool.licence,
        synthetic=pool.synthetic,
        lossless=pool.lossless,
        network=repr(suite.network),
        recipe=json.loads(json.dumps(suite.recipe.plain())),
        protocol=suite.protocol.name,
        part=suite.part,
        references=suite.references,
        trials=suite.trials,
        changed=dict(suite.changed),
        reduced=suite.reduced,
        seed=seed,
    )


def defense_info(suite: Suite, defense: Plugin, facts: dict[str, Any] | None = None) -> DefenseInfo:
    """A defense of a suite as records describe it."""
    value, recipe = defense.value, suite.recipe_of(defense.name)
    return DefenseInfo(
        name=defense.name,
        settings=settings(value),
        version=value.version,
        facts=facts or {},
        recipe=UNSET if recipe == suite.recipe else json.loads(json.dumps(recipe.plain())),
    )


def shared(facts: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """What is said of each target: one value where they agree, else a list of them."""
    names = dict.fromkeys(name for of in facts for name in of)
    values = {name: [of.get(name) for of in facts] for name in names}
    return {name: of[0] if all(v == of[0] for v in of) else of for name, of in values.items()}


def run_of(
    plan: Plan,
    store: Store,
    defense: Plugin,
    trials: Sequence[Trial],
    games: Sequence[Game],
    command: str,
) -> RunInfo:
    """How the games of some trials came about; `command` is that of this run, versions and device those that models
    were trained with, whenever and wherever that was.
    """
    roles = [plan.roles(defense, t) for t in trials]
    models = sorted({t.key for of in roles for t in flat(of)})
    outputs = sorted({plan.by_key[key].outputs_key(CLEAN) for key in models})
    facts = [store.models.facts(key) for key in models]
    return RunInfo(
        games=Games(
            inputs=inputs_of([game.key for game in games]),
            outputs=digest([store.outputs.noted(key)["files"]["logits.npy"] for key in outputs]),
            keys=tuple(game.key for game in games),
            lost=tuple(len(t.lost) for t in trials) if any(t.lost for t in trials) else (),
        ),
        utility=utility(plan, store, defense, trials),
        cost=Cost(models=len(models), seconds=round(sum(f["seconds"] for f in facts), 3)),
        versions=versions_of([f["versions"] for f in facts]),
        device=", ".join(sorted({f["device"] for f in facts})),
        command=command,
        duplicates=duplicates(plan.pool, plan.split),
    )


def versions_of(found: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """The versions of the packages that models were trained with, and that attacks run with now; several in order."""
    now = {name: of for name, of in versions().items() if name != "torch"}  # attacks need none
    return {name: ", ".join(sorted({of[name] for of in (*found, now) if name in of})) for name in versions()}


def utility(plan: Plan, store: Store, defense: Plugin, trials: Sequence[Trial]) -> Utility:
    """Accuracy of the targets on their training records and on the others under attack, canaries aside; what of it is
    lost against undefended targets, where these are stored.
    """
    train, test = right(plan, store, defense, trials)
    lost: Value | UnsetType = UNSET
    undefended = [plan.roles(plan.none, trial)[0].outputs_key(CLEAN) for trial in trials]
    if plan.none.name == "none" != defense.name and all(key in store.outputs for key in undefended):
        lost = making.value(lead(right(plan, store, plan.none, trials)[1], test))
    return Utility(making.value(accuracy(train)), making.value(accuracy(test)), lost)


def right(plan: Plan, store: Store, defense: Plugin, trials: Sequence[Trial]) -> tuple[Answers, Answers]:
    """What the targets answer about their training records, and about the others of those of which it is known whether
    they trained on them; none of them canaries.
    """
    found: dict[bool, list[tuple[np.ndarray, np.ndarray]]] = {True: [], False: []}
    for trial in trials:
        target = plan.roles(defense, trial)[0]
        places = trial.known[plan.split.canary(plan.split.audited[trial.known]) < 0]
        records = plan.split.audited[places]
        logits = store.outputs.array(target.outputs_key(CLEAN), "logits.npy")[places, 0]
        correct = logits.argmax(-1) == plan.pool.y[records]
        member = plan.split.member(trial.target)[places]
        for kind, of in found.items():
            of.append((correct[member == kind], records[member == kind]))
    train, test = (Answers(*zip(*found[kind], strict=True)) for kind in (True, False))
    return train, test
