"""What hooks are handed, what they may return, and what they cannot disturb."""

from dataclasses import dataclass, replace

import numpy as np
import pytest
import torch

from models import Batch, Cnn, HookError, Mlp, Recipe, Standard, Task, fit
from models.batch import Draws
from models.process import Modes, undisturbed

RECIPE = Recipe(epochs=2, batch=10, learning_rate=1e-3)


def task(defense, network=None, shape=(8, 8, 1), models=3, **changes):
    rng = np.random.default_rng(0)
    x, y = rng.integers(0, 256, (60, *shape), dtype=np.uint8), rng.integers(0, 4, 60)
    rows = tuple(np.sort(rng.permutation(60)[:24]) for _ in range(models))
    network = network or Mlp(hidden=(16,))
    return Task(x, y, 4, (1 / 255,), (-0.5,), rows, tuple(range(models)), network, RECIPE, defense, **changes)


def splitmix(z):
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9 % 2**64
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB % 2**64
    return z ^ (z >> 31)


def test_random_numbers_are_splitmix64s():
    assert splitmix(0x9E3779B97F4A7C15) == 0xE220A8397B1DCDAF  # the generator's first number after seed 0
    golden, step, call = 0x9E3779B97F4A7C15, 5, 1
    made = Draws((3, 4), torch.tensor(step)).uniform(2, 2)
    for k, seed in enumerate((3, 4)):
        key = int(np.random.SeedSequence([seed, 1]).generate_state(1, np.uint64)[0])
        stream = splitmix((splitmix((key + step * golden) % 2**64) + call * golden) % 2**64)
        expected = [splitmix((stream + i * golden) % 2**64) >> 40 for i in range(1, 5)]
        assert (made[k].flatten() * 2**24).tolist() == expected


def test_random_numbers_differ_by_call_step_and_model_and_are_uniform():
    draws = Draws((1, 2), torch.tensor(0))
    first, second = draws.uniform(20_000), draws.uniform(20_000)
    draws.begin(torch.tensor(1))
    numbers = torch.cat([first, second, draws.uniform(20_000)]).double()
    assert ((numbers >= 0) & (numbers < 1)).all()
    torch.testing.assert_close(numbers.mean(1), torch.full((6,), 0.5).double(), rtol=0, atol=0.01)
    torch.testing.assert_close(numbers.var(1), torch.full((6,), 1 / 12).double(), rtol=0, atol=0.002)
    assert (torch.corrcoef(numbers) - torch.eye(6)).abs().max() < 0.03
    draws.begin(torch.tensor(0))
    assert torch.equal(draws.uniform(20_000), first)


@dataclass(frozen=True)
class Mixup(Standard):
    """Zhang et al. 2018 with alpha 1: a convex combination with a permutation of the batch."""

    def mix(self, batch):
        share = batch.uniform(1)
        partner = batch.uniform(batch.labels.shape[1]).argsort(1)

        def mixed(t):
            other = torch.stack([own[order] for own, order in zip(t, partner, strict=True)])
            lam = share.view(-1, *[1] * (t.dim() - 1)).to(t.dtype)
            return lam * t + (1 - lam) * other

        return replace(batch, inputs=mixed(batch.inputs), targets=mixed(batch.targets))


MIXED = replace(RECIPE, precision="mixed")
SMALL = (16, 16, 1)
WAYS = [(Mlp(hidden=(16,)), (8, 8, 1), RECIPE), (Cnn(hidden=8), SMALL, RECIPE), (Cnn(hidden=8), SMALL, MIXED)]


@pytest.mark.parametrize(("network", "shape", "recipe"), WAYS, ids=["stacked", "in turn", "threaded"])
def test_a_random_mix_is_the_same_in_a_cohort_and_alone(network, shape, recipe):
    whole = replace(task(Mixup(), network, shape), recipe=recipe)
    together = [p.predict(whole.x) for p in fit(whole)]
    plain = fit(replace(whole, defense=Standard()))[0].predict(whole.x)
    assert not np.array_equal(together[0], plain)
    if recipe is MIXED:  # a lone one goes on all threads in float32 sums: the same up to rounding
        fewer = replace(whole, rows=whole.rows[1:], seeds=whole.seeds[1:])
        np.testing.assert_array_equal(fit(fewer)[0].predict(whole.x), together[1])
        return
    for k in range(3):
        np.testing.assert_array_equal(fit(whole.only(k))[0].predict(whole.x), together[k])


def test_a_batch_says_which_records_when():
    seen = []

    class Watching(Standard):
        def targets(self, batch):
            seen.append(
                (batch.rows.clone(), batch.labels.clone(), int(batch.epoch), int(batch.step), batch.inputs[0, 0])
            )
            return super().targets(batch)

    whole = task(Watching(), models=1)
    fit(whole)
    assert [(e, s) for _, _, e, s, _ in seen] == [(0, 0), (0, 1), (0, 2), (1, 3), (1, 4), (1, 5)]
    rows = torch.cat([r[0] for r, *_ in seen[:3]])
    assert sorted(rows.tolist()) == whole.rows[0].tolist()
    for r, labels, _, _, first in seen:
        assert labels[0].tolist() == whole.y[r[0]].tolist()
        np.testing.assert_allclose(first.movedim(0, -1), whole.x[r[0, 0]] / 255 - 0.5, atol=1e-6)


class Raising(Standard):
    def loss(self, logits, batch):
        return logits.softmax(0) @ 7


def with_hook(name, made):
    return type("Wrong", (Standard,), {name: made})()


WRONG = [
    (Raising(), r"TypeError: .*\(test_models_hooks.py:\d+\)"),
    (with_hook("loss", lambda self, logits, batch: 0.5), "loss: expected a tensor, got float"),
    (with_hook("loss", lambda self, logits, batch: logits.sum()), r"loss: expected the shape \(3,\), got \(\)"),
    (with_hook("loss", lambda self, logits, batch: torch.ones(3)), "loss: expected a function of the logits"),
    (with_hook("targets", lambda self, batch: batch.labels), "targets: expected floats, got torch.int64"),
    (
        with_hook("targets", lambda self, batch: torch.ones(3, 4)),
        r"targets: expected the shape \(3, 10, 4\), got \(3, 4\)",
    ),
    (
        with_hook("targets", lambda self, batch: torch.full((*batch.labels.shape, 4), torch.nan)),
        "targets: expected finite numbers, got NaN or infinite in epoch 1",
    ),
    (with_hook("targets", lambda self, batch: None), "targets: expected a tensor, got NoneType"),
    (with_hook("mix", lambda self, batch: batch.inputs), "mix: expected a Batch, got Tensor"),
    (
        with_hook("mix", lambda self, batch: replace(batch, inputs=batch.inputs[:, :1])),
        "mix: inputs: expected the shape",
    ),
    (with_hook("weight_decay", lambda self: "much"), "weight_decay: expected None or a number from 0"),
    (with_hook("weight_decay", lambda self: float("nan")), "weight_decay: expected None or a number from 0"),
    (with_hook("targets", lambda self, batch: exit(0)), "SystemExit: 0"),
]


@pytest.mark.parametrize(("defense", "sentence"), WRONG, ids=[s[:30] for _, s in WRONG])
def test_a_hook_that_does_not_keep_its_contract_is_answered_in_a_sentence(defense, sentence):
    with pytest.raises(HookError, match=sentence) as error:
        fit(task(defense))
    assert "\n" not in str(error.value)


class Hostile(Standard):
    """Changes all that it can reach and returns what the standard hooks return."""

    def targets(self, batch):
        made = super().targets(batch)
        batch.inputs.mul_(1)
        batch.rows.zero_()
        batch.epoch.add_(5)
        batch.step.add_(5)
        torch.set_default_dtype(torch.float64)
        torch.set_grad_enabled(False)
        torch.manual_seed(0)
        return made

    def mix(self, batch):
        torch.use_deterministic_algorithms(True)
        torch.set_num_threads(3)
        return batch

    def loss(self, logits, batch):
        torch.rand(3)
        np.random.seed(0)  # noqa: NPY002
        return super().loss(logits, batch)


@pytest.mark.parametrize(("network", "shape", "recipe"), WAYS, ids=["stacked", "in turn", "threaded"])
def test_a_hostile_hook_changes_neither_the_process_nor_any_model(network, shape, recipe):
    whole = replace(task(Standard(), network, shape), recipe=recipe)
    before = whole.x.tobytes(), whole.y.tobytes(), *(r.tobytes() for r in whole.rows)
    modes, state = Modes.now(), torch.get_rng_state()
    legacy = np.random.get_state()[1].tobytes()  # noqa: NPY002
    expected = [p.predict(whole.x) for p in fit(whole)]
    made = [p.predict(whole.x) for p in fit(replace(whole, defense=Hostile()))]
    assert Modes.now() == modes
    assert torch.equal(torch.get_rng_state(), state)
    assert np.random.get_state()[1].tobytes() == legacy  # noqa: NPY002
    assert before == (whole.x.tobytes(), whole.y.tobytes(), *(r.tobytes() for r in whole.rows))
    for a, b in zip(expected, made, strict=True):
        np.testing.assert_array_equal(a, b)


def test_labels_changed_in_place_do_not_reach_the_pool():
    class Relabelling(Standard):
        def targets(self, batch):
            batch.labels.fill_(0)
            batch.inputs.fill_(0)
            return super().targets(batch)

    whole = task(Relabelling())
    floats = replace(whole, x=whole.x.astype(np.float32), scale=(1.0,), shift=(0.0,))
    for case in (whole, floats):
        before = case.x.tobytes(), case.y.tobytes()
        fit(case)
        assert before == (case.x.tobytes(), case.y.tobytes())


def test_undisturbed_puts_back_modes_and_generators_after_an_error():
    modes, state = Modes.now(), torch.get_rng_state()

    @undisturbed()
    def disturb():
        torch.set_default_dtype(torch.float64)
        torch.set_default_device("meta")
        torch.set_float32_matmul_precision("medium")
        torch.manual_seed(1)
        raise KeyError

    with pytest.raises(KeyError):
        disturb()
    assert Modes.now() == modes
    assert torch.equal(torch.get_rng_state(), state)
    assert torch.zeros(1).device.type == "cpu"


def test_a_batch_without_generators_says_so():
    batch = replace(Batch.of(torch.zeros(1, 2, dtype=torch.long), 2), draws=None)
    with pytest.raises(ValueError, match="without random numbers"):
        batch.uniform(1)


def test_a_mix_in_another_precision_is_brought_back():
    def doubled(self, batch):
        return replace(batch, inputs=batch.inputs.double(), targets=batch.targets.double())

    whole = task(Standard())
    made = fit(replace(whole, defense=with_hook("mix", doubled)))
    for expected, own in zip(fit(whole), made, strict=True):
        np.testing.assert_array_equal(own.predict(whole.x), expected.predict(whole.x))
