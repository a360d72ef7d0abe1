"""MemGuard: its phases against hand-worked values, what it promises of outputs, and how its classifier is trained."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import torch

from defenses import MemGuard, NoDefense, ReleaseContext, distorting, memguard, released, trained
from defenses.check import planted
from defenses.distorting import chances, logits_of_membership, loss_gradient, unsettled
from defenses.memguard import Classifier, layers_of
from models import Diverged, HookError, Predictor, fit
from models.process import undisturbed


def softmax(v):
    return np.exp(v) / np.exp(v).sum(-1, keepdims=True)


def layers(classes, seed=0, sizes=(7, 5), dtype=np.float64):
    """A random classifier of sorted outputs."""
    rng, every = np.random.default_rng(seed), (classes, *sizes, 1)
    made = [(rng.normal(0, 1, (o, i)), rng.normal(0, 0.3, o)) for i, o in pairwise(every)]
    return [(weight.astype(dtype), bias.astype(dtype)) for weight, bias in made]


def naive(p, own):
    """The classifier's logits (n,) of probabilities p (n, C), by torch."""
    x = p.sort(-1).values
    for number, (weight, bias) in enumerate(own):
        x = x @ torch.from_numpy(weight).T + torch.from_numpy(bias)
        x = x.relu() if number < len(own) - 1 else x
    return x[:, 0]


@pytest.mark.parametrize("records", [1, 32, 45])
def test_the_classifiers_logit_and_slope_are_torchs(records):
    p = torch.from_numpy(softmax(np.random.default_rng(1).normal(0, 2, (records, 6)))).requires_grad_()
    expected = naive(p, layers(6))
    h, slope = logits_of_membership(p.detach().numpy(), layers(6))
    np.testing.assert_allclose(h, expected.detach(), atol=1e-12)
    np.testing.assert_allclose(slope, torch.autograd.grad(expected.sum(), p)[0], atol=1e-12)


@pytest.mark.parametrize("c3", [0.1, 100.0])
def test_the_gradient_of_the_loss_is_torchs(c3):
    rng = np.random.default_rng(2)
    z = rng.normal(0, 2, (40, 6))
    v, label, s = z + rng.normal(0, 1, z.shape), z.argmax(-1), softmax(z)
    assert (v.argmax(-1) != label).any()
    leaf = torch.from_numpy(v).requires_grad_()
    p, chosen = leaf.softmax(-1), torch.from_numpy(label)[:, None]
    others = leaf.scatter(1, chosen, -torch.inf).max(-1).values
    loss = naive(p, layers(6)).abs() + 10 * (others - leaf.gather(1, chosen)[:, 0]).relu()
    loss = loss + c3 * (p - torch.from_numpy(s)).abs().sum(-1)
    h, slope = logits_of_membership(softmax(v), layers(6))
    made = loss_gradient(v, label, s, c3, h, slope)
    np.testing.assert_allclose(made, torch.autograd.grad(loss.sum(), leaf)[0], atol=1e-10)


def line(slope, at=0.7):
    """A classifier of two classes that tells a member by a greatest probability above .7."""
    return [(np.array([[0.0, slope]]), np.array([-at * slope]))]


def test_a_step_that_moves_the_label_is_no_success():
    """From a difference of .1 the first step ends at -.041, where the classifier has changed its mind, and the second,
    for the label's sake, where it began.
    """
    z = np.array([[0.1, 0.0]])
    np.testing.assert_array_equal(unsettled(z, line(1.0, at=0.52)), z)


@pytest.mark.parametrize("slope", [1.0, 10.0])
def test_a_descent_by_hand(slope):
    """Of two classes each step takes .1 sqrt 2 off the difference of the logits, which must fall from 2 below
    log(.7 / .3) = .847: after 9 steps it is .727. The distortion pulls back by 2 c3 and wins from c3 = slope on.
    """
    made = unsettled(np.array([[2.0, 0.0], [0.0, 2.0], [0.5, 0.0]]), line(slope))
    gap = 2 - 0.9 * np.sqrt(2)
    np.testing.assert_allclose(made[:2], [[1 + gap / 2, 1 - gap / 2], [1 - gap / 2, 1 + gap / 2]], atol=1e-12)
    up = 0.5 + 0.3 * np.sqrt(2)  # sigmoid(.5) = .62 is no member's, and is after three steps
    np.testing.assert_allclose(made[2], [0.25 + up / 2, 0.25 - up / 2], atol=1e-12)


def test_the_last_demand_that_was_met_is_what_counts(monkeypatch):
    """Record i is found for i demands, at logits that say for which."""
    asked = []

    def found(z, label, s, side, c3, layers):
        asked.append(round(c3, 1))
        return z[:, 0] > len(asked) - 1, z + c3

    monkeypatch.setattr(distorting, "_descended", found)
    z = np.array([[0.0, -9.0], [1.0, -9.0], [3.0, -9.0], [9.0, -9.0]])
    made = unsettled(z, line(1.0))
    np.testing.assert_allclose(made - z, np.array([0, 0.1, 10, 1e5])[:, None] * np.ones(2))
    assert asked == [0.1, 1, 10, 100, 1000, 10000, 100000]


def test_a_record_of_which_the_classifier_is_unsure_stays_as_it_is():
    at = np.log(0.7 / 0.3)
    z = np.array([[at + 1e-5, 0.0], [at + 1e-3, 0.0]])  # .5e-6 and .5e-4 from one half
    made = unsettled(z, line(1.0))
    np.testing.assert_array_equal(made[0], z[0])
    assert (made[1] != z[1]).any()


def test_phase_two_by_hand():
    s, noised = np.array([[0.7, 0.2, 0.1]] * 4), np.array([[0.5, 0.4, 0.1]] * 4)  # .4 apart
    before, after = np.array([0.9, 0.9, 0.9, 0.2]), np.array([0.6, 0.95, 0.1, 0.6])
    np.testing.assert_allclose(chances(s, noised, before, after, 0.1), [0.25, 0, 0, 0.25])
    np.testing.assert_allclose(chances(s, noised, before, after, 1.0), [1, 0, 0, 1])
    assert not chances(s, noised, before, after, 0.0).any()
    assert np.isfinite(chances(s, s, before, after, 1.0)).all()


def outputs(records=300, classes=6, seed=0):
    return np.random.default_rng(seed).normal(0, 3, (records, classes)).astype(np.float32)


def state(own):
    """The state of a model with such a classifier; of two outputs the first is idle."""
    own = [*own[:-1], tuple(np.concatenate([np.full_like(of, 9), of]) for of in own[-1])]
    return {f"layers.{i}.{of}": pair[j] for i, pair in enumerate(own) for j, of in enumerate(("weight", "bias"))}


def let_out(logits, budget, key=1, own=None):
    queries = np.arange(len(logits), dtype=np.int32)[:, None]
    nobody = (queries[:0], np.zeros(0, np.int64))
    made = state(own or layers(logits.shape[1], dtype=np.float32))
    return released(MemGuard(budget), ReleaseContext(queries, lambda x: x, nobody, nobody, key, made), logits)


def test_every_label_stays_and_the_classifier_changes_its_mind():
    logits, own = outputs(), layers(6, dtype=np.float32)
    made = let_out(logits, 2.0)
    np.testing.assert_array_equal(made.argmax(-1), logits.argmax(-1))
    before, after = (logits_of_membership(softmax(z.astype(float)), own)[0] for z in (logits, made))
    changed = np.abs(softmax(made.astype(float)) - softmax(logits.astype(float))).sum(-1) > 1e-6
    assert changed.mean() > 0.5
    assert (np.abs(after) < np.abs(before))[changed].all()
    assert (np.sign(before) != np.sign(after))[changed].mean() > 0.9  # rounding may turn a last few back


def test_the_expected_distortion_keeps_the_budget(monkeypatch):
    """Of 100 outputs, each that of 400 different records."""
    logits, budget, times = outputs(100), 0.1, 400
    s, near = (softmax(of.astype(float)) for of in (logits, let_out(logits, 2.0)))  # where noise is always added
    noised = unsettled(logits.astype(float), layers(6, dtype=np.float32))
    monkeypatch.setattr(memguard, "unsettled", lambda own, layers: np.tile(noised, (times, 1)))
    apart = np.abs(near - s).sum(-1)
    over = apart > budget
    assert over.sum() > 30
    made = let_out(np.tile(logits, (times, 1)), budget).reshape(times, 100, 6)
    spent = np.abs(softmax(made.astype(float)) - s).sum(-1)
    np.testing.assert_allclose(spent[:, ~over], np.broadcast_to(apart[~over], spent[:, ~over].shape), atol=1e-6)
    deviation = np.sqrt(apart[over] / budget - 1) * budget / np.sqrt(times)
    assert (np.abs(spent[:, over].mean(0) - budget) < 5 * deviation + 1e-6).all()
    assert (np.isclose(spent, 0, atol=1e-6) | np.isclose(spent, apart, atol=1e-6)).all()  # all of the noise, or none


@pytest.mark.parametrize(("classes", "sizes"), [(6, (7, 5)), (10, memguard.HIDDEN), (30, memguard.HIDDEN)])
def test_asking_again_tells_nothing_new_in_whatever_company(classes, sizes):
    logits = outputs(classes=classes)
    queries = np.arange(300, dtype=np.int32)[:, None]
    nobody = (queries[:0], np.zeros(0, np.int64))
    *hidden, (weight, bias) = layers(classes, sizes=sizes, dtype=np.float32)
    middle = np.median(logits_of_membership(softmax(logits), [*hidden, (weight, bias)])[0])
    own = state([*hidden, (weight, bias - np.float32(middle))])

    def ask(chosen):
        context = ReleaseContext(queries[chosen], lambda x: x, nobody, nobody, 1, own)
        return released(MemGuard(0.5), context, logits[chosen])

    whole = ask(np.arange(300))
    assert whole.tobytes() == ask(np.arange(300)).tobytes()
    assert (whole != logits - logits.max(-1, keepdims=True)).any(-1).mean() > 0.3
    order = np.random.default_rng(0).permutation(300)
    assert whole[order].tobytes() == ask(order).tobytes()
    for i in range(0, 300, 37):
        assert whole[i].tobytes() == ask(np.array([i])).tobytes()


def test_neither_ties_nor_saturation_nor_a_single_class_move_a_label():
    ties = np.array([[1e-8, 2e-8, 0], [5, 5, 0], [0, 0, 0], [300, -300, 0], [-3e38, 3e38, 0]], np.float32)
    for budget in (0.0, 2.0):
        made = let_out(ties, budget)
        np.testing.assert_array_equal(made.argmax(-1), [1, 0, 0, 0, 1])
    np.testing.assert_array_equal(let_out(np.array([[3.0], [-1]], np.float32), 1.0), np.zeros((2, 1)))


def test_no_budget_gives_out_the_models_own_outputs():
    logits = outputs()
    np.testing.assert_allclose(let_out(logits, 0.0), logits - logits.max(-1, keepdims=True), atol=1e-6)


def test_the_models_are_the_undefended_ones():
    task = planted(MemGuard())
    for model, plain in zip(trained(task), fit(replace(task, defense=NoDefense())), strict=True):
        np.testing.assert_array_equal(model.predict(task.x), plain.predict(task.x))


def test_a_classifier_is_trained_as_by_a_naive_loop(monkeypatch):
    """On 8 members and as many spare records: 400 steps of plain SGD on all of them."""
    asked = []
    monkeypatch.setattr(memguard, "fit", lambda task: asked.append(task) or fit(task))
    whole = planted(MemGuard())
    models = trained(whole)
    _, task = asked
    for k, model in enumerate(models):
        plain = fit(replace(whole, defense=NoDefense()))[k]
        x = torch.from_numpy(task.x[task.rows[k]].astype(np.float64))
        member = torch.from_numpy(task.y[task.rows[k]].astype(np.float64))
        assert member.tolist() == [1] * 8 + [0] * 8
        spare = np.sort(softmax(plain.predict(whole.x[whole.spare[k]]).astype(float)))
        np.testing.assert_allclose(np.sort(x[8:].numpy(), axis=0), np.sort(spare, axis=0), atol=1e-6)
        members = np.sort(softmax(plain.predict(whole.x[whole.rows[k]]).astype(float)))
        assert all(np.abs(members - row).max(-1).min() < 1e-6 for row in x[:8].numpy())
        module = initial(task.seeds[k]).double()
        optimizer = torch.optim.SGD(module.parameters(), lr=1e-3)
        for _ in range(400):
            optimizer.zero_grad()
            torch.nn.functional.binary_cross_entropy_with_logits(module(x)[:, 1], member).backward()
            optimizer.step()
        for (weight, bias), layer in zip(layers_of(model.state), module.layers, strict=True):
            np.testing.assert_allclose(weight, layer.weight.detach()[-len(weight) :], atol=1e-5)
            np.testing.assert_allclose(bias, layer.bias.detach()[-len(bias) :], atol=1e-5)
        right = ((module(x)[:, 1] > 0) == (member > 0.5)).double().mean().item()
        assert model.facts == {"spare records": 8, "classifier's accuracy": round(right, 4)}


def initial(seed):
    """The classifier of outputs of three classes as it is before training."""
    from models.building import start

    task = replace(planted(MemGuard()), network=Classifier(), classes=2, x=np.zeros((90, 3)), y=np.zeros(90, int))
    with undisturbed():
        return start(task, seed)[0]


def test_a_classifier_starts_from_weights_of_the_authors_size():
    layer = initial(0).layers[1]
    assert layer.weight.shape == (128, 256)
    assert abs(layer.weight.std().item() - np.sqrt(2 / (128 + 256))) < 0.003
    assert not layer.bias.any()


def test_a_model_whose_classifier_diverges_has_diverged_and_no_other(monkeypatch):
    def change(task):
        made = fit(task)
        return [made[0], Diverged("on purpose"), made[2]] if task.classes == 2 else made

    monkeypatch.setattr(memguard, "fit", change)
    found = trained(planted(MemGuard()))
    assert found[1] == Diverged("its classifier of members: on purpose")
    assert isinstance(found[0], Predictor)
    assert isinstance(found[2], Predictor)


def test_without_spare_records_it_fails_in_a_sentence():
    with pytest.raises(HookError, match="expected spare records to tell members from, got none"):
        trained(replace(planted(MemGuard()), spare=()))


@pytest.mark.parametrize("budget", [-0.1, float("nan"), "1"])
def test_other_budgets_are_refused(budget):
    with pytest.raises(ValueError, match=r"memguard: budget is .*, expected a number from 0 to 1e\+30"):
        MemGuard(budget)


def test_the_greatest_budget_is_phase_one_alone(recwarn):
    logits = outputs(50)
    np.testing.assert_array_equal(let_out(logits, 1e30), let_out(logits, 2.0))
    assert not recwarn.list
