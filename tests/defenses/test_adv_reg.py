"""AdvReg against a loop with torch's own modules and optimisers. About four seconds."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import torch
from torch import nn

from defenses import AdvReg, NoDefense, adv_reg
from defenses.adv_reg import attack
from models import Cnn, HookError, Mlp, Recipe, Task, WideResNet, fit
from models.building import start
from models.cohort import threads_for

RNG = np.random.default_rng(0)


@pytest.fixture
def small(monkeypatch):
    """An attack network of fewer features, whose initial weights tell something apart."""
    monkeypatch.setattr(adv_reg, "LOGITS", (16, 12, 8))
    monkeypatch.setattr(adv_reg, "LABEL", (10, 6))
    monkeypatch.setattr(adv_reg, "JOINED", (12, 8, 6, 5, 1))
    monkeypatch.setattr(adv_reg, "DEVIATION", 0.5)


def task(defense, models=3, shape=(9,), network=None, **changes):
    x = RNG.normal(size=(90, *shape))
    y = RNG.integers(0, 4, 90)
    orders = [RNG.permutation(90) for _ in range(models)]
    rows, spare = (tuple(np.sort(order[part]) for order in orders) for part in (slice(23), slice(30, 47)))
    fields = {"recipe": Recipe(3, 8, 0.01), "seeds": tuple(range(7, 7 + models)), "spare": spare, **changes}
    return Task(x, y, 4, (1.0,), (0.0,), rows, network=network or Mlp((16,)), defense=defense, **fields)


class Attack(nn.Module):
    """h as the paper draws it, in rows."""

    def __init__(self, classes, weights):
        super().__init__()
        shapes = (classes, *adv_reg.LOGITS), (classes, *adv_reg.LABEL), (adv_reg.LOGITS[-1] + adv_reg.LABEL[-1],)
        self.logits, self.label, self.joined = (
            nn.Sequential(*(part for pair in pairwise(sizes) for part in (nn.Linear(*pair), nn.ReLU())))
            for sizes in (*shapes[:2], shapes[2] + adv_reg.JOINED)
        )
        self.joined = self.joined[:-1]
        for own, given in zip(self.parameters(), weights, strict=True):
            own.data = given.reshape(own.shape).clone()

    def forward(self, logits, labels):
        one_hot = nn.functional.one_hot(labels, logits.shape[1]).to(logits)
        return self.joined(torch.cat([self.logits(logits), self.label(one_hot)], 1))[:, 0].sigmoid()


def initial(classes, seed):
    generator = torch.Generator().manual_seed(int(np.random.SeedSequence([seed, 3]).generate_state(1)[0]))
    return generator, [w.double() for w in adv_reg._initial(classes, generator)]


def test_the_attack_network_is_the_papers():
    weights = [adv_reg._initial(10, torch.Generator().manual_seed(seed)) for seed in (1, 2)]
    sizes = [tuple(w.shape) for w in weights[0][::2]]
    assert sizes[:5] == [(1024, 10), (512, 1024), (64, 512), (128, 10), (64, 128)]
    assert sizes[5:] == [(512, 128), (256, 512), (128, 256), (64, 128), (1, 64)]
    assert all(w.eq(0).all() for w in weights[0][1::2])
    assert abs(float(torch.cat([w.flatten() for w in weights[0][::2]]).std()) - 0.01) < 1e-4
    weights = [[w.double() * 30 + 0.01 for w in own] for own in weights]
    logits, labels = torch.randn(2, 6, 10, dtype=torch.float64), torch.randint(10, (2, 6))
    made = attack([torch.stack(pair) for pair in zip(*weights, strict=True)], logits, labels)
    for k in range(2):
        torch.testing.assert_close(made[k], Attack(10, weights[k])(logits[k], labels[k]))
    assert made.std() > 0.01


def orders(length, generator):
    while True:
        yield from torch.randperm(length, generator=generator).tolist()


@pytest.mark.parametrize(("passes", "steps", "turns"), [(2, 3, 2), (1, 9, 1)])
def test_training_is_the_textbooks(small, passes, steps, turns):
    """Epoch 0 plain; then the first passes; then `steps` batches of h before every `turns` of the model."""
    defense = AdvReg(weight=4.0, rate=0.01, passes=passes, steps=steps, turns=turns)
    whole = task(defense, models=2, dtype=torch.float64)
    x, y = torch.from_numpy(whole.x), torch.from_numpy(whole.y)
    for k, predictor in enumerate(fit(whole)):
        module, order = start(whole, whole.seeds[k])
        module = module.double()
        generator, weights = initial(4, whole.seeds[k])
        h = Attack(4, weights)
        rules = [torch.optim.Adam(m.parameters(), lr=0.01) for m in (module, h)]
        members, spare = (torch.from_numpy(of[k]) for of in (whole.rows, whole.spare))
        streams = orders(23, generator), orders(17, generator)

        def learn(batches, h=h, module=module, rule=rules[1], own=(members, spare), streams=streams):
            # both orders come from one generator: a side's numbers of all batches, then the other's
            drawn = [[next(stream) for _ in range(8 * batches)] for stream in streams]
            for i in range(0, 8 * batches, 8):
                error = 0
                for side, numbers, truth in zip(own, drawn, (1, 0), strict=True):
                    rows = side[numbers[i : i + 8]]
                    error = error + ((h(module(x[rows]).detach(), y[rows]) - truth) ** 2).sum() / 16
                rule.zero_grad()
                error.backward()
                rule.step()

        def right(h=h, module=module, own=(members, spare)):
            with torch.no_grad():
                known, other = ((h(module(x[rows]), y[rows]) > 0.5).double().mean() for rows in own)
            return float(known + 1 - other) / 2

        step = 0
        for epoch in range(3):
            for rows in members[torch.randperm(23, generator=order)].split(8):
                if step == 3:
                    learn(3 * passes)
                    first = right()
                if epoch and (step - 3) % turns == 0:
                    learn(steps)
                logits = module(x[rows])
                loss = nn.functional.cross_entropy(logits, y[rows])
                if epoch:
                    loss = loss + 4.0 * (h(logits, y[rows]) - 0.5).mean()
                rules[0].zero_grad()
                loss.backward()
                rules[0].step()
                step += 1
        np.testing.assert_allclose(predictor.predict(whole.x), module(x).detach().numpy(), atol=1e-5)
        assert predictor.facts["attack accuracy after its first passes"] == round(first, 4)
        assert predictor.facts["attack accuracy at the end"] == round(right(), 4)


def test_reference_records_and_nothing_else_are_non_members(small):
    whole = task(AdvReg(rate=0.01, steps=3), models=1)
    expected = fit(whole)[0].predict(whole.x)
    own = np.concatenate([whole.rows[0], whole.spare[0]])
    x = np.where(np.isin(np.arange(90), own)[:, None], whole.x, np.nan)
    np.testing.assert_array_equal(fit(replace(whole, x=x))[0].predict(whole.x), expected)
    for row in (whole.spare[0][0], whole.spare[0][-1]):
        x = whole.x.copy()
        x[row] += 1
        assert not np.array_equal(fit(replace(whole, x=x))[0].predict(whole.x), expected)


def test_the_attack_beats_chance_where_there_is_something_to_learn_and_a_warning_says_where_not():
    """Members of one class and spare records of another are told apart by the label; the first step tells nothing."""
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(80, 4)), np.arange(80) % 2
    halves = (np.flatnonzero(y == 0),), (np.flatnonzero(y == 1),)
    recipe = Recipe(2, 20, 1e-4)
    planted = Task(
        x, y, 2, (1.0,), (0.0,), halves[0], (3,), Mlp((8,)), recipe, AdvReg(passes=100, steps=1), spare=halves[1]
    )
    facts = fit(planted)[0].facts
    assert facts["attack accuracy after its first passes"] == 1
    assert "warning" not in facts
    facts = fit(replace(planted, defense=AdvReg(passes=1, steps=100)))[0].facts
    assert facts["attack accuracy after its first passes"] == 0.5
    assert facts["attack accuracy at the end"] == 1
    assert facts["warning"].endswith("no regulariser until it learnt")
    facts = fit(replace(planted, recipe=replace(recipe, epochs=1)))[0].facts
    assert facts["warning"].endswith("the regulariser did nothing")


@pytest.mark.parametrize(("network", "shape"), [(Mlp((16,)), (9,)), (WideResNet(10, 1), (5, 5, 1))])
def test_weight_0_is_the_undefended_model_which_is_in_evaluation_mode_when_asked(small, network, shape):
    whole = task(AdvReg(weight=0.0, steps=2), models=1, network=network, shape=shape)
    for own, plain in zip(fit(whole), fit(replace(whole, defense=NoDefense())), strict=True):
        np.testing.assert_allclose(own.predict(whole.x), plain.predict(whole.x), atol=1e-5)


@pytest.mark.parametrize(
    ("network", "shape", "threads"),  # of a lone model, which others of the second network have one each of
    [(Mlp((16, 8)), (9,), 2), (Mlp((700, 300)), (9,), 1), (Cnn(6), (16, 16, 1), 2)],
)
def test_cohort_equals_alone_to_the_bit(network, shape, threads):
    whole = task(AdvReg(steps=2, rate=1e-3), shape=shape, network=network)
    made = fit(whole)
    for k, model in enumerate(made):
        with threads_for(threads):
            (alone,) = fit(whole.only(k))
        np.testing.assert_array_equal(alone.predict(whole.x), model.predict(whole.x))
        assert alone.facts == model.facts
    assert not np.array_equal(made[0].predict(whole.x), made[1].predict(whole.x))


def test_without_spare_records_it_says_so():
    with pytest.raises(HookError, match=r"^advreg needs spare records"):
        fit(task(AdvReg(), spare=()))
    uneven = tuple(np.arange(k) for k in (3, 4, 5))
    with pytest.raises(HookError, match=r"^spare: expected as many records for each model, got \[3, 4(, 5)?\]"):
        fit(task(AdvReg(), spare=uneven))


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: AdvReg(weight=-1), "weight is -1"),
        (lambda: AdvReg(rate=0), "rate is 0"),
        (lambda: AdvReg(passes=0), "passes is 0"),
        (lambda: AdvReg(steps=1.5), "steps is 1.5"),
        (lambda: AdvReg(turns=True), "turns is True"),
    ],
)
def test_nonsense_is_refused_by_name(make, words):
    with pytest.raises(ValueError, match=words):
        make()
