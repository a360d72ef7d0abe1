"""What evidence holds, refuses, and hands on: each attack gets arrays of its own, and only what it declared."""

import numpy as np
import pytest

from attacks import Evidence, Outputs, Rehearsal, planted, restrict

SEEN = np.array([[True, False, False], [False, True, False]])
LABELS = np.array([0, 1, 3])


def arrays(queries=1):
    rng = np.random.default_rng(0)
    return [rng.normal(size=s).astype(np.float32) for s in ((3, queries, 4), (2, 3, queries, 4))]


def made(**changed):
    target, references = arrays()
    given = {"labels": LABELS, "target": target, "references": references, "trained_on": SEEN, **changed}
    return Evidence(**given)


def everything(evidence):
    names = ["labels", "trained_on", "target", *(["references"] if len(evidence.trained_on) else [])]
    return {n: getattr(evidence, n) for n in names}


def test_label_access_sees_predictions_only():
    full, shown = made(), restrict(made(), "label", "shadow")
    np.testing.assert_array_equal(shown.target, np.eye(4)[full.target.argmax(-1)])


def test_probability_access_sees_logits_up_to_a_constant():
    full, shown = made(), restrict(made(), "probability", "shadow")
    np.testing.assert_array_equal(shown.target.max(-1), 0)
    difference = full.target - shown.target
    np.testing.assert_allclose(difference, np.broadcast_to(difference[..., :1], difference.shape), atol=1e-6)


def refuses(evidence, *names):
    """What the attack that sees this did not declare is refused, with what declares it."""
    for name in names:
        with pytest.raises(ValueError, match=r"evidence\.\w+: the attack did not declare it; (uses|needs) = .* does"):
            getattr(evidence, name)


def test_references_that_saw_a_record_are_withheld_from_arrays_and_signals():
    full, shown = made(), restrict(made(), "logit", "reference")
    np.testing.assert_array_equal(np.isnan(shown.references).all((2, 3)), SEEN)
    np.testing.assert_array_equal(np.isnan(shown.signal("phi").references)[:, :, 0], SEEN)
    np.testing.assert_array_equal(np.isnan(shown.signal(lambda x, y: x.argmax(-1)).references)[:, :, 0], SEEN)
    np.testing.assert_array_equal(restrict(made(), "logit", "shadow").references, full.references)
    refuses(restrict(made(), "logit", "target"), "references")
    assert restrict(made(), "logit", "target").signal("phi").references.shape == (0, 3, 1)


def test_label_access_sees_no_signal_but_correctness():
    shown = restrict(made(), "label", "shadow")
    with pytest.raises(ValueError, match="'log_p' needs probabilities"):
        shown.signal("log_p")
    expected = made().target[:, 0].argmax(-1) == LABELS
    np.testing.assert_array_equal(shown.signal("correct").target[:, 0], expected)
    np.testing.assert_array_equal(shown.signal(lambda logits, labels: logits.max(-1)).target, 1)


@pytest.mark.parametrize("needs", ["target", "reference", "shadow"])
@pytest.mark.parametrize("access", ["label", "probability", "logit"])
def test_restricted_arrays_are_fresh_and_read_only(access, needs):
    population = Evidence(LABELS, *arrays(), SEEN, inputs=np.ones((3, 5)))
    full = made(population=population, inputs=np.ones((3, 5)), ask=lambda x: x)
    before = {n: a.copy() for n, a in everything(full).items()}
    views = [restrict(full, access, needs, ("population", "inputs", "ask")) for _ in range(2)]
    own = [[*everything(v).values(), *everything(v.population).values(), v.inputs, *v.signal("correct")] for v in views]
    others = [*everything(full).values(), *everything(population).values(), full.inputs, *full.signal("correct")]
    for array, again in zip(*own, strict=True):
        assert not array.flags.writeable
        assert not any(np.shares_memory(array, other) for other in (*others, again) if array.size)
    for array in (a for view in own for a in view):  # as code that knows no flags does
        root = array if array.base is None else array.base
        root.flags.writeable = True
        root[...] = 0
    for name, array in everything(full).items():
        np.testing.assert_array_equal(array, before[name])
    np.testing.assert_array_equal(full.inputs, 1)


def test_the_callers_arrays_stay_as_they_are():
    target, references = arrays()
    trained_on, labels = SEEN.copy(), LABELS.copy()
    evidence = Evidence(labels, target, references, trained_on)
    Rehearsal(evidence, member := np.array([True, False, True]))
    for array in (target, references, trained_on, labels, member):
        assert array.flags.writeable
    for array in everything(evidence).values():
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0


def test_what_was_not_declared_is_not_there():
    full = made(population=Evidence(LABELS, *arrays(), SEEN), inputs=np.ones((3, 5)), ask=lambda x: x)
    shown = restrict(full, "logit", "shadow")
    refuses(shown, "population", "inputs", "ask", "proxies")
    shown = restrict(full, "label", "reference", ("population",))
    assert set(np.unique(shown.population.target)) == {0, 1}
    assert not np.isnan(shown.population.references).any()  # they are the adversary's own, in and out
    np.testing.assert_array_equal(shown.population.trained_on, SEEN)
    assert shown.population.population is shown.population.ask is None
    refuses(shown, "inputs", "ask")
    refuses(shown.population, "inputs")
    refuses(restrict(full, "label", "target", ("population",)).population, "references")
    with pytest.raises(ValueError, match=r"columns: there is no 'flip'; the attack's queries are clean"):
        shown.columns["flip"]


@pytest.mark.parametrize(
    ("declarations", "sentence"),
    [
        (("lable", "target"), "access: expected one of label, probability, logit, got 'lable'"),
        (("label", "sahdow"), "needs: expected one of target, reference, shadow, got 'sahdow'"),
        (("label", "target", ("inputs",)), "uses inputs, and there is none"),
        (("label", "target", ("population",)), "uses population, and there is none"),
        (("label", "target", ("ask",)), "uses ask, and there is none"),
        (("label", "target", ("labels",)), "uses: expected some of population, proxies, inputs, ask, got 'labels'"),
        (("label", "target", (), ("clean", "flip")), "queries: there is no 'flip'; there are clean"),
    ],
)
def test_what_cannot_be_handed_out_is_said(declarations, sentence):
    with pytest.raises(ValueError) as error:
        restrict(made(), *declarations)
    assert sentence in str(error.value)


def test_query_sets_are_found_by_name():
    target, references = arrays(queries=4)
    columns = {"clean": slice(0, 1), "flip": slice(1, 2), "noise(0.1, 2)": slice(2, 4)}
    full = made(target=target, references=references, columns=columns)
    shown = restrict(full, "logit", "shadow", queries=("clean", "noise(0.1, 2)"))
    assert shown.columns == {"clean": slice(0, 1), "noise(0.1, 2)": slice(1, 3)}
    np.testing.assert_array_equal(shown.target, target[:, [0, 2, 3]])
    np.testing.assert_array_equal(shown.references[:, :, shown.columns["noise(0.1, 2)"]], references[:, :, 2:])
    np.testing.assert_array_equal(shown.signal("phi").target, full.signal("phi").target[:, [0, 2, 3]])
    assert restrict(full, "logit", "shadow").target.shape == (3, 1, 4)


def test_questions_are_counted_and_answered_under_the_access():
    full = made(ask=lambda x: x.astype(np.float32) + 5)
    shown = restrict(full, "label", "target", ("ask",))
    again = restrict(shown, "label", "target", ("ask",))
    np.testing.assert_array_equal(shown.ask(np.array([[1.0, 3.0], [2.0, 0.0]])), [[0, 1], [1, 0]])
    np.testing.assert_array_equal(again.ask(np.zeros((3, 2))), [[1, 0]] * 3)
    assert (again.ask.count, shown.ask.count, full.ask.count) == (3, 5, 5)
    question = np.ones((1, 2))
    vandal = made(ask=lambda x: x.__imul__(0).astype(np.float32))
    vandal.ask(question)
    np.testing.assert_array_equal(question, 1)
    with pytest.raises(ValueError, match=r"ask: expected \(1, C\) real outputs, got \(2,\)"):
        made(ask=lambda x: x[0]).ask(question)


TARGET, REFERENCES = arrays()
BAD = np.full((3, 1, 4), np.nan, np.float32)


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"labels": LABELS.astype(float)}, r"labels: expected \(n,\) integers, got \(3,\) float64"),
        ({"labels": np.array(["a", "b", "c"])}, r"labels: expected \(n,\) integers, got \(3,\) <U1"),
        ({"labels": np.eye(4, dtype=int)[LABELS]}, r"labels: expected \(n,\) integers, got \(3, 4\)"),
        ({"labels": np.array([True, False, True])}, r"labels: expected \(n,\) integers, got \(3,\) bool"),
        ({"labels": [0, 1, 3]}, r"labels: expected \(n,\) integers, got list"),
        ({"labels": np.array([0, 1, 4])}, "labels: expected 0 to 3, got 4"),
        ({"labels": np.array([0, 1, -1])}, "labels: expected 0 or more, got -1"),
        ({"target": BAD}, "target: expected finite numbers, got NaN or infinity on 3 of 3 records"),
        ({"target": TARGET * np.float32(np.inf)}, "target: expected finite"),
        ({"target": TARGET.astype(float) * 1e300}, "target: expected finite"),
        ({"target": TARGET.astype(int)}, "target: expected floating point numbers, got int64"),
        ({"target": TARGET[..., :1]}, "target: expected outputs of 2 classes or more, got 1"),
        ({"target": TARGET[:, 0]}, r"target: expected shape \(3, Q, C\), got \(3, 4\)"),
        ({"target": TARGET[:2]}, r"target: expected shape \(3, Q, C\), got \(2, 1, 4\)"),
        ({"target": TARGET.tolist()}, r"target: expected shape \(3, Q, C\), got list"),
        ({"references": REFERENCES[0]}, r"trained_on: expected \(3, 3\) bool"),
        ({"references": REFERENCES[:, :, :, :3]}, r"labels: expected 0 to 2, got 3"),
        ({"references": np.concatenate([REFERENCES] * 2, 2)}, r"references: expected \(3, 1, 4\) as the target's"),
        ({"references": [TARGET, BAD]}, "references: expected finite numbers, got NaN or infinity on 2 of 3 records"),
        ({"references": {}}, "references: expected an array or a list of models, got dict"),
        ({"references": [TARGET, Outputs(TARGET[:2], LABELS[:2])]}, "outputs on 3 records, got 2"),
        ({"references": [TARGET, Outputs(TARGET, LABELS[::-1])]}, "got other labels"),
        ({"target": Outputs(TARGET, np.array([0, 0, 0]))}, "got other labels"),
        ({"trained_on": SEEN.astype(int)}, r"trained_on: expected \(2, 3\) bool, got \(2, 3\) int64"),
        ({"trained_on": SEEN[:, :2]}, r"trained_on: expected \(2, 3\) bool, got \(2, 2\) bool"),
        ({"trained_on": None}, r"trained_on: expected \(2, 3\) bool, got NoneType"),
        ({"population": TARGET}, "population: expected Evidence, got ndarray"),
        ({"population": Evidence(LABELS, TARGET, [], SEEN[:0])}, "population: expected 2 reference models, got 0"),
        ({"inputs": np.ones((2, 5))}, r"inputs: expected \(3, ...\), got \(2, 5\)"),
        ({"ask": TARGET}, "ask: expected a function of inputs, got ndarray"),
        ({"columns": {"flip": slice(0, 1)}}, "columns: expected clean to be"),
        ({"columns": {"clean": slice(0, 1), "flip": 1}}, "columns: expected flip to be a slice"),
    ],
)
def test_what_does_not_fit_is_named(changed, sentence):
    with pytest.raises(ValueError, match=sentence):
        made(**changed)


@pytest.mark.parametrize("member", [np.array([1, 0, 1]), np.array([True, False]), [True, False, True]])
def test_membership_of_the_wrong_kind_is_named(member):
    with pytest.raises(ValueError, match=r"member: expected \(3,\) bool"):
        Rehearsal(made(), member)


def test_what_is_found_wrong_when_it_is_read_is_named():
    with pytest.raises(ValueError, match=r"inputs: expected \(3, ...\), got \(2,\) float64"):
        _ = made(inputs=lambda: np.zeros(2)).inputs
    lacking = made(columns={"clean": slice(0, 1), "flip": slice(1, 2)})
    for read in (lambda e: e.target, lambda e: e.signal("phi")):
        with pytest.raises(ValueError, match="columns: expected 2 queries or more, got 1"):
            read(restrict(lacking, "logit", "target", queries=("clean", "flip")))


def test_evidence_may_be_made_again_of_what_was_handed_out():
    shown = restrict(made(), "probability", "reference")
    again = Evidence(shown.labels, shown.target, shown.references, shown.trained_on)
    for name, array in everything(shown).items():
        np.testing.assert_array_equal(array, getattr(again, name))
    for own, others in zip(again.signal("log_p"), shown.signal("log_p"), strict=True):
        np.testing.assert_allclose(own, others, rtol=1e-6)  # what is shown is rounded to float32, signals are not
    np.testing.assert_array_equal(again.signal("correct").references, shown.signal("correct").references)


@pytest.mark.parametrize("uses", [(), ("population", "inputs", "ask")])
def test_planted_evidence_answers_questions_as_it_answered_the_clean_query(uses):
    evidence, rehearsal, _ = planted(np.random.default_rng(0), 50, 2, 4, 1.0, ("clean", "flip"), uses)
    assert evidence.target.shape == rehearsal.evidence.target.shape == (50, 3, 4)
    if uses:
        np.testing.assert_array_equal(evidence.ask(evidence.inputs), evidence.target[:, 0])
        assert evidence.population.target.shape == (50, 3, 4)
