"""A protocol as a value of another: read, spelled, and refused in one sentence."""

from dataclasses import dataclass

import pytest

from benchmarks.naming.registry import PROTOCOLS, find, settings, spell
from datasets import Canaries, HalfSplit, SixSplit

HERE = "test_nested_protocols"


@dataclass(frozen=True)
class Coins:
    """A protocol of another package."""

    part: int
    name = "coins"
    gives = frozenset({"reference"})

    def resized(self, part):
        return Coins(part)

    def split(self, records, trials, references, seed):
        raise NotImplementedError


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("canaries(of=half-split(part=450), count=100)", Canaries(HalfSplit(450), 100)),
        ("canaries(half-split(450), 100)", Canaries(HalfSplit(450), 100)),
        ("canaries(of=six-split(40, target_out=30), count=7)", Canaries(SixSplit(40, 30), 7)),
        (f"canaries(of={HERE}:Coins(9), count=2)", Canaries(Coins(9), 2)),
    ],
)
def test_the_inner_protocol_is_read_and_spelled(written, value):
    found = find(PROTOCOLS, written).value
    assert found == value
    assert find(PROTOCOLS, spell(PROTOCOLS, found)).value == value
    assert settings(found) == {"of": spell(PROTOCOLS, value.of), "count": value.count}


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("canaries(of=halfsplit(3), count=2)", "of: unknown protocol 'halfsplit'; did you mean half-split"),
        ("canaries(of=half-split, count=2)", "of: needs a value for part"),
        ("canaries(of=half-split(part=0), count=2)", "half-split: part: expected a whole number at least 1, got 0"),
        ("canaries(of=half-split(3))", "needs a value for count"),
        ("canaries(of=json:loads, count=2)", "of: expected a protocol without canaries, such as half-split, got <fun"),
        ("canaries(of=canaries(half-split(9), 1), count=2)", "of: expected a protocol without canaries"),
        ("canaries(of=half-split(9), kind=near, count=2)", "has no field 'kind'"),
    ],
)
def test_what_is_no_inner_protocol_is_said_in_one_sentence(written, words):
    with pytest.raises(ValueError) as error:
        find(PROTOCOLS, written)
    assert words in str(error.value)
    assert "\n" not in str(error.value)
