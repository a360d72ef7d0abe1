"""The target's membership cannot be reached from what an attack is handed."""

import gc
import re

import numpy as np
import pytest

import attacks
from benchmarks.games.playing import SWEEP, run_attacks
from benchmarks.naming.plugins import Plugin

MODULES = type(gc)


class Spy(attacks.Attack):
    """Scores with the target's membership if any object it can reach holds it."""

    access, needs = "logit", "shadow"

    def __init__(self):
        self.reached = []
        self.handed = []

    def score(self, evidence, rehearsal, rng):
        self.handed = [*vars(evidence).values(), *vars(rehearsal.evidence).values(), rehearsal.member]
        seen, queue = set(), [evidence, rehearsal, rng]
        while queue:
            thing = queue.pop()
            if id(thing) in seen or isinstance(thing, (type, MODULES)) or callable(thing):
                continue
            seen.add(id(thing))
            if isinstance(thing, np.ndarray):
                self.reached.append(thing)
                queue.append(thing.base)
            queue += [x for x in gc.get_referents(thing) if not callable(x)]
        return np.zeros(len(evidence.labels))


def handed():
    rng = np.random.default_rng(0)
    evidence, rehearsal, member = attacks.planted(rng, n=200, references=4, classes=5, leak=1.0)
    spy = Spy()
    list(run_attacks(evidence, rehearsal, [Plugin("spy", spy)], "seed"))
    return spy, member


def holds(arrays, member):
    flat = [np.asarray(a).ravel() for a in arrays]
    return any(a.size == member.size and (np.array_equal(a, member) or np.array_equal(a, ~member)) for a in flat)


def test_a_prying_attack_finds_no_membership():
    spy, member = handed()
    assert len(spy.reached) >= 5  # it did see labels, target, references, trained_on and the rehearsal's member
    assert not holds(spy.reached, member)


def test_the_prying_would_find_a_leak():
    spy, member = handed()
    assert holds([*spy.reached, ~member], member)
    assert holds(spy.reached, spy.handed[-1])  # as it finds the rehearsal's own membership


def test_what_an_attack_is_handed_is_read_only():
    spy, _ = handed()
    assert len(spy.handed) == 9
    assert not any(a.flags.writeable for a in spy.handed)


class Constant(attacks.Attack):
    def score(self, evidence, rehearsal, rng):
        return np.zeros(len(evidence.labels))


def test_an_attack_without_a_signal_gets_auc_one_half():
    evidence, rehearsal, member = attacks.planted(np.random.default_rng(1), n=100, references=2, classes=3, leak=1.0)
    [(_, outcome)] = run_attacks(evidence, rehearsal, [Plugin("constant", Constant())], "seed")
    assert np.ptp(outcome.scores) == 0
    assert outcome.verdicts.shape == (len(SWEEP), len(member))


class Recorder(attacks.Attack):
    def __init__(self, access, needs):
        self.access, self.needs, self.seen = access, needs, []

    def score(self, evidence, rehearsal, rng):
        self.seen += [evidence, rehearsal.evidence]
        return np.zeros(len(evidence.labels))


def test_what_an_attack_did_not_declare_is_withheld():
    evidence, rehearsal, _ = attacks.planted(np.random.default_rng(2), n=60, references=4, classes=3, leak=1.0)
    modest, greedy = Recorder("label", "target"), Recorder("probability", "reference")
    list(run_attacks(evidence, rehearsal, [Plugin("modest", modest), Plugin("greedy", greedy)], "seed"))
    for seen in modest.seen:
        assert len(seen.references) == 0
        assert set(np.unique(seen.target)) == {0, 1}
    for seen in greedy.seen:
        np.testing.assert_array_equal(np.isnan(seen.references).all((2, 3)), seen.trained_on)
        assert seen.trained_on.any()
        assert (seen.target.max(-1) == 0).all()


class Asking:
    """Does on demand what a newcomer's attack may do."""

    def __init__(self, ask):
        self.ask = ask

    def score(self, evidence, rehearsal, rng):
        return self.ask(evidence)


def sorted_in_place(evidence):
    evidence.labels.sort()


def some_nan(evidence):
    scores = np.zeros(len(evidence.labels))
    scores[:3] = np.nan
    return scores


def oops(evidence):
    raise RuntimeError("oops\n  here")


@pytest.mark.parametrize(
    ("ask", "sentence"),
    [
        (oops, r"RuntimeError: oops here \(test_audit.py:\d+\)"),
        (lambda e: e.member, r"AttributeError: 'Evidence' object has no attribute 'member' \(test_audit.py:\d+\)"),
        (lambda e: np.zeros(3) + np.zeros(4), r"ValueError: operands could not .* \(test_audit.py:\d+\)"),
        (
            sorted_in_place,
            r"ValueError: .*read-only \(test_audit.py:\d+\); evidence is read-only; copy before changing it",
        ),
        (lambda e: np.zeros(3), r"expected \(60,\) real scores, got \(3,\) float64"),
        (lambda e: e.labels + 1j, r"expected \(60,\) real scores, got \(60,\) complex128"),
        (some_nan, r"expected finite scores, got 3 of 60 that are NaN or infinite"),
    ],
)
def test_an_attack_that_goes_wrong_is_named_with_the_place(ask, sentence):
    evidence, rehearsal, _ = attacks.planted(np.random.default_rng(3), n=60, references=2, classes=3, leak=1.0)
    plugin = Plugin("asking", attacks.adopt(Asking)(ask))
    with pytest.raises(ValueError) as error:
        list(run_attacks(evidence, rehearsal, [plugin], "seed"))
    assert re.fullmatch(f"attack asking: {sentence}", str(error.value))
