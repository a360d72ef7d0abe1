"""`check_defense`: does a defense keep the contract? On a small planted task."""

from __future__ import annotations

import hashlib
import random
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from defenses.adopting import adopt
from defenses.base import NEEDS, Defense
from defenses.release import GROUP, ReleaseContext
from defenses.running import checked, generators, logits_of, own_part, released_as_declared
from models import Batch, Diverged, HookError, Mlp, Recipe, Task, Trained
from models import hooks as contract
from models.batch import Draws
from models.faults import line, place
from models.process import Modes, undisturbed

MODELS, CLASSES, QUERIES = 3, 3, GROUP + 9  # more queries than the network runs at once
FORWARD = ("targets", "mix", "mix", "features", "loss")  # what made what _forward returns
WORDS = {
    "dtype": "torch's default dtype",
    "overrides": "torch's default device, or a function of torch",
    "device": "torch's default device",
    "autocast": "the precision of torch's products",
    "anomalies": "torch's search for anomalies",
    "onednn": "torch's use of oneDNN",
    "flush": "what becomes of the smallest numbers",
    "threads": "torch's number of threads",
    "gradients": "whether torch computes gradients",
    "deterministic": "torch's choice of algorithms",
    "warn_only": "torch's choice of algorithms",
    "matmul": "the precision of torch's products",
    "benchmark": "cuDNN's choice of algorithms",
    "cudnn_deterministic": "cuDNN's choice of algorithms",
}


def planted(defense: Any) -> Task:
    """Return a task of three models on 90 records of 6 bytes, whose first three tell their class, with spare rows."""
    rng = np.random.default_rng(7)
    y = rng.integers(CLASSES, size=90)
    x = rng.integers(0, 100, (90, 6), dtype=np.uint8)
    x[np.arange(90), y] += 100
    rows = [rng.permutation(90) for _ in range(MODELS)]
    thirds = [tuple(np.sort(r[a:b]) for r in rows) for a, b in ((0, 16), (16, 22), (22, 30))]
    recipe = Recipe(epochs=2, batch=6, learning_rate=0.01)  # the last batch of an epoch has 4
    network, seeds = Mlp(hidden=(8,)), (5, 6, 7)
    own, validation, spare = thirds
    scale, shift = (1 / 255,), (0.0,)
    return Task(x, y, CLASSES, scale, shift, own, seeds, network, recipe, defense, validation=validation, spare=spare)


def check_defense(defense: object) -> list[str]:
    """Return, in words, what was checked on this very instance.

    Raises AssertionError, in one sentence, where it breaks the contract; ValueError where it is no defense.
    """
    own = adopt(defense)
    with undisturbed():
        try:
            _check_hooks(own)
            results = _check_training(own)
            _check_release(own, results)
            _check_without(own)
        except HookError as error:
            raise AssertionError(str(error)) from error
    return [
        "targets, mix, features, loss: shapes, finite floats, each model as if it were alone, nothing changed in place",
        "targets are distributions where the loss is the cross-entropy",
        "weight_decay: None or a number; privacy: None or a clip and a noise",
        "train: one result a model, the same for the same seed, alone and in a cohort; records unchanged; plain facts;"
        " a companion, if there is one, with losses and facts a model",
        "release: shape, finite, the same for a record whenever and in whatever company it is asked"
        + (", its label kept" if own.keeps_labels else ""),
        "no hook changes the modes of the process or draws from its generators",
    ]


def _watched(own: Any, hook: str, *arguments: Any, draws: bool = False) -> Any:
    """Return what a hook returns. draws: it may use the generators of the process, which are restored after it."""
    modes, before = Modes.now(), _generators()
    try:
        made = getattr(own, hook)(*arguments)
    except (HookError, KeyboardInterrupt):
        raise
    except BaseException as error:
        raise AssertionError(f"{hook}: {line(error)}{place(own, error)}") from error
    changed = modes.changed()
    modes.restore()
    assert changed is None, f"{hook}: it changes {WORDS[changed or 'dtype']} for the whole process"
    assert draws or _generators() == before, f"{hook}: it draws from a generator of the process, expected its own"
    return made


def _generators() -> tuple[object, ...]:
    own = np.random.get_state(legacy=False)["state"]  # noqa: NPY002
    return torch.get_rng_state().numpy().tobytes(), own["key"].tobytes(), own["pos"], random.getstate()


def _scramble(seed: int) -> None:
    torch.manual_seed(seed)
    np.random.seed(seed)  # noqa: NPY002
    random.seed(seed)


def _check_hooks(own: Defense) -> None:
    contract.weight_decay(own)
    contract.privacy(own)
    _watched(own, "weight_decay")
    _watched(own, "privacy")
    together = _forward(own, tuple(range(MODELS)))
    for k in range(MODELS):
        for what, whole, alone in zip(FORWARD, together, _forward(own, (k,)), strict=True):
            same = torch.allclose(whole[k], alone[0], rtol=1e-4, atol=1e-6)
            assert same, f"{what}: a model's result depends on the models beside it"


def _forward(own: Defense, models: tuple[int, ...]) -> tuple[Tensor, ...]:
    """Return targets, mixed inputs and targets, features, and losses of the models of these numbers."""
    generator = torch.Generator().manual_seed(0)
    labels = torch.randint(CLASSES, (MODELS, 5), generator=generator)[list(models)]
    inputs = torch.rand((MODELS, 5, 6), generator=generator)[list(models)]
    logits = torch.randn((MODELS, 5, CLASSES), generator=generator)[list(models)].requires_grad_()
    batch = replace(Batch.of(labels, CLASSES, inputs, epoch=1, step=3), draws=Draws(models, torch.tensor(3)))
    hidden = torch.randn((MODELS, 5, 7), generator=generator)[list(models)]
    shape = (len(models), 5, CLASSES)
    before = _bytes(batch)
    soft = contract.tensor("targets", _watched(own, "targets", batch), shape, torch.float32)
    _unchanged("targets", batch, before)
    assert soft.isfinite().all(), "targets: expected finite numbers, got NaN or infinite"
    if contract.standard(own, "loss"):
        fair = bool((soft >= 0).all()) and torch.allclose(soft.sum(-1), torch.ones(shape[:-1]), atol=1e-4)
        assert fair, "targets: expected numbers of at least 0 that sum to 1 a record, since the loss is the usual one"
    batch = replace(batch, targets=soft)
    before = _bytes(batch)
    _watched(own, "mix", batch)
    _unchanged("mix", batch, before)
    batch.draws.begin(batch.step)  # type: ignore[union-attr]
    batch = contract.mixed(own, batch, torch.float32)
    before = _bytes(batch)
    seen = hidden.detach().clone()
    _watched(own, "features", hidden, batch)
    _unchanged("features", batch, before)
    assert torch.equal(seen, hidden), "features: it changes what it is given in place"
    read = contract.features(own, batch)
    features = hidden if read is None else read(hidden)
    assert features.isfinite().all(), "features: expected finite numbers, got NaN or infinite"
    before = _bytes(batch)
    _watched(own, "loss", logits, batch)
    _unchanged("loss", batch, before)
    losses = contract.loss(own, logits, batch)
    assert losses.isfinite().all(), "loss: expected finite numbers, got NaN or infinite"
    assert batch.targets is not None
    return soft, batch.inputs, batch.targets, features, losses


def _bytes(batch: Batch) -> dict[str, bytes]:
    tensors = {name: value for name, value in vars(batch).items() if isinstance(value, Tensor)}
    return {name: tensor.detach().contiguous().numpy().tobytes() for name, tensor in tensors.items()}


def _unchanged(hook: str, batch: Batch, before: dict[str, bytes]) -> None:
    after = _bytes(batch)
    changed = next((name for name in before if before[name] != after[name]), None)
    assert changed is None, f"{hook}: it changes batch.{changed} in place, expected a tensor of its own"


def _check_training(own: Defense) -> list[Trained]:
    whole = planted(own)
    results = _train(whole, 1)
    outputs = [_outputs(model, whole) for model in results]
    for k, again in enumerate(_train(whole, 2)):
        assert outputs[k] == _outputs(again, whole), "train: the same seed gave another model"
    for k in range(MODELS):
        (alone,) = _train(whole.only(k), 3)
        assert outputs[k] == _outputs(alone, whole), "train: a model trained alone differs from itself in a cohort"
    return results


def _train(task: Task, seed: int) -> list[Trained]:
    task = own_part(task)
    before = _digest(task)
    _scramble(seed)
    results = checked(_watched(task.defense, "train", task, generators(task), draws=True), task)
    assert _digest(task) == before, "train: it changes the records, labels or rows of its task in place"
    models: list[Trained] = []
    for result in results:
        assert not isinstance(result, Diverged), f"train: a model diverged: {result.reason}"
        models.append(result)
    return models


def _digest(task: Task) -> str:
    arrays = (task.x, task.y, *task.rows, *task.validation, *task.spare)
    return hashlib.sha256(b"".join(a.tobytes() for a in arrays)).hexdigest()


def _outputs(model: Trained, task: Task) -> bytes:
    logits = logits_of("predicted", model.predict(task.x), (len(task.x), CLASSES))
    return b"".join(array.tobytes() for array in (logits, *model.state.values()))


def _check_without(own: Defense) -> None:
    """A defense works without the records that it does not declare to need."""
    lacking = [name for name in NEEDS if name not in own.needs]
    if not lacking:
        return
    task, none = planted(own), (np.zeros(0, np.int64),) * MODELS
    task = replace(
        task,
        validation=none if "validation" in lacking else task.validation,
        spare=none if "spare" in lacking else task.spare,
    )
    rows, spare = task.rows[0], task.spare[0]
    try:
        model = _train(task, 5)[0]
        logits = model.predict(task.x[:1])
        members, nobody = (task.x[rows], task.y[rows]), (task.x[spare], task.y[spare])
        context = ReleaseContext(task.x[:1], model.predict, members, nobody, key=11, state=model.state)
        released_as_declared(own, _watched(own, "release", context, logits.copy()), logits)
    except (AssertionError, HookError) as error:
        raise AssertionError(f"without {' and '.join(lacking)} records, not declared in needs: {error}") from error


def _check_release(own: Defense, models: list[Trained]) -> None:
    task = planted(own)
    queries, rows, spare = task.x[-QUERIES:], task.rows[0], task.spare[0]
    logits = models[0].predict(queries)

    def ask(chosen: np.ndarray, seed: int) -> np.ndarray:
        _scramble(seed)
        context = ReleaseContext(
            queries[chosen],
            models[0].predict,
            (task.x[rows], task.y[rows]),
            (task.x[spare], task.y[spare]),
            key=11,
            state=models[0].state,
        )
        shown, inputs = logits[chosen], context.inputs.copy()
        made = released_as_declared(own, _watched(own, "release", context, shown), logits[chosen])
        assert shown.tobytes() == logits[chosen].tobytes(), "release: it changes its logits in place"
        assert inputs.tobytes() == context.inputs.tobytes(), "release: it changes context.inputs in place"
        return made

    everyone = np.arange(QUERIES)
    once = ask(everyone, 1)
    assert once.tobytes() == ask(everyone, 2).tobytes(), "release: the same queries gave other outputs"
    for i in everyone:
        assert once[i].tobytes() == ask(everyone[i : i + 1], 3).tobytes(), (
            "release: a record asked alone gets another output than in company"
        )
    assert once[::-1].tobytes() == ask(everyone[::-1], 4).tobytes(), "release: outputs depend on the order of queries"
