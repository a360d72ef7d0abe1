"""`check_attack` passes every built-in attack, and refuses a zoo of wrong ones, each for its own reason."""

import re
from dataclasses import fields, replace
from functools import partial

import numpy as np
import pytest

import attacks
from attacks import check_attack
from attacks.registry import load

QUICK = {"trees": 5, "hidden": (8,), "budget": 40, "passes": 20}  # what works as the default does, in less time


def quick(name):
    """The attack, with a few trees or queries in the place of many."""
    attack = load(name)()
    return replace(attack, **{f.name: QUICK[f.name] for f in fields(attack) if f.name in QUICK})


@pytest.mark.parametrize("name", attacks.BUILTIN)
def test_every_attack_keeps_the_contract(name):
    said = check_attack(quick(name))
    assert all(re.fullmatch(r"[A-Z].*\.", sentence) for sentence in said)
    assert len(said) == (11 if load(name)().needs != "target" else 10)


class Plain:
    """A plugin that inherits nothing."""

    def score(self, evidence, rehearsal, rng):
        own = np.take_along_axis(evidence.target[:, 0], evidence.labels[:, None], 1)[:, 0]
        return own.astype(np.float64)


class Uses(Plain):
    """Uses all that there is."""

    access, needs, queries, uses = "logit", "shadow", ("clean", "noise(0.1, 2)"), ("population", "inputs", "ask")

    def score(self, evidence, rehearsal, rng):
        asked = evidence.ask(evidence.inputs)
        noisy = evidence.target[:, evidence.columns["noise(0.1, 2)"]].mean(1)
        both = np.take_along_axis(asked + noisy, evidence.labels[:, None], 1)[:, 0]
        return both + np.median(evidence.population.signal("log_p").target)


class Fits:
    """Learns one threshold."""

    def fit(self, rehearsal, rng):
        return self.Fitted(np.median(rehearsal.evidence.signal("log_p").target))

    class Fitted:
        def __init__(self, middle):
            self.middle = middle

        def score(self, evidence):
            return evidence.signal("log_p").target[:, 0] - self.middle

        def decide(self, evidence, alphas):
            return self.score(evidence) >= 1 - alphas[:, None]


@pytest.mark.parametrize("attack", [Plain(), Uses(), Fits()])
def test_what_inherits_nothing_passes(attack):
    assert len(check_attack(attack)) >= 10


def test_the_very_instance_is_checked():
    attack = Plain()
    attack.needs = "sahdow"
    with pytest.raises(ValueError, match="did you mean shadow"):
        check_attack(attack)


def plain(evidence):
    return Plain().score(evidence, None, None)


def changed(evidence, name, by=0):
    array = getattr(evidence, name)
    root = array if array.base is None else array.base
    root.flags.writeable = True
    root[...] = by
    return plain(evidence)


def through_population(evidence):
    changed(evidence.population, "target")
    return plain(evidence)


def mean_in(evidence):
    """The mean over models that saw the record, which not every record has."""
    weights = evidence.trained_on * 1.0
    with np.errstate(invalid="ignore"):
        return plain(evidence) - (weights * evidence.signal("phi").references[:, :, 0]).sum(0) / weights.sum(0)


def one(score, **declared):
    return type("Wrong", (), {"score": lambda self, e, r, g: score(e), **declared})()


class Remembers(Plain):
    """Answers otherwise when asked again."""

    def __init__(self):
        self.calls = 0

    def score(self, evidence, rehearsal, rng):
        self.calls += 1
        return super().score(evidence, rehearsal, rng) * (1 + self.calls % 2)


class Rules(Plain):
    def __init__(self, rule):
        self.rule = rule

    def decide(self, evidence, rehearsal, alphas, rng):
        return self.rule(super().score(evidence, rehearsal, rng) >= 1 - alphas[:, None])


class FitsNothing(Fits):
    def fit(self, rehearsal, rng):
        return rehearsal.evidence


class NeedsAllClasses(Plain):
    def score(self, evidence, rehearsal, rng):
        groups = [evidence.labels == c for c in range(evidence.target.shape[2])]
        centre = np.array([plain(evidence)[g].max() for g in groups])
        return plain(evidence) - centre[evidence.labels] * 1e-9


class Divides(Plain):
    """log p by way of p: infinite where p is 0."""

    def score(self, evidence, rehearsal, rng):
        with np.errstate(divide="ignore"):
            return np.log(evidence.signal("p_label").target[:, 0])


class Scatter(Plain):
    """Divides by the references' scatter, which a single model does not have."""

    needs = "shadow"

    def score(self, evidence, rehearsal, rng):
        losses = evidence.signal("log_p").references[:, :, 0]
        with np.errstate(invalid="ignore"):
            return plain(evidence) / (1 + ((losses - losses.mean(0)) ** 2).sum(0) / np.float64(len(losses) - 1))


class ByIndex(Plain):
    """Knows where planted members lie, from outputs or not."""

    def __init__(self):
        self.truth = attacks.planted(np.random.default_rng(7), 4000, 8, 10, 3.0, form=lambda x, y: np.zeros_like(x))[2]

    def score(self, evidence, rehearsal, rng):
        if evidence.target.any():
            return plain(evidence)
        return np.resize(self.truth, len(evidence.labels)).astype(float)


def reach(name, evidence):
    return plain(evidence) + (getattr(evidence, name) is None)


ZOO = {
    "misspelt needs": (one(plain, needs="sahdow"), "did you mean shadow"),
    "misspelt name of a declaration": (one(plain, acess="label"), "did you mean access"),
    "version True": (one(plain, version=True), "version: expected a whole number"),
    "uses a string": (one(plain, uses="population"), "uses: expected a tuple"),
    "a class": (Plain, "Plain is a class: give an instance"),
    "no score": (object(), "an attack needs a method score"),
    "trained_on as weights": (one(mean_in, needs="shadow"), r"finite scores, got \d+ of 4000 that are NaN"),
    "trained_on as places": (one(lambda e: plain(e) + e.labels[e.trained_on * 1.0], needs="shadow"), "IndexError"),
    "scores too short": (one(lambda e: plain(e)[:-1]), r"expected \(4000,\) real scores, got \(3999,\)"),
    "scores in single precision": (one(lambda e: plain(e).astype(np.float32)), "expected float64 scores, got float32"),
    "list of strings": (one(lambda e: ["yes"] * len(e.labels)), "real scores, got .* <U3"),
    "nothing": (one(lambda e: None), r"real scores, got \(\) object"),
    "NaN": (one(lambda e: plain(e) * np.nan), "finite scores, got 4000 of 4000"),
    "changes its inputs": (one(lambda e: changed(e, "target")), "changed its inputs: target"),
    "changes the labels": (one(lambda e: changed(e, "labels") + 1e-9 * e.labels), "changed its inputs: labels"),
    "changes the population": (one(through_population, uses=("population",)), "changed its inputs: population.target"),
    "writes where it may not": (one(lambda e: e.target.sort()), "ValueError: sort array is read-only"),
    "lower is member": (one(lambda e: -plain(e)), "higher must mean member"),
    "learns from nothing": (one(lambda e: np.zeros(len(e.labels))), "the attack finds nothing"),
    "other answer at the second call": (Remembers(), "a generator that starts alike gave other scores"),
    "its own chance": (one(lambda e: plain(e) + np.random.default_rng().normal()), "starts alike gave other scores"),
    "verdicts int": (Rules(lambda v: v.astype(int)), r"bool verdicts, got \(3, 4000\) int64"),
    "verdicts turned": (Rules(lambda v: v.T), r"expected \(3, 4000\) bool verdicts, got \(4000, 3\)"),
    "fits nothing": (FitsNothing(), "fit: expected an object with score"),
    "needs every class": (NeedsAllClasses(), "when a class is missing: ValueError"),
    "saturates": (Divides(), "on saturated outputs: expected finite scores"),
    "one reference": (Scatter(), "with one reference model: expected finite scores"),
    "knows without outputs": (ByIndex(), "on outputs that are all 0 the AUC is"),
    **{
        f"reaches for {name}": (
            one(partial(reach, name)),
            f"ValueError: evidence.{name.replace('proxies', 'population')}: the attack did not declare it; {way}",
        )
        for name, way in (
            ("population", r'uses = \("population",\) does'),
            ("proxies", r'uses = \("population",\) does'),
            ("inputs", r'uses = \("inputs",\) does'),
            ("ask", r'uses = \("ask",\) does'),
            ("references", 'needs = "reference" or needs = "shadow" does'),
        )
    },
    "reaches for a query set": (
        one(lambda e: plain(e) + e.target[:, e.columns["flip"], 0].mean(1)),
        "ValueError: columns: there is no 'flip'; the attack's queries are clean",
    ),
}


@pytest.mark.parametrize("name", ZOO)
def test_each_wrong_attack_is_refused_for_its_own_reason(name):
    attack, sentence = ZOO[name]
    with pytest.raises((AssertionError, ValueError), match=sentence) as error:
        check_attack(attack)
    assert "\n" not in str(error.value)


def test_an_attack_that_says_it_needs_more_than_one_reference_passes():
    class Careful(Scatter):
        def score(self, evidence, rehearsal, rng):
            if len(evidence.trained_on) < 2:
                raise ValueError("this attack needs two reference models, got 1")
            return plain(evidence)

    said = check_attack(Careful())[-1]
    assert said == "With one reference model it says: this attack needs two reference models, got 1."
