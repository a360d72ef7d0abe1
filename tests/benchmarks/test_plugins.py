from dataclasses import dataclass

import pytest

from benchmarks.naming.plugins import nearest, parse, settings, spell


@dataclass(frozen=True)
class Toy:
    strength: float = 0.5
    steps: int = 3
    first: str = "loss"

    def __post_init__(self):
        if not self.strength >= 0:
            raise ValueError(f"strength must be at least 0, got {self.strength}")


class Bare:
    pass


class Demanding:
    def __init__(self, needed):
        pass


CLASSES = {"toy": Toy, "bare": Bare, "demanding": Demanding}


@pytest.mark.parametrize(
    ("spelling", "value", "name"),
    [
        ("toy", Toy(), "toy"),
        ("toy()", Toy(), "toy"),
        ("toy(0.25)", Toy(0.25), "toy(0.25)"),
        ("toy(0.5)", Toy(), "toy"),
        ("toy(steps=7, first=c-loss)", Toy(steps=7, first="c-loss"), "toy(steps=7, first=c-loss)"),
        ("toy(1e-3, 4)", Toy(0.001, 4), "toy(strength=0.001, steps=4)"),
    ],
)
def test_spellings_set_fields_and_are_spelled_back(spelling, value, name):
    plugin = parse("--x", spelling, CLASSES)
    assert plugin.value == value
    assert plugin.name == name
    assert parse("--x", plugin.name, CLASSES).value == value


@pytest.mark.parametrize(
    ("spelling", "sentence"),
    [
        ("tyo", "did you mean toy"),
        ("toy(abc)", "strength must be a number such as 0.5, got 'abc'"),
        ("toy(steps=1.5)", "steps must be a whole number"),
        ("toy(-1)", "strength must be at least 0, got -1.0"),
        ("toy(nan)", "strength must be at least 0, got nan"),
        ("toy(strenght=1)", "did you mean strength"),
        ("toy(1,2,a,4)", "3 values at most"),
        ("toy(1, strength=2)", "sets strength twice"),
        ("toy(1", "expected NAME or NAME(VALUE, ...)"),
        ("bare(1)", "0 values at most"),
        ("demanding", "TypeError: Demanding.__init__() missing 1 required positional argument"),
    ],
)
def test_bad_spellings_are_answered_in_one_sentence(spelling, sentence):
    with pytest.raises(ValueError) as error:
        parse("--x", spelling, CLASSES)
    assert sentence in str(error.value)
    assert "--x" in str(error.value)
    assert "\n" not in str(error.value)


def test_settings_list_every_field():
    assert settings(Toy(0.1)) == {"strength": 0.1, "steps": 3, "first": "loss"}
    assert spell("bare", Bare()) == "bare"
    assert settings(Bare()) == {}


def test_names_are_found_whatever_their_case_and_listed_as_one_counts():
    assert nearest("MNIST", ["mnist", "letter"]) == "did you mean mnist?"
    assert nearest("xyz", ["figure10", "figure3", "a"]) == "there are a, figure3, figure10"
    assert nearest("figure", ["figure10", "figure9", "figure3"]) == "did you mean figure3 or figure9 or figure10?"
