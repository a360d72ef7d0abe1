"""A small store in a few arrays: for the attacks that ask more of a model than outputs on records and their copies.

12 models on the bundled digits as 64 bits, six-split: 4 targets, which are each other's shadow models and can be asked,
and 8 reference models, which trained on half of the population each. 16 more, half-split, are for attacks on labels
that need reference models which saw a record. Noise and flipped bits are asked about labels alone, so that labels are
all that is kept of these answers, and of all answers of the half-split. Weights are kept as float32 and asked in
float64, where the processor makes no difference.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from attacks.label_flips import LabelFlips
from attacks.label_noise import LabelNoise
from attacks.trajectory import Trajectory
from benchmarks.games import from_store
from benchmarks.games.game import Contest
from benchmarks.naming.registry import DEFENSES, NETWORKS, builtin
from benchmarks.training import plan, runner
from benchmarks.training.executors import Here
from benchmarks.training.facts import versions
from benchmarks.training.jobs import restored
from benchmarks.training.plan import Asked, Plan, Training
from benchmarks.training.queries import canonical
from benchmarks.training.store import WEIGHTS, Store, array_file, put
from benchmarks.training.suites import Suite, find
from datasets import HalfSplit, Pool, SixSplit, drafts

PART, REFERENCES, TARGETS = 80, 8, 4
SEEING = 12  # reference models of the half-split
STEP = np.float32(2**-5)
LABELS = tuple(canonical(q) for attack in (LabelNoise(), LabelFlips()) for q in attack.queries if q != "clean")
FLIPS = tuple(canonical(q) for q in LabelFlips().queries if q != "clean")
STUDENT = canonical(Trajectory().queries[1])
SUITE = replace(
    find("digits"),
    name="stored-bits",
    network=builtin(NETWORKS, "mlp(hidden=(32,))").value,
    protocol=SixSplit(part=PART),
    references=REFERENCES,
    trials=TARGETS,
)
HALVES = replace(SUITE, name="stored-halves", protocol=HalfSplit(part=PART), references=SEEING, trials=SEEING + 4)


@dataclass(frozen=True)
class Part:
    """A suite, what its models are asked, of the answers to which query sets the labels alone are kept, whether weights
    are, of those that are attacked, and what the names of its arrays begin with.
    """

    suite: Suite
    queries: tuple[str, ...]
    labels: tuple[str, ...]
    population: bool = False
    aside: tuple[str, ...] = ()
    weights: bool = False
    start: str = ""


PARTS = {
    SUITE.name: Part(SUITE, (*LABELS, STUDENT), LABELS, population=True, aside=LABELS, weights=True),
    HALVES.name: Part(HALVES, FLIPS, ("clean", *FLIPS), start=f"{HALVES.name}/"),
}


def pool() -> Pool:
    """The digits as bits: whether a pixel is at least half as dark as it can be."""
    digits = SUITE.pool(None)
    x = (digits.x.reshape(len(digits.x), -1) >= 8).astype(np.uint8)
    return replace(digits, x=x, scale=(1.0,), shift=(0.0,), source=f"{digits.source}; as bits, 1 from 8 on")


@dataclass(frozen=True)
class Bits:
    """Plain values from which the plan is made."""

    suite: str = SUITE.name

    def plan(self) -> Plan:
        """The plan."""
        part = PARTS[self.suite]
        made = plan.make(part.suite, pool(), builtin(DEFENSES, "none"), (), "adaptive", seed=0)
        return made.asking(part.queries, part.population, part.aside)


def train(device: str) -> dict[str, np.ndarray]:
    """Train the models anew and pack what they answered, and the weights of the targets."""
    arrays: dict[str, np.ndarray] = {}
    for source in map(Bits, PARTS):
        made = source.plan()
        with drafts.folder(Path(tempfile.gettempdir())) as folder:
            store = Store(folder)
            failures = runner.train(made, source, store, Here(device))
            if failures:
                raise ValueError(f"model {failures[0].model} failed: {failures[0].reason}")
            arrays.update(_packed(made, store, device))
    return arrays


def _packed(made: Plan, store: Store, device: str) -> Iterator[tuple[str, np.ndarray]]:
    for training in made.by_key.values():
        for asked in made.asks(training):
            logits = store.outputs.array(training.outputs_key(asked), "logits.npy")
            if _labels_alone(made, asked):
                logits = logits.argmax(-1).astype(np.uint8)
            elif asked.query == STUDENT:
                logits = STEP * np.round(logits / STEP)
            yield _name(training, asked), logits
        if _weighed(made, training):
            for name, values in restored([training], store, device)[0].weights().items():
                yield f"{training.model}/{name}", values


def _labels_alone(made: Plan, asked: Asked) -> bool:
    return asked.query in PARTS[made.suite.name].labels


def _weighed(made: Plan, training: Training) -> bool:
    """Whether the model's weights are kept, so that it can be asked."""
    return PARTS[made.suite.name].weights and training.key in made.attacked


def _name(training: Training, asked: Asked) -> str:
    return f"{PARTS[training.suite.name].start}{training.model}/{asked.group}/{asked.query}"


def check(arrays: Mapping[str, np.ndarray]) -> None:
    """Raise ValueError, in one sentence, unless these are the arrays of such a store."""
    plans = [Bits(name).plan() for name in PARTS]
    expected = {
        name: (shape, kind) for made in plans for t in made.by_key.values() for name, shape, kind in _expected(made, t)
    }
    for name in (*expected, *arrays):
        if name not in expected or name not in arrays:
            raise ValueError(f"expected {'' if name in expected else 'no '}array {name}")
        (shape, kind), array = expected[name], arrays[name]
        if array.shape != shape or array.dtype != kind:
            raise ValueError(f"expected {name} of shape {shape}, {np.dtype(kind)}, got {array.dtype} {array.shape}")
        high = plans[0].pool.classes - 1 if kind is np.uint8 else np.finfo(np.float32).max
        if not (np.abs(array) <= high).all():
            raise ValueError(f"expected finite numbers of at most {high:g} in {name}")


def _expected(made: Plan, training: Training) -> Iterator[tuple[str, tuple[int, ...], type]]:
    classes, width = made.pool.classes, made.pool.x.shape[1]
    for asked in made.asks(training):
        n = len(training.rows(asked.group))
        if _labels_alone(made, asked):
            yield _name(training, asked), (n, LabelNoise().m if asked.query in LABELS else 1), np.uint8
        else:
            yield _name(training, asked), (n, Trajectory().epochs if asked.query == STUDENT else 1, classes), np.float32
    if _weighed(made, training):
        (hidden,) = SUITE.network.hidden
        for i, (rows, columns) in enumerate(((hidden, width), (classes, hidden))):
            yield f"{training.model}/layers.{i}.weight", (rows, columns), np.float32
            yield f"{training.model}/layers.{i}.bias", (rows,), np.float32


@contextmanager
def contest(arrays: Mapping[str, np.ndarray], suite: str, command: str) -> Iterator[Contest]:
    """The games of one suite of what `check` found good; they can be played as long as the block lasts."""
    made = Bits(suite).plan()
    with drafts.folder(Path(tempfile.gettempdir())) as folder:
        store = Store(folder)
        for training in made.by_key.values():
            _unpack(arrays, made, training, store)
        found = from_store.contest(made, store, made.none, command)
        assert found is not None
        yield found


def _unpack(arrays: Mapping[str, np.ndarray], made: Plan, training: Training, store: Store) -> None:
    from safetensors.numpy import save

    for asked in made.asks(training):
        logits = arrays[_name(training, asked)]
        if _labels_alone(made, asked):
            logits = (logits[..., None] == np.arange(made.pool.classes)).astype(np.float32)
        store.outputs.write(training.outputs_spec(asked), {"logits.npy": array_file(logits)}, {}, durable=False)
    start = f"{training.model}/"
    weights = {
        name.removeprefix(start): arrays[name].astype(np.float64)
        for name, _, _ in _expected(made, training)
        if name.startswith(f"{start}layers.")
    }
    data = save(weights)
    files = {WEIGHTS: lambda file: put(file, data)} if weights else {}
    facts = {"seconds": 0.0, "device": "stored outputs", "versions": versions()}
    store.models.write(training.spec, files, facts, durable=False)
