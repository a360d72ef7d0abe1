"""Outputs and their signals: computed once, in blocks, model by model, and to the bit what the formulas give."""

import numpy as np
import pytest

from attacks import Evidence, Outputs, restrict, signals
from attacks.outputs import Asked

RNG = np.random.default_rng(0)


def logits(n, queries, classes):
    return (RNG.normal(size=(n, queries, classes)) * 5).astype(np.float32)


@pytest.mark.parametrize("name", signals.NAMED)
@pytest.mark.parametrize("shape", [(1, 1, 2), (70, 3, 7), (1500, 1, 100), (2, 1, 70_000)])
def test_signals_are_the_same_to_the_bit_whatever_the_block(name, shape):
    x = logits(*shape)
    x[::3] *= 100  # certain answers: sums of exactly 1, zeros of either sign
    labels = np.where(np.arange(shape[0]) % 2, x[:, 0].argmax(-1), RNG.integers(shape[2], size=shape[0]))
    made = Outputs(x, labels).signal(name)
    assert made.tobytes() == signals.NAMED[name](x, labels)[name].tobytes()
    assert made.dtype == np.float64
    part = RNG.permutation(shape[0])[: shape[0] // 2 + 1]
    np.testing.assert_array_equal(Outputs(x[part], labels[part]).signal(name), made[part])


def test_no_records_give_no_signals():
    for name in signals.NAMED:
        assert Outputs(logits(0, 2, 3), np.zeros(0, int)).signal(name).shape == (0, 2)


class Counted:
    def __init__(self, made):
        self.made, self.calls = made, 0

    def __call__(self):
        self.calls += 1
        return self.made


def test_cheap_signals_take_one_reading_for_all_attacks_of_a_game():
    labels = RNG.integers(5, size=30)
    models = [Counted(logits(30, 1, 5)) for _ in range(4)]
    target, *references = (Outputs(m, labels) for m in models)
    evidence = Evidence(labels, target, references, np.zeros((3, 30), bool))
    for access, names in (("probability", ("log_p", "phi", "p_label", "log_p_max")), ("label", ("correct",))):
        for name in names:
            for needs in ("reference", "shadow"):
                restrict(evidence, access, needs).signal(name)
    assert [m.calls for m in models] == [1] * 4
    for name in ("entropy", "mentr", "log_entropy", "log_mentr", "phi_max"):
        restrict(evidence, "probability", "target").signal(name)
    assert [m.calls for m in models] == [2, 1, 1, 1]


def test_signals_handed_out_are_not_those_that_are_kept():
    labels = RNG.integers(5, size=30)
    model = Outputs(logits(30, 1, 5), labels)
    made = Evidence(labels, model, [model], np.zeros((1, 30), bool)).signal("phi")
    assert not any(np.shares_memory(values, model.signal("phi")) or values.flags.writeable for values in made)


def test_signals_never_stack_the_references(monkeypatch):
    monkeypatch.setattr(Evidence, "references", property(lambda self: pytest.fail("the references were stacked")))
    labels = RNG.integers(5, size=30)
    models = [Outputs(Counted(logits(30, 1, 5)), labels) for _ in range(4)]
    evidence = Evidence(labels, models[0], models[1:], np.zeros((3, 30), bool))
    assert restrict(evidence, "probability", "shadow").signal("phi").references.shape == (3, 30, 1)


def test_a_function_is_a_signal_on_what_the_access_shows():
    labels = RNG.integers(5, size=30)
    x = [logits(30, 2, 5) for _ in range(3)]
    columns = {"clean": slice(0, 1), "flip": slice(1, 2)}
    evidence = Evidence(labels, x[0], x[1:], np.zeros((2, 30), bool), columns=columns)
    shown = restrict(evidence, "probability", "shadow", queries=("clean", "flip"))
    made = shown.signal(signals.phi)
    for own, named in zip(made, shown.signal("phi"), strict=True):
        np.testing.assert_allclose(own, named, rtol=1e-5, atol=1e-5)  # what is shown is rounded to float32
    whole = restrict(evidence, "logit", "shadow", queries=("clean", "flip"))
    for own, named in zip(whole.signal(signals.phi), whole.signal("phi"), strict=True):
        np.testing.assert_array_equal(own, named)
    np.testing.assert_array_equal(shown.signal(lambda x, y: x.max(-1)).target, 0)


@pytest.mark.parametrize(
    ("function", "sentence"),
    [
        (lambda x, y: x[:, 0, 0], r"signal: expected \(30, 1\) real numbers, got \(30,\) float32"),
        (lambda x, y: None, r"signal: expected \(30, 1\) real numbers, got \(\) object"),
    ],
)
def test_a_function_that_is_no_signal_is_named(function, sentence):
    labels = RNG.integers(5, size=30)
    with pytest.raises(ValueError, match=sentence):
        Evidence(labels, logits(30, 1, 5), [], np.zeros((0, 30), bool)).signal(function)


def test_an_unknown_signal_is_answered_with_the_nearest():
    labels = RNG.integers(5, size=30)
    evidence = Evidence(labels, logits(30, 1, 5), [], np.zeros((0, 30), bool))
    with pytest.raises(ValueError, match=r"unknown signal 'log_pmax'; did you mean log_p_max\?"):
        evidence.signal("log_pmax")
    with pytest.raises(ValueError, match="there are log_p, p_label"):
        restrict(evidence, "label", "target").signal("xyz")


def test_outputs_that_are_made_wrong_are_named_when_they_are_read():
    labels = RNG.integers(5, size=30)
    with pytest.raises(ValueError, match=r"logits: expected shape \(30, Q, C\), got \(29, 1, 5\)"):
        Outputs(lambda: logits(29, 1, 5), labels).signal("phi")
    evidence = Evidence(labels, logits(30, 1, 5), [Outputs(lambda: logits(30, 1, 6), labels)], np.zeros((1, 30), bool))
    with pytest.raises(ValueError, match=r"references: expected \(30, 1, 5\) as the target's, got \(30, 1, 6\)"):
        _ = evidence.references


@pytest.mark.parametrize(("access", "by"), [("label", "labels"), ("probability", "all"), ("logit", "all")])
def test_who_sees_labels_alone_is_told_labels_the_short_way(access, by):
    asked = []

    class Both:
        def __call__(self, x):
            asked.append("all")
            return x * 1.0

        def labels(self, x):
            asked.append("labels")
            return x * 2.0

    ask = Asked(Both(), access)
    answer = ask(np.float32([[3, 1], [0, 4]]))
    assert (asked, ask.count) == ([by], 2)
    np.testing.assert_array_equal(answer.argmax(1), [0, 1])


def test_a_subclass_may_read_signals_from_elsewhere():
    class Kept(Outputs):
        def signal(self, name):
            return np.full((30, 1), 7.0)

    labels = RNG.integers(5, size=30)
    evidence = Evidence(labels, Kept(lambda: logits(30, 1, 5), labels), [], np.zeros((0, 30), bool))
    np.testing.assert_array_equal(restrict(evidence, "probability", "target").signal("phi").target, 7)
