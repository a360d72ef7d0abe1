"""DP-SGD's gradients, noise and batches against loops and closed forms. About four seconds."""

import itertools
import math
import time
from dataclasses import dataclass, replace
from threading import Event

import numpy as np
import pytest
import torch
from torch import nn

from defenses import L2, DpSgd, LabelSmoothing, NoDefense
from models import Cnn, HookError, Mlp, Privacy, Recipe, Task, WideResNet, fit, private
from models import hooks as contract
from models.batch import Draws
from models.building import stacked, start
from models.memory import bytes_per_model
from models.records import Inputs, Records
from models.stack import Stack
from models.training import Cohort

RNG = np.random.default_rng(0)


@dataclass(frozen=True)
class Grouped:
    """A convolution with GroupNorm, and weights that are not trained."""

    def build(self, shape, classes):
        layers = nn.Conv2d(shape[2], 4, 3), nn.GroupNorm(2, 4), nn.ReLU(), nn.Flatten()
        module = nn.Sequential(*layers, nn.Linear(4 * (shape[0] - 2) * (shape[1] - 2), classes))
        module[0].bias.requires_grad_(False)
        return module


def task(network, shape, records=24, models=3, **changes):
    recipe = Recipe(epochs=2, batch=10, learning_rate=0.1, optimizer="sgd")
    x = RNG.integers(0, 256, (80, *shape), dtype=np.uint8)
    y = RNG.integers(0, 4, 80)
    rows = tuple(np.sort(RNG.permutation(80)[:records]) for _ in range(models))
    fields = {"recipe": recipe, "defense": DpSgd(), "seeds": tuple(range(7, 7 + models)), **changes}
    return Task(x, y, 4, (1 / 255,), (-0.5,), rows, network=network, **fields)


NETWORKS = [(Mlp((16, 8)), (8, 8, 1), 3), (Mlp((16, 8)), (9,), 1), (Cnn(6), (16, 16, 1), 1), (Grouped(), (6, 6, 2), 1)]


@pytest.mark.parametrize("held", [private.HELD, 1])
@pytest.mark.parametrize(("network", "shape", "models"), NETWORKS, ids=str)
def test_clipped_gradients_are_those_of_a_loop_over_records(network, shape, models, held, monkeypatch):
    monkeypatch.setattr(private, "HELD", held)
    whole = task(network, shape, models=models, dtype=torch.float64)
    modules = [start(whole, seed)[0].double() for seed in whole.seeds]
    batched = stacked(modules[0], shape, torch.device("cpu"))
    stack = Stack.of(modules, torch.device("cpu"), torch.float64, batched)
    x = Inputs(whole.scale, whole.shift, torch.device("cpu"), torch.float64)(torch.from_numpy(whole.x[: 7 * models]))
    x = (x.movedim(-1, 1) if len(shape) == 3 else x).unflatten(0, (models, 7))
    targets = torch.rand(models, 7, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(1)).softmax(-1)
    real = torch.ones(models, 7, dtype=torch.bool)
    real[:, 5] = False
    own = [[gradient(module, x[k, i : i + 1], targets[k, i]) for i in range(7)] for k, module in enumerate(modules)]
    norms = np.array([[float(g.norm()) for _, g in of] for of in own])
    slots = [slot for slot, leaf in zip(stack.slots, stack.leaves, strict=True) if leaf.requires_grad]
    for clip in (norms.min() / 2, float(np.median(norms)), norms.max() * 2):
        sums, losses = private.clipped(stack, clip, x, targets, real)
        for k, of in enumerate(own):
            expected = sum(g * min(1, clip / float(g.norm())) for i, (_, g) in enumerate(of) if i != 5)
            pairs = zip(slots, sums, strict=True)
            made = [slot.from_memory(leaf[:, : slot.shape.numel()])[k].flatten() for slot, leaf in pairs]
            torch.testing.assert_close(torch.cat(made), expected)
            torch.testing.assert_close(losses[k], torch.stack([loss for loss, _ in of]) * real[k])


def gradient(module, x, targets):
    loss = -(targets * module(x)[0].log_softmax(-1)).sum()
    parts = torch.autograd.grad(loss, [p for p in module.parameters() if p.requires_grad])
    return loss.detach(), torch.cat([part.flatten() for part in parts])


def test_no_gradient_is_no_division_by_zero():
    whole = task(Mlp((8,)), (9,), models=1)
    stack = Stack.of([start(whole, 1)[0]], torch.device("cpu"), torch.float32, True)
    x, targets = torch.rand(1, 2, 9), torch.zeros(1, 2, 4)
    sums, _ = private.clipped(stack, 1.0, x, targets, torch.ones(1, 2, dtype=torch.bool))
    assert all(of.eq(0).all() for of in sums)


def noised(sums, draws):
    return private.noised(Privacy(0.5, 3.0), sums, 10.0, private.normal(sums, draws))


def test_noise_is_normal_with_the_stated_deviation_and_a_models_own():
    zeros = [torch.zeros(2, 60_000), torch.zeros(2, 40_000)]
    draws = Draws((3, 4), torch.tensor(9))
    first = torch.cat(noised(zeros, draws), 1).double() / (3.0 * 0.5 / 10)
    second = torch.cat(noised(zeros, draws), 1).double() / (3.0 * 0.5 / 10)
    draws.begin(torch.tensor(10))
    third = torch.cat(noised(zeros, draws), 1).double() / (3.0 * 0.5 / 10)
    both = torch.cat([first, second, third])
    assert both.mean(1).abs().max() < 5 / math.sqrt(100_000)
    assert (both.var(1) - 1).abs().max() < 5 * math.sqrt(2 / 100_000)
    assert ((both**4).mean(1) - 3).abs().max() < 5 * math.sqrt(96 / 100_000)
    for z in (0.5, 1, 2, 3):
        share = math.erfc(z / math.sqrt(2)) / 2
        assert (both.gt(z).double().mean(1) - share).abs().max() < 5 * math.sqrt(share / 100_000)
    assert (torch.corrcoef(both) - torch.eye(6)).abs().max() < 5 / math.sqrt(100_000)
    halves = torch.stack([first[0, :50_000], first[0, 50_000:], first[0, :50_000] ** 2, first[0, 50_000:] ** 2])
    assert (torch.corrcoef(halves) - torch.eye(4)).abs().max() < 5 / math.sqrt(50_000)
    alone = noised([zeros[0][1:]], Draws((4,), torch.tensor(10)))
    again = noised([zeros[0]], Draws((3, 4), torch.tensor(10)))
    assert torch.equal(alone[0][0], again[0][1])


def drawn(length, batch, epochs, seeds=(1, 2)):
    rows = torch.stack([torch.arange(length) + 100 * k for k in range(len(seeds))])
    generators = [torch.Generator().manual_seed(seed) for seed in seeds]
    recipe = Recipe(epochs, batch, 0.1)
    return [i for _ in range(epochs) for i, _ in private.batches(rows, generators, recipe, torch.device("cpu"))]


def test_batches_are_poissons():
    """Sizes are binomial and records independent, which shuffled batches of one size are not."""
    made = drawn(40, 12, 600)
    assert len(made) == 600 * 4  # 40 / 12, rounded up
    inside = torch.zeros(2, 2400, 40)
    for step, index in enumerate(made):
        for k in range(2):
            own = index[k][index[k] >= 0]
            assert len(own) == len(own.unique())
            inside[k, step, own - 100 * k] = 1
            assert set(index[k][index[k] < 0].tolist()) <= {~(100 * k)}
        assert index.shape[1] % private.width(40, 12) == 0
    sizes = inside.sum(-1)
    assert (sizes.mean(1) - 10).abs().max() < 5 * math.sqrt(7.5 / 2400)
    assert (sizes.var(1) - 7.5).abs().max() < 5 * 7.5 * math.sqrt(2 / 2400)
    assert (inside.mean(1) - 0.25).abs().max() < 5 * math.sqrt(0.1875 / 2400)
    flat = inside.permute(0, 2, 1).flatten(0, 1)
    assert (torch.corrcoef(flat) - torch.eye(80)).abs().max() < 5.5 / math.sqrt(2400)
    following = torch.corrcoef(torch.cat([flat[:, :-1], flat[:, 1:]]))[:80, 80:]  # a pass would not repeat a record
    assert following.abs().max() < 5.5 / math.sqrt(2400)


def test_a_step_is_the_textbooks():
    """Without noise and clipping: the sum over a Poisson batch, divided by the expected batch; some are empty."""
    whole = task(Mlp((8,)), (9,), records=5, models=2, dtype=torch.float64)
    whole = replace(whole, defense=DpSgd(clip=1e6, noise=0), recipe=Recipe(6, 1, 0.05, optimizer="sgd", momentum=0.5))
    sizes = []
    for k, predictor in enumerate(fit(whole)):
        module, generator = start(whole, whole.seeds[k])
        module = module.double()
        optimizer = torch.optim.SGD(module.parameters(), lr=0.05, momentum=0.5)
        inputs, labels = torch.from_numpy(whole.x / 255 - 0.5), torch.from_numpy(whole.y)
        for _ in range(6 * 5):
            chosen = torch.from_numpy(whole.rows[k])[torch.rand(5, generator=generator, dtype=torch.float64) < 0.2]
            sizes.append(len(chosen))
            optimizer.zero_grad()
            nn.functional.cross_entropy(module(inputs[chosen]), labels[chosen], reduction="sum").backward()
            optimizer.step()
        expected = module(inputs).detach().numpy()
        np.testing.assert_allclose(predictor.predict(whole.x), expected, atol=1e-6)
    assert 0 in sizes
    assert max(sizes) > 1


def test_an_empty_batch_leaves_the_noise_alone():
    whole = task(Mlp((8,)), (9,), records=2, models=1, defense=DpSgd(clip=0.5, noise=2.0))
    cohort = Cohort(
        whole,
        range(1),
        Records(whole.x, whole.y, Inputs((1 / 255,), (-0.5,), torch.device("cpu"), torch.float32), ()),
        True,
    )
    before = [leaf.detach().clone() for leaf in cohort.stack.trained]
    cohort.step(torch.full((1, 16), ~int(whole.rows[0][0])), None)
    sizes = [leaf.shape[1] for leaf in before]
    noise = Draws(whole.seeds, torch.tensor(0)).normal(sum(sizes)).split(sizes, 1)
    for old, own, new in zip(before, noise, cohort.stack.trained, strict=True):
        torch.testing.assert_close(new.detach(), old - 0.1 * own * (2.0 * 0.5) / 2)
    assert cohort.total.tolist() == [0.0]
    assert cohort.train(lambda epochs: None, Event()) is not None


@pytest.mark.parametrize(
    ("network", "shape"),
    [(Mlp((16, 8)), (8, 8, 1)), (Mlp((700, 300)), (64,)), (Cnn(6), (16, 16, 1)), (Grouped(), (6, 6, 2))],
)
def test_cohort_equals_alone_to_the_bit(network, shape, monkeypatch):
    """Also where one model's batch is wider than what is computed at once, and the others' are not."""
    monkeypatch.setattr(private, "width", lambda length, batch: 8)
    whole = task(network, shape, records=60, models=4, recipe=Recipe(3, 8, 1e-3))
    over = [(index >= 0).sum(1) > 8 for index in _batches_of(whole)]
    assert any(some.any() and not some.all() for some in over)
    together = [p.predict(whole.x) for p in fit(whole)]
    for k, logits in enumerate(together):
        np.testing.assert_array_equal(fit(whole.only(k))[0].predict(whole.x), logits)
    assert not np.array_equal(together[0], together[1])


def _batches_of(whole):
    generators = [start(whole, seed)[1] for seed in whole.seeds]
    rows = torch.stack([torch.from_numpy(own) for own in whole.rows])
    for _ in range(whole.recipe.epochs):
        for index, _ in private.batches(rows, generators, whole.recipe, torch.device("cpu")):
            yield index


def test_augmented_records_are_a_models_own():
    recipe = Recipe(2, 8, 1e-3, augment=("flip", "crop"))
    whole = task(Cnn(6), (16, 16, 1), models=2, recipe=recipe)
    for k, predictor in enumerate(fit(whole)):
        np.testing.assert_array_equal(fit(whole.only(k))[0].predict(whole.x), predictor.predict(whole.x))


def test_batchnorm_is_refused_in_a_sentence():
    refused = task(WideResNet(10, 1), (8, 8, 1))
    assert bytes_per_model(refused) > 0  # a GPU's worker asks it first
    with pytest.raises(HookError, match=r"^network WideResNet: BatchNorm mixes .* GroupNorm$"):
        fit(refused)


@pytest.mark.parametrize(
    ("made", "words"),
    [
        ((1.0, 2.0), "Privacy"),
        (Privacy(0.0, 1.0), "clip above 0"),
        (Privacy(1.0, -1.0), "noise from 0"),
        (Privacy(1.0, math.nan), "nan"),
    ],
)
def test_what_is_no_privacy_is_refused(made, words):
    defense = type("Wrong", (NoDefense,), {"privacy": lambda self: made})()
    with pytest.raises(HookError, match=words):
        contract.privacy(defense)


def test_hooks_that_mix_records_are_refused_beside_it():
    defense = type("Both", (NoDefense,), {"privacy": DpSgd.privacy, "clip": 1.0, "noise": 1.0, "mix": lambda s, b: b})()
    with pytest.raises(HookError, match="no mix beside it"):
        fit(task(Mlp((8,)), (9,), defense=defense))


def test_targets_and_weight_decay_stand_beside_it():
    class Smooth(LabelSmoothing):
        privacy = lambda self: Privacy(1e6, 0.0)  # noqa: E731
        weight_decay = L2(0.1).weight_decay

    made = fit(task(Mlp((8,)), (9,), defense=Smooth(0.3)))
    plain = fit(task(Mlp((8,)), (9,), defense=DpSgd(1e6, 0.0)))
    assert not np.array_equal(made[0].predict(RNG.random((3, 9))), plain[0].predict(RNG.random((3, 9))))


@pytest.mark.parametrize(("network", "shape"), [(Mlp((16, 8)), (9,)), (Cnn(6), (16, 16, 1)), (Grouped(), (6, 6, 2))])
def test_memory_of_records_gradients_is_counted(network, shape):
    private_task = task(network, shape, recipe=Recipe(1, 24, 0.1, optimizer="sgd"), records=48)
    plain = bytes_per_model(replace(private_task, defense=NoDefense()))
    each = 4 * private.width(48, 24) * sum(p.numel() for p in start(private_task, 1)[0].parameters())
    assert bytes_per_model(private_task) > plain + (0 if isinstance(network, Mlp) else each / 2)


@pytest.mark.slow
def test_a_step_takes_at_most_four_times_a_plain_one():
    """Of the digits MLP, step by step beside each other, by the processor's time."""
    x, y = RNG.integers(0, 16, (450, 64), dtype=np.uint8), RNG.integers(0, 10, 450)
    for models in (1, 16):
        runs = []
        for defense in (NoDefense(), DpSgd()):
            rows, seeds = (np.arange(450),) * models, tuple(range(models))
            whole = Task(x, y, 10, (1 / 16,), (0.0,), rows, seeds, Mlp((128, 64)), Recipe(60, 32, 1e-3), defense)
            records = Records(x, y, Inputs((1 / 16,), (0.0,), torch.device("cpu"), torch.float32), ())
            runs.append(Cohort(whole, range(models), records, True).train(lambda epochs: None, Event()))
        spent = np.zeros((400, 2))
        for step, run in itertools.product(range(400), (0, 1)):
            begun = time.thread_time()
            next(runs[run])
            spent[step, run] = time.thread_time() - begun
        plain, private = np.median(spent[50:], axis=0)
        assert private < 4 * plain, f"{models} models: {private / plain:.2f}"
