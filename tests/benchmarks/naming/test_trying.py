"""What `show` says to try of an attack or a defense can be run. Seconds: 8."""

import shlex

import pytest

from attacks import BUILTIN as ATTACKS
from benchmarks import run, show
from defenses.registry import BUILTIN as DEFENSES

OF_BITS = {"label-flips": "location30", "label-regression-flips": "location30-half"}  # whose data must be fetched


def tried(name, capsys):
    assert show.main([name]) == 0
    lines = [line for line in capsys.readouterr().out.splitlines() if line.split()[:1] == ["try"]]
    return next(line.partition(" run ")[2] for line in lines if " run " in line)


@pytest.mark.parametrize("name", [name for name in (*ATTACKS, *DEFENSES) if name not in OF_BITS])
def test_what_is_to_be_tried_runs(name, capsys, tmp_path):
    words = [*shlex.split(tried(name, capsys)), "--dry-run", "--store", str(tmp_path), "--output", str(tmp_path / "o")]
    assert run.main(words) == 0, capsys.readouterr().err


@pytest.mark.parametrize("name", OF_BITS)
def test_attacks_on_bits_are_tried_on_bits(name, capsys):
    assert tried(name, capsys) == f"--attacks {name} --suite {OF_BITS[name]}"
