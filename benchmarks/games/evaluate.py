"""All attacks on all that is stored of a plan, as records."""

from __future__ import annotations

import sys
from typing import Any

from tqdm import tqdm

from benchmarks.games import playing, recording
from benchmarks.naming.plugins import Plugin
from benchmarks.results import records
from benchmarks.statistics import intervals
from benchmarks.training.plan import Plan
from benchmarks.training.store import Store, digest
from datasets import Trial, duplicates


def audited(
    plan: Plan, store: Store, attacks: list[Plugin], command: dict[str, str]
) -> list[tuple[records.Record, records.Arrays]]:
    """Run the attacks on all that is stored of the plan; `command` and device go into every record."""
    shared = {**command, "duplicates": duplicates(plan.pool, plan.split)}
    made = []
    steps = len(plan.defenses) * len(plan.split.trials) * len(attacks)
    with tqdm(total=steps, desc="attacking", unit="attack", dynamic_ncols=True) as bar:
        for defense in plan.defenses:
            trials = playing.complete(plan, store, defense)
            if not trials:
                print(f"no trial of {defense.name} is complete; it has no records", file=sys.stderr)
                continue
            run = {**shared, **_circumstances(plan, store, defense, trials)}
            seen = _attack(plan, store, defense, trials, attacks, bar)
            pairs = recording.against_the_strongest(seen, plan.seed)
            for attack in attacks:
                record = recording.make(plan, defense, attack, seen[attack.name], pairs[attack.name], run)
                made.append((record, recording.arrays(seen[attack.name])))
    return made


def _attack(
    plan: Plan, store: Store, defense: Plugin, trials: list[Trial], attacks: list[Plugin], bar: tqdm
) -> dict[str, list[recording.Seen]]:
    seen: dict[str, list[recording.Seen]] = {a.name: [] for a in attacks}
    for number, trial in enumerate(trials):
        evidence, rehearsal = playing.evidence_of(plan, store, defense, trial)
        member, hard = plan.split.member(trial.target)[trial.audited], playing.difficulty(evidence)
        for attack, outcome in playing.run_attacks(
            evidence, rehearsal, attacks, f"{plan.seed}/{plan.suite.name}/{number}"
        ):
            seen[attack.name].append(recording.Seen(member, outcome, hard))
            bar.update()
    return seen


def _circumstances(plan: Plan, store: Store, defense: Plugin, trials: list[Trial]) -> dict[str, Any]:
    keys = [plan.keys(defense, t) for t in trials]
    models = sorted({key for t in trials for key in plan.models(defense, t)})
    counts = playing.utility(plan, store, defense, trials)
    return {
        "inputs": digest(keys),
        "outputs": digest([store.facts(k)["logits_sha256"] for k in models]),
        "utility": {k: vars(intervals.share(*v)) for k, v in counts.items()},
        "cost": {"seconds": round(sum(store.facts(k)["seconds"] for k in models), 3), "models": len(models)},
    }
