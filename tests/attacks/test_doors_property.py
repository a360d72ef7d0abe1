"""Whatever is declared, and whatever evidence is made of: it is understood as it stands, or refused in one sentence."""

from enum import StrEnum

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

import attacks
from attacks import Evidence, Rehearsal, declared, prepare, restrict
from attacks.evidence import ACCESS, NEEDS, USES

N, R, C = 6, 3, 4
EVERYTHING = attacks.planted(np.random.default_rng(0), 20, R, C, 1.0, ("clean", "flip"), USES)


class Word(str):
    """Says that it is equal to everything."""

    __hash__ = str.__hash__

    def __eq__(self, other):
        return True


class Access(StrEnum):
    LOGIT = "logit"


words = st.sampled_from(
    [*ACCESS, *NEEDS, *USES, "clean", "flip", "", "SHADOW", "Logit", "logits", "sahdow", "all", "*"]
)
odd = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=6), st.binary(max_size=3),
    words, words.map(Word), words.map(np.str_), st.just(Access.LOGIT), st.just(len), st.just(str),
)  # fmt: skip
sayings = st.one_of(odd, st.lists(odd, max_size=3), st.lists(words, max_size=3).map(tuple), st.sets(words, max_size=3))


def attempt(make):
    """What `make` returns, or the words of its refusal."""
    try:
        return make(), None
    except ValueError as error:
        return None, str(error)


class Saying:
    def score(self, evidence, rehearsal, rng):
        return np.zeros(len(evidence.labels))


@settings(max_examples=400, deadline=None, derandomize=True)
@given(
    st.dictionaries(st.sampled_from(["access", "needs", "uses", "queries", "version"]), sayings, max_size=3),
    st.booleans(),
)
def test_a_declaration_is_read_as_it_stands_or_refused(said, on_the_class):
    attack = type("Saying", (Saying,), dict(said) if on_the_class else {})()
    if not on_the_class:
        vars(attack).update(said)
    says, refused = attempt(lambda: declared(attack))
    if refused is not None:
        assert refused.startswith("Saying.")
        assert "\n" not in refused
        return
    for name, value in said.items():
        assert type(getattr(says, name)) is type(value)
        assert getattr(says, name) == value
    assert says.access in ACCESS
    assert says.needs in NEEDS
    assert set(says.uses) <= set(USES)
    evidence, rehearsal, _ = EVERYTHING
    if set(says.queries) <= {"clean", "flip"}:
        view = prepare(attack, rehearsal, np.random.default_rng(0)).view(evidence)
        assert len(view.trained_on) == (R if says.needs != "target" else 0)
        assert there(view, "references") == (says.needs != "target")
        assert [there(view, use) for use in USES] == [use in says.uses for use in USES]
        assert says.needs != "reference" or np.isnan(view.references[view.trained_on]).all()
        assert set(view.columns) == set(says.queries)
        assert says.access != "label" or set(np.unique(view.target)) <= {0, 1}


def there(view, name):
    try:
        return getattr(view, name) is not None
    except ValueError as error:
        return "the attack did not declare it" not in str(error)


@pytest.mark.parametrize("name", ["Needs", "NEEDS", "need", "acces", "Access", "quries", "use", "Uses", "versions"])
def test_a_declaration_under_another_name_is_refused(name):
    for where in ("class", "instance"):
        attack = type("Saying", (Saying,), {name: "shadow"} if where == "class" else {})()
        if where == "instance":
            setattr(attack, name, "shadow")
        with pytest.raises(ValueError, match=f"Saying.{name}: no declaration has this name; did you mean"):
            declared(attack)


def test_a_subclass_of_text_that_equals_everything_opens_nothing():
    for name in ("needs", "access"):
        with pytest.raises(ValueError, match=f"Saying.{name}: expected one of"):
            declared(type("Saying", (Saying,), {name: Word("nothing known")})())
    with pytest.raises(ValueError, match=r"Saying\.uses: expected one of"):
        declared(type("Saying", (Saying,), {"uses": (Word("members"),)})())


LABELS = np.arange(N) % C
GOOD = {
    "labels": LABELS,
    "target": np.zeros((N, 1, C), np.float32),
    "references": np.zeros((R, N, 1, C), np.float32),
    "trained_on": np.zeros((R, N), bool),
}
DTYPES = [
    bool,
    np.int8,
    np.int64,
    np.uint64,
    np.float16,
    np.float32,
    np.float64,
    np.complex64,
    object,
    "U3",
    "M8[s]",
    "V4",
]
SIZES = (0, 1, 2, R, C, N)
shapes = st.one_of(st.lists(st.sampled_from(SIZES), max_size=4).map(tuple), *(st.just(a.shape) for a in GOOD.values()))


@st.composite
def any_array(draw):
    """An array of about any kind, and at times of the kind that is wanted."""
    dtype = np.dtype(draw(st.sampled_from(DTYPES)))
    made = np.zeros(draw(shapes), dtype)
    if dtype.kind in "iufc" and made.size:
        places = draw(st.lists(st.integers(0, made.size - 1), max_size=3))
        values = [0, 1, 3, 9] + ([] if dtype.kind == "u" else [-1]) + ([] if dtype.kind in "iu" else [np.nan, np.inf])
        made.flat[places] = draw(st.sampled_from(values))
    return draw(st.sampled_from([made, made, made, np.ma.array(made), made.tolist(), made[..., None], made.T]))


anything = st.one_of(any_array(), st.none(), st.integers(), st.text(max_size=3), st.just({}), st.just(Evidence))
slices = st.builds(slice, *([st.one_of(st.none(), st.integers(-2, 3), st.just(1.0), st.just("a"))] * 3))
columns = st.one_of(
    anything, st.dictionaries(st.sampled_from(["clean", "flip", 3, None]), st.one_of(slices, anything), max_size=3)
)


@settings(max_examples=600, deadline=None, derandomize=True)
@given(
    st.dictionaries(st.sampled_from([*GOOD, "inputs", "ask", "population"]), anything, min_size=1, max_size=2),
    st.one_of(st.none(), columns),
    anything,
)
def test_evidence_is_what_its_docstring_says_or_refused(changed, columns, member):
    def make():
        evidence = Evidence(**{**GOOD, **changed, "columns": columns})
        known = Rehearsal(evidence, member).member if isinstance(member, np.ndarray) else None
        return evidence, evidence.target, evidence.references, known

    made, refused = attempt(make)
    if made is None:
        assert "\n" not in refused
        assert ": " in refused
        return
    evidence, target, references, known = made
    n = len(evidence.labels)
    assert evidence.labels.dtype.kind in "iu"
    assert evidence.trained_on.dtype == bool
    assert evidence.trained_on.shape == (len(references), n)
    assert target.dtype == references.dtype == np.float32
    assert target.shape[0] == n
    assert references.shape[1:] == target.shape
    assert np.isfinite(target).all()
    assert np.isfinite(references[~evidence.trained_on]).all()
    assert not n or 0 <= evidence.labels.min() <= evidence.labels.max() < target.shape[2]
    assert known is None or (known.dtype == bool and known.shape == (n,))
    for needs in NEEDS:
        restrict(evidence, "probability", needs).signal("phi")


@settings(derandomize=True)
@given(arrays.arrays(np.int64, (R, N), elements=st.integers(0, 1)))
def test_whole_numbers_are_no_mask(trained_on):
    with pytest.raises(ValueError, match=r"trained_on: expected \(3, 6\) bool, got \(3, 6\) int64"):
        Evidence(**{**GOOD, "trained_on": trained_on})
