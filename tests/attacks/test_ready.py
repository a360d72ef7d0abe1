"""An attack made ready: fitted once, scores once a side, nothing carried from one call into the next."""

from dataclasses import dataclass

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

import attacks
import attacks.two_stage
from attacks import Evidence, Rehearsal, WrongAnswer, planted, prepare
from attacks.check import auc
from attacks.ready import BITS, rounded
from attacks.registry import load
from attacks.thresholds import inclusion, two_stage

ALPHAS = np.array([0.5, 0.8, 1.0])


def rng(seed=0):
    return np.random.default_rng(seed)


def game(n=300, references=4, **how):
    return planted(rng(5), n, references, 5, 2.0, **how)


QUERIES = dict.fromkeys(query for name in attacks.BUILTIN for query in load(name)().queries)
WHOLE = {"queries": (*QUERIES,), "uses": ("population", "inputs", "ask")}


class Learns:
    """Logistic regression on sorted probabilities, fitted on the rehearsal."""

    def __init__(self):
        self.fits = 0

    def fit(self, rehearsal, rng):
        self.fits += 1
        return Learned(LogisticRegression().fit(features(rehearsal.evidence), rehearsal.member))


class Learned:
    def __init__(self, model):
        self.model, self.calls = model, 0

    def score(self, evidence):
        self.calls += 1
        return self.model.decision_function(features(evidence))


def features(evidence):
    clean = evidence.target[:, 0].astype(float)
    return np.concatenate([np.sort(clean), evidence.signal("log_p").target], axis=1)


def test_an_attack_that_learns_is_fitted_once_a_game():
    evidence, rehearsal, member = game()
    attack = Learns()
    ready = prepare(attack, rehearsal, rng())
    scores = ready.score(evidence)
    for side in (evidence, rehearsal.evidence, evidence):
        ready.decide(side, ALPHAS)
        ready.score(side)
    assert attack.fits == 1
    assert ready._fitted.calls == 2
    assert auc(scores, member) > 0.7


def test_the_default_verdicts_are_algorithm_2_on_the_rehearsals_scores():
    evidence, rehearsal, _ = game()
    for attack in (Learns(), load("loss")()):
        ready = prepare(attack, rehearsal, rng())
        thresholds = inclusion(ready.score(rehearsal.evidence), rehearsal.member, ALPHAS)
        expected = [ready.score(evidence) >= t for t in thresholds]
        np.testing.assert_array_equal(ready.decide(evidence, ALPHAS), expected)


class Counts:
    """Any score, counted."""

    def __init__(self, inner):
        self.inner, self.calls = inner, 0

    def __getattr__(self, name):
        return getattr(self.inner, name)

    def score(self, evidence, rehearsal, rng):
        self.calls += 1
        return self.inner.score(evidence, rehearsal, rng)


def test_two_stages_are_scored_once_a_side():
    evidence, rehearsal, _ = game()
    first, second = Counts(load("loss")()), Counts(load("lira-offline")())
    ready = prepare(load("two-stage")(first, second), rehearsal, rng())
    for side in (evidence, rehearsal.evidence, evidence):
        ready.score(side)
        ready.decide(side, ALPHAS)
    assert (first.calls, second.calls) == (2, 2)
    plain = prepare(load("two-stage-lira")(), rehearsal, rng())
    np.testing.assert_array_equal(ready.score(evidence), plain.score(evidence))
    np.testing.assert_array_equal(ready.decide(evidence, ALPHAS), plain.decide(evidence, ALPHAS))


def test_thresholds_are_chosen_once_for_the_same_demands(monkeypatch):
    evidence, rehearsal, _ = game()
    chosen = []
    monkeypatch.setattr(attacks.two_stage, "two_stage", lambda *a: chosen.append(a[-1]) or two_stage(*a))
    ready = prepare(load("two-stage")(), rehearsal, rng())
    for side in (evidence, rehearsal.evidence):
        for _ in range(2):
            ready.decide(side, ALPHAS)
            ready.score(side)
    assert len(chosen) == 2  # the demands, and the grid of the ranks


def test_an_attack_may_use_one_array_again_and_again():
    class Reuses(Guesses):
        buffer = np.zeros((3, 300), bool)

        def decide(self, evidence, rehearsal, alphas, rng):
            self.buffer[:] = evidence is rehearsal.evidence
            return self.buffer

    evidence, rehearsal, _ = game()
    ready = prepare(Reuses(), rehearsal, rng())
    there, here = ready.decide(rehearsal.evidence, ALPHAS), ready.decide(evidence, ALPHAS)
    assert there.all()
    assert not here.any()


def test_a_stage_may_learn_or_see_less_than_the_other():
    evidence, rehearsal, member = game()
    learns = Learns()
    seen = []

    class Modest(attacks.Attack):
        access = "label"

        def score(self, evidence, rehearsal, rng):
            seen.append(evidence)
            return evidence.signal("correct").target[:, 0] + rng.random(len(evidence.labels))

    attack = load("two-stage")(first=Modest(), second=load("two-stage")(first=learns))
    assert (attack.access, attack.needs) == ("probability", "reference")
    ready = prepare(attack, rehearsal, rng())
    assert auc(ready.score(evidence), member) > 0.6
    ready.decide(evidence, ALPHAS)
    assert learns.fits == 1
    assert len(seen) == 2
    for view in seen:
        assert set(np.unique(view.target)) == {0, 1}
        with pytest.raises(ValueError, match="references: the attack did not declare it"):
            _ = view.references


def test_what_stages_declare_adds_up():
    class Asks(attacks.Attack):
        access, queries, uses = "logit", ("clean", "flip"), ("ask", "inputs")

        def score(self, evidence, rehearsal, rng):
            assert list(evidence.columns) == ["clean", "flip"]
            return evidence.ask(evidence.inputs)[:, 0].astype(float)

    class Knows(attacks.Attack):
        needs, queries, uses = "shadow", ("clean", "noise"), ("population", "ask")

        def score(self, evidence, rehearsal, rng):
            assert list(evidence.columns) == ["clean", "noise"]
            with pytest.raises(ValueError, match="inputs: the attack did not declare it"):
                _ = evidence.inputs
            return evidence.signal("phi").target.mean(1)

    attack = load("two-stage")(Asks(), Knows())
    assert (attack.access, attack.needs) == ("logit", "shadow")
    assert attack.queries == ("clean", "flip", "noise")
    assert attack.uses == ("population", "inputs", "ask")
    evidence, rehearsal, _ = game(queries=attack.queries, uses=attack.uses)
    ready = prepare(attack, rehearsal, rng())
    ready.score(evidence)
    assert ready.asked == evidence.ask.count + rehearsal.evidence.ask.count == 600


class Curious(attacks.Attack):
    """Asks about each record twice, and about the first ten once more."""

    uses = ("population", "inputs", "ask")

    def score(self, evidence, rehearsal, rng):
        evidence.ask(np.concatenate([evidence.inputs, evidence.inputs, evidence.inputs[:10]]))
        return evidence.signal("log_p").target[:, 0]


def test_an_attack_tells_how_many_queries_a_record_it_made_and_how_large_its_population_is():
    evidence, rehearsal, _ = game(n=40, uses=Curious.uses)
    for attack in (Curious(), load("two-stage")(second=Curious())):
        ready = prepare(attack, rehearsal, rng())
        for side in (evidence, rehearsal.evidence):
            ready.score(side)
            ready.decide(side, ALPHAS)
        assert ready.facts(evidence) == {"queries a record": 1 + 2.25, "population": len(evidence.population.labels)}
    evidence, rehearsal, _ = game(queries=("clean", "flip", "noise"))
    assert prepare(load("loss")(), rehearsal, rng()).facts(evidence) == {}
    steady = prepare(load("lira-online")(queries=("clean", "noise")), rehearsal, rng())
    assert steady.facts(evidence) == {"queries a record": 3}  # of five, of which flip are two


class Says:
    def __init__(self, facts):
        self.facts = facts

    def fit(self, rehearsal, rng):
        made = Learned(LogisticRegression().fit(features(rehearsal.evidence), rehearsal.member))
        made.facts = self.facts
        return made


def test_what_stages_say_of_themselves_is_told_by_both():
    evidence, rehearsal, _ = game()
    made = load("two-stage")(attacks.adopt(Says({"epochs": 3})), attacks.adopt(Says({"epochs": 5, "chosen": "no"})))
    told = prepare(made, rehearsal, rng()).facts(evidence)
    assert told == {"first: epochs": 3, "second: epochs": 5, "second: chosen": "no"}


@pytest.mark.parametrize(
    "facts", [3, {1: 2}, {"": 2}, {"a": None}, {"a": True}, {"a": np.nan}, {"a": [1]}, {"a": "b\n"}, {"a": 2**60}]
)
def test_what_cannot_be_told_is_refused(facts):
    evidence, rehearsal, _ = game()
    with pytest.raises(WrongAnswer, match="facts: expected"):
        prepare(Says(facts), rehearsal, rng()).facts(evidence)


@pytest.mark.parametrize("stage", ["c-loss", None, 3, type(load("loss")()), Evidence])
def test_a_stage_that_is_no_attack_is_named(stage):
    with pytest.raises(ValueError, match="second: "):
        load("two-stage")(second=stage)


def test_a_stage_that_answers_nonsense_is_refused():
    class NoNumber(attacks.Attack):
        def score(self, evidence, rehearsal, rng):
            return np.full(len(evidence.labels), np.nan)

    evidence, rehearsal, _ = game()
    ready = prepare(load("two-stage")(second=NoNumber()), rehearsal, rng())
    with pytest.raises(WrongAnswer, match="300 of 300 that are NaN"):
        ready.decide(evidence, ALPHAS)


@dataclass(frozen=True)
class Guesses(attacks.Attack):
    """Random scores: shows which generator it was handed."""

    def score(self, evidence, rehearsal, rng):
        return rng.random(len(evidence.labels))


def test_order_and_repetition_change_nothing():
    evidence, rehearsal, _ = game()
    start = rng(3)
    a, b = prepare(Guesses(), rehearsal, start), prepare(Guesses(), rehearsal, start)
    verdicts = b.decide(evidence, ALPHAS)
    b.score(rehearsal.evidence)
    np.testing.assert_array_equal(a.score(evidence), b.score(evidence))
    np.testing.assert_array_equal(a.decide(evidence, ALPHAS), verdicts)
    np.testing.assert_array_equal(a.score(evidence), rounded(a.answer(evidence)))
    assert start.random() == rng(3).random()  # the caller's generator was not moved
    np.testing.assert_array_equal(a.score(evidence), rounded(a.answer(evidence)))  # nor does it move the attack's


def test_scores_that_rounding_alone_tells_apart_tie():
    apart = np.array([1.1976430774745868, 1.197643077474586, -0.23199883968831037, -0.23199883968831042])
    assert len(set(rounded(apart))) == 2
    scores = np.concatenate([apart, rng().normal(size=99) * 10.0 ** rng(1).integers(-300, 300, 99)])
    np.testing.assert_allclose(rounded(scores), scores, rtol=2.0**-BITS, atol=0)
    extremes = np.array([0.0, -0.0, 5e-324, np.finfo(float).max, np.finfo(float).min, 3.0, 2.0**-1040])
    np.testing.assert_array_equal(rounded(extremes), extremes)
    assert (rounded(1 + np.arange(9) * 1e-11)[1:] > 1).all()  # what differs in the 11th digit does not tie
    evidence, rehearsal, _ = game()
    last = answering(lambda n: np.where(np.arange(n) % 2, 0.3, np.nextafter(0.3, 1)))
    assert len(set(prepare(last, rehearsal, rng()).score(evidence))) == 1


def test_stages_do_not_share_their_chance():
    evidence, rehearsal, _ = game()
    fitted = load("two-stage")(Guesses(), Guesses()).fit(rehearsal, rng())
    s0, s1 = fitted._scores(evidence)
    assert abs(np.corrcoef(s0, s1)[0, 1]) < 0.3


class Spoils(attacks.Attack):
    """Writes over all that it is handed, and over the demands."""

    access, needs = "logit", "shadow"

    def score(self, evidence, rehearsal, rng):
        handed = [evidence.target, evidence.references, evidence.labels, rehearsal.member, *evidence.signal("phi")]
        for array in handed:
            root = array if array.base is None else array.base
            root.flags.writeable = True
            root[...] = 0
        return np.arange(len(evidence.labels), dtype=float)

    def decide(self, evidence, rehearsal, alphas, rng):
        alphas[:] = 0
        return np.zeros((len(alphas), len(evidence.labels)), bool)


def test_one_attack_cannot_spoil_anothers_numbers():
    evidence, rehearsal, _ = game(**WHOLE)
    alphas = ALPHAS.copy()
    expected = [prepare(load(n)(), rehearsal, rng()).score(evidence) for n in attacks.BUILTIN]
    evidence, rehearsal, _ = game(**WHOLE)
    spoiling = prepare(Spoils(), rehearsal, rng())
    spoiling.score(evidence)
    spoiling.decide(rehearsal.evidence, alphas)
    spoiling.score(rehearsal.evidence)[:] = 7
    np.testing.assert_array_equal(alphas, ALPHAS)
    for name, before in zip(attacks.BUILTIN, expected, strict=True):
        np.testing.assert_array_equal(prepare(load(name)(), rehearsal, rng()).score(evidence), before)


def test_scores_handed_out_are_copies():
    evidence, rehearsal, _ = game()
    ready = prepare(load("loss")(), rehearsal, rng())
    ready.score(evidence)[:] = 0
    assert ready.score(evidence).any()


def test_an_attacks_own_rule_is_kept():
    class Ruled(Guesses):
        def decide(self, evidence, rehearsal, alphas, rng):
            own = super().decide(evidence, rehearsal, alphas, rng)  # the free one, turned round
            return ~own

    evidence, rehearsal, _ = game()
    free, ruled = (prepare(a, rehearsal, rng()).decide(evidence, ALPHAS) for a in (Guesses(), Ruled()))
    np.testing.assert_array_equal(free, ~ruled)


def test_a_direct_call_of_score_or_decide_says_the_same():
    evidence, rehearsal, _ = game(references=2)
    for attack in (load("two-stage")(), load("loss")(), attacks.adopt(Learns())):
        ready = prepare(attack, rehearsal, rng())
        shown = ready.view(evidence)
        np.testing.assert_array_equal(rounded(attack.score(shown, ready.practice, rng())), ready.score(evidence))
        np.testing.assert_array_equal(
            attack.decide(shown, ready.practice, ALPHAS, rng()), ready.by_thresholds(evidence, ALPHAS)
        )


def answering(what, **more):
    return type("Answers", (), {"score": lambda self, evidence, rehearsal, rng: what(len(evidence.labels)), **more})()


@pytest.mark.parametrize(
    ("attack", "sentence"),
    [
        (answering(lambda n: np.zeros(n - 1)), r"expected \(60,\) real scores, got \(59,\) float64"),
        (answering(lambda n: np.zeros((n, 1))), r"expected \(60,\) real scores, got \(60, 1\) float64"),
        (answering(lambda n: ["member"] * n), r"expected \(60,\) real scores, got \(60,\) <U6"),
        (answering(lambda n: None), r"expected \(60,\) real scores, got \(\) object"),
        (answering(lambda n: [[1.0], [1.0, 2.0]]), "expected an array, got list"),
        (answering(lambda n: np.zeros(n) + 1j), r"expected \(60,\) real scores, got \(60,\) complex128"),
        (answering(lambda n: np.full(n, np.inf)), "expected finite scores, got 60 of 60 that are NaN or infinite"),
        (answering(np.zeros, decide=lambda s, e, r, a, g: np.zeros((3, 60), int)), r"expected \(3, 60\) bool verdicts"),
        (answering(np.zeros, decide=lambda s, e, r, a, g: np.zeros((3, 1), bool)), r"expected \(3, 60\) bool verdicts"),
        (answering(np.zeros, decide=lambda s, e, r, a, g: None), r"expected \(3, 60\) bool verdicts"),
    ],
)
def test_wrong_answers_are_refused(attack, sentence):
    evidence, rehearsal, _ = game(n=60)
    ready = prepare(attack, rehearsal, rng())
    with pytest.raises(WrongAnswer, match=sentence):
        ready.decide(evidence, ALPHAS)


def test_a_fit_that_returns_nothing_is_named():
    class Forgets:
        def fit(self, rehearsal, rng):
            pass

    _, rehearsal, _ = game(n=60)
    with pytest.raises(WrongAnswer, match=r"fit: expected an object with score\(evidence\), got NoneType"):
        prepare(Forgets(), rehearsal, rng())


def test_what_was_not_declared_is_withheld_on_both_sides_and_in_fit():
    seen = []

    class Looks:
        access, needs = "label", "reference"

        def fit(self, rehearsal, rng):
            seen.append(rehearsal.evidence)
            return self

        def score(self, evidence):
            seen.append(evidence)
            return np.zeros(len(evidence.labels))

    class Fits:
        access, needs = Looks.access, Looks.needs

        def fit(self, rehearsal, rng):
            return Looks().fit(rehearsal, rng)

    evidence, rehearsal, _ = game()
    ready = prepare(Fits(), rehearsal, rng())
    ready.decide(evidence, ALPHAS)
    assert len(seen) == 3
    assert seen[0] is seen[1] or seen[0] is seen[2]  # the rehearsal's evidence is one object
    for view in seen:
        assert set(np.unique(view.target)) == {0, 1}
        np.testing.assert_array_equal(np.isnan(view.references).all((2, 3)), view.trained_on)
        assert view.trained_on.any()


def test_a_rehearsal_of_other_evidence_is_needed_only_where_it_is_used():
    evidence, _, member = game()
    assert prepare(load("loss")(), Rehearsal(evidence, member), rng()).decide(evidence, ALPHAS).any()


def test_thresholds_of_resampled_rehearsals_are_for_those_that_decide_by_thresholds():
    _, rehearsal, _ = game()
    ready = prepare(load("loss")(), rehearsal, rng())
    found = ready.resampled(ALPHAS, 20)
    np.testing.assert_array_equal(found, ready.resampled(ALPHAS, 20))
    scores = ready.score(rehearsal.evidence)
    assert found.shape == (20, 3)
    assert scores.min() < found[:, 0].mean() < found[:, 2].mean()  # a greater demand, a higher threshold
    assert len(prepare(load("two-stage")(), rehearsal, rng()).resampled(ALPHAS, 20)) == 0  # it has a rule of its own
