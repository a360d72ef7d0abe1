"""What numbers were made with: an `about` beside them says so, and numbers of different runs are never mixed."""

from __future__ import annotations

from typing import Annotated, Any, NotRequired, TypedDict

from msgspec import Meta

from benchmarks.papers.kit.jobs import Job
from benchmarks.papers.kit.paper import Numbers
from benchmarks.training.plan import Plan
from benchmarks.training.standing import complete
from benchmarks.training.store import Store

Count = Annotated[int, Meta(ge=0, le=10**15)]
RUN = ("seed", "digest", "epochs")  # what all blocks of a suite share
SAME = (*RUN, "changed", "likelihood", "network", "part", "precision")  # what an earlier run must have had, too


class About(TypedDict):
    """One run of a suite: the suite, its changes {option: [its own, the run's]}, its data, and what models cost.

    lost: how many models of the run could not be trained or asked; not there where none. recipe: how they were trained,
    where that is a defense's own.
    """

    suite: str
    epochs: Count
    references: Count
    likelihood: Count | None
    trials: Count
    part: Count
    precision: str
    network: str
    changed: dict[str, Annotated[list[Count], Meta(min_length=2, max_length=2)]]
    synthetic: bool
    lossless: bool
    source: str
    digest: Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]
    seed: Count
    models: Count
    lost: NotRequired[Count]
    recipe: NotRequired[dict[str, Any]]
    seconds: Annotated[float, Meta(ge=0)]
    device: str
    versions: dict[str, str]


def run_of(job: Job, plan: Plan) -> Numbers:
    """What determines the numbers of a job, whatever is trained of it."""
    suite, pool = job.altered(), plan.pool
    return {
        "suite": suite.name,
        "epochs": suite.recipe.epochs,
        "references": suite.references,
        "likelihood": job.likelihood,
        "trials": suite.trials,
        "part": suite.part,
        "precision": suite.recipe.precision,
        "network": repr(suite.network),
        "changed": {option: list(numbers) for option, numbers in suite.changed.items()},
        "synthetic": pool.synthetic,
        "lossless": pool.lossless,
        "source": pool.source,
        "digest": pool.digest,
        "seed": job.seed,
    }


def about(job: Job, plan: Plan, store: Store) -> Numbers:
    """What the numbers of a job were made with: the run, and what its models cost, on what and with which versions."""
    keys = [training.key for training in plan.by_key.values() if complete(training, plan, store)]
    lost = len(plan.by_key) - len(keys)
    facts = [store.models.facts(key) for key in keys]
    versions: dict[str, set[str]] = {}
    for name, version in (pair for f in facts for pair in f["versions"].items()):
        versions.setdefault(name, set()).add(version)
    return {
        **run_of(job, plan),
        "models": len(keys),
        **({"lost": lost} if lost else {}),
        "seconds": round(sum(f["seconds"] for f in facts), 1),
        "device": ", ".join(sorted({f["device"] for f in facts})),
        "versions": {name: ", ".join(sorted(found)) for name, found in versions.items()},
    }


def abouts(run: Numbers) -> dict[str, Numbers]:
    """Every `about` in the numbers of a suite by its block; "" is the whole's."""
    found = {"": run["about"]} if "about" in run else {}
    return found | {name: of["about"] for name, of in run.items() if isinstance(of, dict) and "about" in of}


def about_of(run: Numbers, block: str = "") -> Numbers | None:
    """The `about` of a block; None where it was not measured."""
    return abouts(run).get(block)


def any_about(run: Numbers) -> Numbers:
    """What a suite was run with: the whole's `about`, else that of the block with most reference models, the first by
    name of several.
    """
    found = abouts(run)
    return found[""] if "" in found else max((found[name] for name in sorted(found)), key=lambda of: of["references"])


def conflict(earlier: dict[str, Numbers], suite: str, blocks: dict[str, Numbers]) -> str:
    """Why numbers made by `blocks` (`run_of` each) cannot stand beside the `earlier` ones, by suite; "" where they can.

    All suites have one seed. Blocks of one suite have one seed, data set and number of epochs; and what is measured
    again, or for other parts, has the very same run.
    """
    for name, run in earlier.items():
        for old_block, old in abouts(run).items():
            for block, new in blocks.items():
                alike = (SAME if block == old_block else RUN) if name == suite else ("seed",)
                for field in (f for f in alike if _plain(old[f]) != _plain(new[f])):
                    return f"{name} was measured with {_said(field, old)}, and this run has {_said(field, new)}"
    return ""


def _plain(value: Any) -> Any:
    return {k: list(v) for k, v in value.items()} if isinstance(value, dict) else value


def _said(field: str, run: Numbers) -> str:
    if field == "changed":
        return "changes " + (", ".join(f"{k}={v[1]}" for k, v in sorted(run[field].items())) or "none")
    return f"{field} {run[field] if field != 'digest' else run[field][:12]}"
