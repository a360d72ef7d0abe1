"""The jobs of training, made of plain values: a cohort of models to train, or stored models to ask."""

from __future__ import annotations

import functools
import hashlib
import inspect
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from attacks import Outputs, crossing, signals
from benchmarks.training.distilling import students
from benchmarks.training.executors import Worker
from benchmarks.training.facts import device_name, versions
from benchmarks.training.plan import GROUPS, Asked, Plan, Source, Training
from benchmarks.training.queries import made as queries_of
from benchmarks.training.queries import query_set
from benchmarks.training.store import ADVICE, WEIGHTS, Damaged, Store, Writer, array_file, put
from defenses import ReleaseContext, released, trained
from defenses.release import GROUP
from models import Diverged, HookError, Predictor, Task, Trained, predict_all
from models.predict import CHUNK
from models.process import undisturbed

Queries = Callable[[], Iterable[np.ndarray]]  # the Q arrays (n, ...) of a query set, anew at each call
STATE = ".state."  # before the names of a model's state in its file; no name of a weight begins with a dot
KEPT = 2  # plans a process, each with its records: those who stay see one suite after another
AGAIN = "of a stored model; where the defense's training is mended, too, raise its version"
HELD = 256 << 20  # bytes of a query set that are made once for all models of a job, and of answers to one


@dataclass(frozen=True)
class Failure:
    """A model that could not be trained, and why."""

    model: int
    defense: str
    reason: str


@dataclass(frozen=True)
class Cohort:
    """Models to train together and to ask, or only to ask, by their keys."""

    source: Source
    store: Path
    keys: tuple[str, ...]


_plans: dict[Source, Plan] = {}


def plan_of(source: Source, known: Plan | None = None) -> Plan:
    """The plan of a source, made once a process, which keeps the last ones; `known` is one that was made already."""
    made = known or _plans.get(source) or source.plan()
    _plans.pop(source, None)
    _plans[source] = made
    for oldest in list(_plans)[:-KEPT]:
        del _plans[oldest]
    return made


@undisturbed(0)
def train(job: Cohort, worker: Worker) -> list[Failure]:
    """Train a cohort, store every model, and then what it answers; returns those that failed.

    A defense that breaks its contract fails as a whole; of its models that were trained the weights are stored. Raises
    OSError when the store cannot be written.
    """
    plan, store = plan_of(job.source), Store(job.store)
    cohort = plan.named(job.keys)
    begun, code = time.perf_counter(), versions()  # of the code that trains: it may change meanwhile
    try:
        results = trained(replace(task_of(cohort, worker.device), advance=worker.advance))
        seconds = (time.perf_counter() - begun) / len(cohort)
        pairs = list(zip(cohort, results, strict=True))
        good = [(t, r) for t, r in pairs if not isinstance(r, Diverged)]
        facts = {"seconds": seconds, "device": device_name(worker.device), "versions": code}
        for training, predictor in good:  # first: whoever is interrupted while he asks them need only ask again
            store.models.write(training.spec, _weights(predictor), {**facts, "defense": dict(predictor.facts)})
        for asked in plan.asked:
            _ask(plan, store, good, asked, worker.device)
    except HookError as error:
        return [Failure(t.model, t.defense.name, str(error)) for t in cohort]
    return [Failure(t.model, t.defense.name, r.reason) for t, r in pairs if isinstance(r, Diverged)]


@undisturbed(0)
def ask(job: Cohort, worker: Worker) -> list[Failure]:
    """Ask a cohort of stored models what has not been stored of them; returns those that failed.

    None of them is trained again. A defense that breaks its contract fails as a whole.
    """
    plan, store = plan_of(job.source), Store(job.store)
    cohort = plan.named(job.keys)
    pairs = list(zip(cohort, restored(cohort, store, worker.device), strict=True))
    try:
        for asked in plan.asked:
            _ask(plan, store, pairs, asked, worker.device)
    except HookError as error:
        said = f"{error} ({AGAIN})"
        return [Failure(t.model, t.defense.name, said) for t in cohort]
    return []


def _queries(plan: Plan, asked: Asked) -> Queries:
    """What models are asked; made again for each model where it is too large to be held."""
    records = plan.pool.x[plan.split.audited if asked.group == GROUPS[0] else plan.split.population]
    records.flags.writeable = False
    made: list[np.ndarray] = []
    for query in queries_of(asked.query, records, plan.pool):
        made.append(query)
        if sum(of.nbytes for of in made) > HELD:
            return lambda: queries_of(asked.query, records, plan.pool)
    return lambda: made


def _ask(plan: Plan, store: Store, good: Sequence[tuple[Training, Trained]], asked: Asked, device: str) -> None:
    """Store, where it is not there, what each defended model or its student says of the records asked about: logits
    (n, Q, C) and their signals.
    """
    good = [(t, p) for t, p in good if asked in plan.asks(t) and t.outputs_key(asked) not in store.outputs]
    if not good:
        return
    rows = good[0][0].rows(asked.group)
    queries, epochs = _queries(plan, asked), query_set(asked.query).students
    answers = _students(plan, good, queries, epochs, device) if epochs else _answers(good, queries)
    for training, logits in answers:
        made = Outputs(logits, plan.pool.y[rows])
        values = np.stack([made.signal(name) for name in signals.STORED])
        files = {"logits.npy": array_file(logits), "signals.npy": array_file(values)}
        facts = {"signals": list(signals.STORED), "signals_code": signals_code()}
        store.outputs.write(training.outputs_spec(asked), files, facts)


def _answers(good: Sequence[tuple[Training, Trained]], queries: Queries) -> Iterator[tuple[Training, np.ndarray]]:
    """Each model's (n, Q, C) answers to the Q arrays (n, ...) that `queries` yields, one of them in memory at a time.

    The first model answers alone: what it says tells how many of the others, whose answers take HELD bytes, answer each
    query together. Raises HookError where it answers a record otherwise alone than in company.
    """
    start, many = 0, 1
    while start < len(good):
        together = good[start : start + many]
        said: list[list[np.ndarray]] = [[] for _ in together]
        for x in queries():
            every = predict_all([predictor for _, predictor in together], x)
            for own, (training, predictor), logits in zip(said, together, every, strict=True):
                own.append(answer(training, predictor, x, logits))
                if not start and len(own) == 1:
                    _as_alone(training, predictor, x, logits, own[0])
        many = max(1, HELD // max(1, sum(of.nbytes for of in said[0])))
        for (training, _), own in zip(together, said, strict=True):
            yield training, np.stack(own, axis=1)
            own.clear()
        start += len(together)


def _students(
    plan: Plan, good: Sequence[tuple[Training, Trained]], queries: Queries, epochs: int, device: str
) -> Iterator[tuple[Training, np.ndarray]]:
    """What a student of each model answers to the first query after each epoch, (n, epochs, C)."""
    trainings, population = [training for training, _ in good], plan.pool.x[plan.split.population]
    taught = [logits[:, 0] for _, logits in _answers(good, lambda: [population])]
    return zip(trainings, students(trainings, taught, next(iter(queries())), epochs, device), strict=True)


def _as_alone(training: Training, predictor: Trained, x: np.ndarray, logits: np.ndarray, said: np.ndarray) -> None:
    """Raise HookError where the last record's answer depends on who else is asked about, by more than rounding."""
    if not np.allclose(answer(training, predictor, x[-1:], logits[-1:]), said[-1:], rtol=1e-3, atol=1e-3):
        raise HookError("release: a record asked alone gets another output than in company")


def answer(training: Training, predictor: Trained, inputs: np.ndarray, logits: np.ndarray) -> np.ndarray:
    """What the defended model lets out, (n, C), on inputs (n, ...) with its own logits (n, C). Raises HookError."""
    pool, split = training.pool, training.split
    rows = split.training[training.model]
    members, spare = ((pool.x[of], pool.y[of]) for of in (rows, split.spare_of(training.model)))
    key, group = int(training.key, 16), _group(predictor)
    context = ReleaseContext(inputs, predictor.predict, members, spare, key, predictor.state, group)
    return released(training.defense.value, context, logits)


def _group(predictor: Trained) -> int:
    """How many records a model is run on at once when its defense asks it: on a GPU as many as in other asking, since
    what a run costs there is to launch it.
    """
    on_gpu = isinstance(predictor, Predictor) and predictor.inputs.scale.device.type != "cpu"
    return CHUNK if on_gpu else GROUP


@functools.cache
def signals_code() -> str:
    """A digest of the code that signals come from: stored ones of other code are worked out anew."""
    code = b"".join(inspect.getsource(module).encode("utf-8") for module in (signals, crossing))
    return hashlib.sha256(code).hexdigest()[:32]


def _weights(predictor: Trained) -> dict[str, Writer]:
    """The weights of a model that has some, and its state, as a safetensors file."""
    if not isinstance(predictor, Predictor):
        return {}
    from safetensors.numpy import save

    state = {STATE + name: array for name, array in predictor.state.items()}
    data = save(predictor.weights() | state)
    return {WEIGHTS: lambda file: put(file, data)}


def restored(trainings: Sequence[Training], store: Store, device: str) -> list[Predictor]:
    """Stored models of one suite, one or more, as they were trained, as one cohort. Raises Damaged where one has no
    weights, or others than its network's.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    from models import restore

    network, pool = trainings[0].suite.network, trainings[0].pool
    paths = [store.models.file(training.key, WEIGHTS) for training in trainings]
    try:
        stored = [load_file(path) for path in paths]
        weights = [{name: a for name, a in own.items() if not name.startswith(STATE)} for own in stored]
        made = restore(network, pool.x.shape[1:], pool.classes, weights, pool.scale, pool.shift, device)
    except (SafetensorError, ValueError, KeyError) as error:
        raise Damaged(f"{paths[0]}: cannot be read ({error}); {ADVICE}") from error
    for predictor, own in zip(made, stored, strict=True):
        predictor.state = {name.removeprefix(STATE): a for name, a in own.items() if name.startswith(STATE)}
    return made


def task_of(cohort: Sequence[Training], device: str) -> Task:
    """What models.fit needs to train the cohort on a device."""
    first = cohort[0]
    pool = first.pool
    return Task(
        x=pool.x,
        y=pool.y,
        classes=pool.classes,
        scale=pool.scale,
        shift=pool.shift,
        rows=tuple(t.split.training[t.model] for t in cohort),
        seeds=tuple(t.model_seed for t in cohort),
        network=first.suite.network,
        recipe=first.recipe,
        defense=first.defense.value,
        device=device,
        validation=tuple(t.split.validation_of(t.model) for t in cohort),
        spare=tuple(t.split.spare_of(t.model) for t in cohort),
    )
