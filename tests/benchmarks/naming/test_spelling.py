"""Spellings set fields by their types, and are spelled back."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attacks import Attack
from benchmarks.naming import spelling
from benchmarks.naming.nearest import nearest
from benchmarks.naming.registry import ATTACKS, find
from benchmarks.naming.values import Nested

NONE = Nested(lambda hint: "", lambda hint, text: None, lambda value: None)


@dataclass(frozen=True)
class Toy:
    strength: float = 0.5
    steps: int = 3
    first: str = "loss"
    flip: bool = True
    most: int | None = None
    sizes: tuple[int, ...] = (1,)
    names: tuple[str, ...] = ()
    pair: tuple[int, float] = (1, 0.5)
    nested: tuple[tuple[int, ...], ...] = ()
    way: Literal["up", "down", 3] = "up"
    mixed: int | float | bool | str | None = 0
    shown: ClassVar[int] = 3
    late: int = field(default=0, kw_only=True)
    made: tuple[int, ...] = field(default_factory=lambda: (1, 2))
    hidden: int = field(default=0, init=False)


@dataclass(frozen=True)
class Demanding:
    needed: float
    also: int
    rest: int = 1


@dataclass(frozen=True)
class Foreign:
    place: Path = Path("x")
    anything: Any = 3
    table: dict[str, int] | None = None


@dataclass(frozen=True)
class Unresolved:
    one: "Nowhere" = 3  # noqa: F821


class Bare:
    pass


CLASSES = {"toy": Toy, "bare": Bare, "demanding": Demanding, "foreign": Foreign, "unresolved": Unresolved}


def parse(text):
    name, arguments = spelling.name_of(text)
    return CLASSES[name](**spelling.arguments(CLASSES[name], arguments, NONE))


@pytest.mark.parametrize(
    ("text", "value", "name"),
    [
        ("toy", Toy(), "toy"),
        ("toy()", Toy(), "toy"),
        ("toy(0.25)", Toy(0.25), "toy(0.25)"),
        ("toy(0.5)", Toy(), "toy"),
        ("toy(steps=7, first=c-loss)", Toy(steps=7, first="c-loss"), "toy(steps=7, first=c-loss)"),
        ("toy(1e-3, 4)", Toy(0.001, 4), "toy(strength=0.001, steps=4)"),
        ("toy(strength=1)", Toy(1.0), "toy(1.0)"),
        ("toy(flip=False)", Toy(flip=False), "toy(flip=false)"),
        ("toy(flip=true)", Toy(), "toy"),
        ("toy(most=5)", Toy(most=5), "toy(most=5)"),
        ("toy(most=none)", Toy(), "toy"),
        ("toy(most=None)", Toy(), "toy"),
        ("toy(sizes=(1, 2))", Toy(sizes=(1, 2)), "toy(sizes=(1, 2))"),
        ("toy(sizes=())", Toy(sizes=()), "toy(sizes=())"),
        ("toy(sizes=(7))", Toy(sizes=(7,)), "toy(sizes=(7,))"),
        ("toy( sizes = ( 7 , ) )", Toy(sizes=(7,)), "toy(sizes=(7,))"),
        ("toy(names=(a, 'b, c'))", Toy(names=("a", "b, c")), "toy(names=(a, 'b, c'))"),
        ("toy(pair=(2, 1e3))", Toy(pair=(2, 1000.0)), "toy(pair=(2, 1000.0))"),
        ("toy(nested=((1,), (2, 3)))", Toy(nested=((1,), (2, 3))), "toy(nested=((1,), (2, 3)))"),
        ("toy(way=down)", Toy(way="down"), "toy(way=down)"),
        ("toy(way=3)", Toy(way=3), "toy(way=3)"),
        ("toy(first='it\\'s')", Toy(first="it's"), "toy(first='it\\'s')"),
        ("toy(first='')", Toy(first=""), "toy(first='')"),
        ("toy(first='gap')", Toy(first="gap"), "toy(first=gap)"),
        ("toy(mixed=2)", Toy(mixed=2), "toy(mixed=2)"),
        ("toy(mixed='2')", Toy(mixed="2"), "toy(mixed='2')"),
        ("toy(mixed='none')", Toy(mixed="none"), "toy(mixed='none')"),
        ("toy(late=4)", Toy(late=4), "toy(late=4)"),
        ("toy(made=(1, 2))", Toy(), "toy"),
    ],
)
def test_spellings_set_fields_and_are_spelled_back(text, value, name):
    made = parse(text)
    assert made == value
    assert all(type(a) is type(b) for a, b in zip(vars(made).values(), vars(value).values(), strict=True))
    assert spelling.spell("toy", made, NONE) == name
    assert parse(name) == value


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("toy(abc)", "strength must be a number such as 0.5, got 'abc'"),
        ("toy(1_0)", "strength must be a number such as 0.5, got '1_0'"),
        ("toy(steps=1.5)", "steps must be a whole number such as 3, got '1.5'"),
        (f"toy(steps={'9' * 400})", "steps must be a whole number such as 3, got '999"),
        (f"toy(steps={'9' * 400})", "(400 characters), which is out of range"),
        (
            "toy(steps=9223372036854775808)",
            "a whole number such as 3, got '9223372036854775808', which is out of range",
        ),
        ("toy(flip=yes)", "flip must be true or false such as true, got 'yes'"),
        ("toy(flip=1)", "flip must be true or false"),
        ("toy(flip='False')", "flip must be true or false"),
        ("toy(most=many)", "most must be a whole number or none, got 'many'"),
        ("toy(sizes=1)", "sizes must be values in parentheses, each a whole number, such as (1,), got '1'"),
        ("toy(sizes=(1, b))", "sizes must be values in parentheses, each a whole number, such as (1,), got 'b'"),
        ("toy(pair=(1, 2, 3))", "pair must be 2 values in parentheses (a whole number, a number) such as (1, 0.5)"),
        ("toy(way=left)", "way must be one of up, down, 3, got 'left'"),
        ("toy(strenght=1)", "has no field 'strenght'; did you mean strength?"),
        ("toy(shown=1)", "has no field 'shown'"),
        ("toy(hidden=1)", "has no field 'hidden'"),
        ("toy(1, strength=2)", "sets strength twice"),
        ("toy(strength=1, 2)", "'2' has no name and follows a value that has one"),
        ("toy(1, , 2)", "nothing between two commas"),
        ("toy(1", "expected NAME or NAME(VALUE, ...)"),
        ("toy(1))", "expected NAME or NAME(VALUE, ...)"),
        ("toy(first='a)", "a ' without its partner"),
        (f"toy({'(' * 30}{')' * 30})", "more than 20 parentheses in each other"),
        (f"toy({'(' * 9000})", "more than 20 parentheses in each other"),
        ("toy(a)(b)", "'toy(a)(b)'"),
        ("", "cannot read ''"),
        ("bare(1)", "takes 0 values at most"),
        ("bare(a=1)", "has no field 'a'; it has none"),
        ("demanding", "needs a value for needed and also, as in needed=VALUE"),
        ("demanding(1)", "needs a value for also, as in also=VALUE"),
        ("foreign(x)", "place cannot be set in a spelling: its type is Path; expected int, float"),
        ("foreign(anything=1)", "anything cannot be set in a spelling: its type is Any"),
        ("foreign(table={})", "table cannot be set in a spelling: its type is dict[str, int] | None"),
        ("unresolved(3)", "the types of its fields cannot be read: NameError: name 'Nowhere'"),
    ],
)
def test_bad_spellings_are_answered_in_one_sentence(text, sentence):
    with pytest.raises(ValueError) as error:
        parse(text)
    assert sentence in str(error.value)
    assert "\n" not in str(error.value)
    assert len(str(error.value)) < 300


def test_a_value_too_many_is_refused():
    known = len([f for f in Toy.__dataclass_fields__.values() if f.init and not f.kw_only and f.name != "shown"])
    words = ["1", "1", "a", "true", "1", "(1)", "(a)", "(1, 1)", "()", "up", "1", "(1)"]
    with pytest.raises(ValueError, match=f"takes {known} values at most, got one more: '9'"):
        parse(f"toy({', '.join([*words[:known], '9'])})")


TEXTS = st.text().filter(str.isprintable)
WHOLE = st.integers(-(2**63), 2**63 - 1)
NUMBERS = st.floats(allow_nan=False)
TOYS = st.builds(
    Toy,
    strength=NUMBERS,
    steps=WHOLE,
    first=TEXTS,
    flip=st.booleans(),
    most=st.none() | WHOLE,
    sizes=st.lists(WHOLE).map(tuple),
    names=st.lists(TEXTS).map(tuple),
    pair=st.tuples(WHOLE, NUMBERS),
    nested=st.lists(st.lists(WHOLE, max_size=3).map(tuple), max_size=3).map(tuple),
    way=st.sampled_from(["up", "down", 3]),
    mixed=st.none() | st.booleans() | WHOLE | NUMBERS | TEXTS,
    late=WHOLE,
    made=st.lists(WHOLE).map(tuple),
)


@given(TOYS)
def test_what_is_spelled_is_read_back(toy):
    made = parse(spelling.spell("toy", toy, NONE))
    assert made == toy
    assert type(made.mixed) is type(toy.mixed) or made.mixed == toy.mixed


@given(st.text())
def test_any_text_is_read_or_refused(text):
    said = ""
    try:
        parse(f"toy({text})")
    except ValueError as error:
        said = str(error)
    assert "\n" not in said


def test_settings_list_every_field_as_json_has_them():
    made = spelling.settings(Toy(0.1, sizes=(1, 2)), NONE)
    assert made["strength"] == 0.1
    assert made["sizes"] == [1, 2]
    assert set(made) == {f for f, v in Toy.__dataclass_fields__.items() if v.init and f != "shown"}
    assert spelling.settings(Bare(), NONE) == {}
    assert spelling.spell("bare", Bare(), NONE) == "bare"


@pytest.mark.parametrize("value", [float("nan"), float("inf"), b"x", {1: 2}, {"a": {3}}, "a\nb", [object()]])
def test_fields_that_no_record_can_hold_are_refused(value):
    with pytest.raises(ValueError, match="first must be plain"):
        spelling.settings(Toy(first=value), NONE)


@dataclass(frozen=True)
class Staged(Attack):
    first: Attack | None = None
    second: Attack = find(ATTACKS, "gap").value
    others: tuple[Attack, ...] = ()

    def score(self, evidence, rehearsal, rng):
        return evidence.labels * 0.0


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("", ""),
        ("second=gap", ""),
        ("second='loss'", "(second=loss)"),
        ("others=(gap, two-stage(second=gap))", "(others=(gap, two-stage(second=gap)))"),
        ("loss", "(loss)"),
        ("none, two-stage-lira", "(second=two-stage-lira)"),
        ("second=two-stage(second=gap)", "(second=two-stage(second=gap))"),
        (f"second={__name__}:Staged(second=loss)", f"(second={__name__}:Staged(second=loss))"),
    ],
)
def test_a_field_may_be_an_attack(text, name):
    plugin = find(ATTACKS, f"{__name__}:Staged({text})")
    assert plugin.name == f"{__name__}:Staged{name}"
    assert find(ATTACKS, plugin.name).name == plugin.name


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("second=c-los", "second: unknown attack 'c-los'; did you mean c-loss"),
        ("second=none", "second: unknown attack 'none'"),
        ("others=gap", "others must be values in parentheses, each the name of an attack, such as (), got 'gap'"),
        ("second=two-stage(third=gap)", "second: has no field 'third'"),
        ("second=loss(1)", "second: takes 0 values at most"),
        ("second=(", "a ( without its )"),
    ],
)
def test_an_attack_in_a_field_that_cannot_be_read_is_named(text, sentence):
    with pytest.raises(ValueError) as error:
        find(ATTACKS, f"{__name__}:Staged({text})")
    assert sentence in str(error.value)
    assert "\n" not in str(error.value)


def test_names_are_found_whatever_their_case_and_listed_as_one_counts():
    assert nearest("MNIST", ["mnist", "letter"]) == "did you mean mnist?"
    assert nearest("xyz", ["figure10", "figure3", "a"]) == "there are a, figure3, figure10"
    assert nearest("figure", ["figure10", "figure9", "figure3"]) == "did you mean figure3 or figure9 or figure10?"
    assert nearest("xyz", []) == "there are none"
    assert nearest("b", ["1b", "b1", "2"]) == "did you mean 1b or b1?"
