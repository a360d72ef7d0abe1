"""What is named is loaded when it is named; what is broken stops only who names it."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import regression
from benchmarks.naming import loading, registry
from benchmarks.naming.registry import ATTACKS, DEFENSES, KINDS
from benchmarks.run import main

ROOT = Path(__file__).parents[3]
MODULE = '''
import sys
from dataclasses import dataclass

class Margin:
    """Top logit minus the second."""

    def score(self, evidence, rehearsal, rng):
        return evidence.target[:, 0].max(-1)

@dataclass(frozen=True)
class Demanding(Margin):
    """Has a field without a default."""
    power: float

@dataclass(frozen=True)
class Odd(Margin):
    """Holds what no record can."""
    power: object = frozenset()

class Raising(Margin):
    def __init__(self):
        raise RuntimeError("not\\nto be made")

class Leaving(Margin):
    def __init__(self):
        sys.exit(0)

class NoAttack:
    pass

MADE = Odd(3)
ODD = Odd()

class Typo(Margin):
    access = "probabilty"

class Twice:
    """Leaves the logits alone."""

    def release(self, inputs, logits, predict, rng):
        return logits
'''
BROKEN = {
    "loss = outside_zoo:Margin": "a built-in attack has this name",
    "gone = outside_gone:Margin": "ModuleNotFoundError: No module named 'outside_gone'",
    "lacking = outside_zoo:Nothing": "AttributeError: module 'outside_zoo' has no attribute 'Nothing'",
    "leaves = outside_leaves:Margin": "SystemExit: 0",
    "raises = outside_raises:Margin": "ZeroDivisionError: division by zero",
    "no-attack = outside_zoo:NoAttack": "NoAttack",
    "typo = outside_zoo:Typo": "got 'probabilty'",
    "demanding = outside_zoo:Demanding": "needs a value for power, as in power=VALUE",
    "odd-field = outside_zoo:Odd": "power must be plain",
    "odd-instance = outside_zoo:ODD": "power must be plain",
    "raising = outside_zoo:Raising": "RuntimeError: not to be made",
    "leaving = outside_zoo:Leaving": "SystemExit: 0",
    "all = outside_zoo:Margin": "unknown attack 'all'",
    "an odd name = outside_zoo:Margin": "cannot read 'an odd name'",
    "odd(1) = outside_zoo:Margin": "odd",
}
GOOD = ["margin = outside_zoo:Margin"]


def installed(folder, **groups):
    """Lay out a package whose entry points are `groups`."""
    (folder / "outside_zoo.py").write_text(MODULE)
    (folder / "outside_leaves.py").write_text("import sys\nsys.exit(0)\n")
    (folder / "outside_raises.py").write_text("1 / 0\n")
    (folder / "outside_hangs.py").write_text("import time\ntime.sleep(600)\n")
    info = folder / "outside_zoo-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: outside-zoo\nVersion: 1.0\n")
    sections = [f"[mia_arena.{group}]\n" + "\n".join(lines) + "\n" for group, lines in groups.items()]
    (info / "entry_points.txt").write_text("".join(sections))


@pytest.fixture
def zoo(tmp_path, monkeypatch):
    """A package installed of which one attack alone can be used."""
    (tmp_path / "site").mkdir()
    defenses = ["none = outside_zoo:Twice", "no-defense = outside_zoo:NoAttack"]
    installed(tmp_path / "site", attacks=[*BROKEN, *GOOD], defenses=defenses)
    monkeypatch.syspath_prepend(tmp_path / "site")
    yield tmp_path
    for name in ("outside_zoo", "outside_leaves", "outside_raises"):
        sys.modules.pop(name, None)


def test_broken_plugins_stop_nobody_who_does_not_name_them(zoo, capsys):
    assert [p.name for p in registry.choose(ATTACKS, ["gap", "margin"], warn=True)] == ["gap", "margin"]
    assert main(["--list"]) == 0
    captured = capsys.readouterr()
    assert captured.err == ""
    assert re.search(r"^  margin +of the package outside-zoo$", captured.out, re.MULTILINE)


def test_all_goes_without_what_is_broken_and_says_so(zoo, capsys):
    for kind in (ATTACKS, DEFENSES):
        registry.choose(kind, ["all"])
    assert capsys.readouterr().err == ""
    for kind in (ATTACKS, DEFENSES):
        registry.choose(kind, ["all"], warn=True)
    said = capsys.readouterr().err.splitlines()
    words = [*BROKEN.values(), "a built-in defense has this name", "NoAttack: a defense needs one of targets"]
    assert len(said) == len(words)
    for line, word in zip(said, words, strict=True):
        assert line.startswith("warning: ")
        assert " is left out: " in line
        assert word in line


@pytest.mark.parametrize("point", [p for p in BROKEN if p.split(" = ")[0] != "all"])
def test_a_broken_plugin_stops_who_names_it(zoo, point):
    name, _, target = point.partition(" = ")
    with pytest.raises(ValueError) as error:
        registry.choose(ATTACKS, ["gap", name])
    said = str(error.value)
    assert said.startswith(f"--attacks{'' if ' ' in name or '(' in name else ' ' + name}: ")
    assert "\n" not in said
    assert ("two plugins are named 'loss'" if name == "loss" else BROKEN[point]) in said
    assert target not in said or f"{target} of the package outside-zoo" in said


@pytest.mark.parametrize("command", [main, regression.main])
def test_a_command_that_names_a_broken_plugin_ends(zoo, command, capsys):
    arguments = ["evaluate", "--output", "unused"] if command is regression.main else ["--dry-run"]
    assert command([*arguments, "--attacks", "gap", "leaves"]) == 2
    said = "outside_leaves:Margin of the package outside-zoo cannot be used: SystemExit: 0"
    assert capsys.readouterr().err == f"error: --attacks leaves: {said}\n"


def test_all_is_what_can_be_used(zoo, capsys):
    names = [p.name for p in registry.choose(ATTACKS, ["all"])]
    assert names == [name for name in registry.names(ATTACKS) if name in names]
    assert {"gap", "two-stage", "margin"} < set(names)
    assert set(names) == {"margin", *registry.summaries(ATTACKS)} - {p.split(" = ")[0] for p in BROKEN} | {"loss"}
    assert registry.origin(ATTACKS, "margin") == "outside_zoo:Margin of the package outside-zoo"
    assert registry.origin(ATTACKS, "gap").startswith("attacks.")


def test_what_is_built_in_is_had_whatever_others_bring(zoo):
    assert registry.builtin(DEFENSES, "none").value == registry.builtin(DEFENSES, "none").value
    assert registry.builtin(ATTACKS, "two-stage(second=loss)").name == "two-stage(second=loss)"
    with pytest.raises(ValueError, match="second: two plugins are named 'loss'"):
        registry.find(ATTACKS, "two-stage(second=loss)")
    with pytest.raises(ValueError, match="--defenses none: two plugins are named 'none'"):
        registry.find(DEFENSES, "none")


def test_two_packages_with_one_name_are_both_named(tmp_path, monkeypatch):
    for home in ("one", "two"):
        (tmp_path / home).mkdir()
        installed(tmp_path / home, attacks=["twin = outside_zoo:Margin"])
        monkeypatch.syspath_prepend(tmp_path / home)
    info = tmp_path / "two" / "outside_zoo-1.0.dist-info"
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: another\nVersion: 1.0\n")
    info.rename(info.with_name("another-1.0.dist-info"))
    with pytest.raises(ValueError, match="two plugins") as error:
        registry.find(ATTACKS, "twin")
    assert "of the package another" in str(error.value)
    assert "of the package outside-zoo" in str(error.value)


def test_a_hanging_import_hangs_nobody_else(tmp_path):
    installed(tmp_path, attacks=["hangs = outside_hangs:Margin"])
    command = [sys.executable, "-m", "benchmarks.run", "--dry-run", "--attacks", "gap", "--store", str(tmp_path / "s")]
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}:{tmp_path}"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_slow_import_says_what_is_waited_for(tmp_path, monkeypatch, capsys):
    (tmp_path / "outside_slow.py").write_text(f"import time\ntime.sleep(0.5)\n{MODULE}")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(loading, "PATIENCE", 0.05)
    assert registry.find(ATTACKS, "outside_slow:Margin").name == "outside_slow:Margin"
    assert capsys.readouterr().err == "waiting for the import of outside_slow:Margin\n"


@pytest.mark.parametrize("points", [b"[mia_arena.attacks]\nno sense\n", b"\xff\xfe", b"[mia_arena.attacks\nx = y:Z\n"])
def test_a_package_whose_entry_points_cannot_be_read_stops_nobody(tmp_path, monkeypatch, points, capsys):
    installed(tmp_path, attacks=[])
    (tmp_path / "outside_zoo-1.0.dist-info" / "entry_points.txt").write_bytes(points)
    monkeypatch.syspath_prepend(tmp_path)
    assert main(["--list"]) == 0
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("kind", KINDS, ids=lambda k: k.word)
def test_every_built_in_plugin_loads_under_its_name(kind):
    needed = {"canaries": "(of=half-split(5), count=5)", "hamp": "(part=5, validation=2, test=2)"}
    for name, line in registry.summaries(kind).items():
        spelled = name + (needed.get(name, "(5)") if kind is registry.PROTOCOLS else "")
        assert registry.builtin(kind, spelled).name == spelled
        assert len(line) > 10
        assert line != "no description"


@pytest.mark.parametrize("kind", [k for k in KINDS if k.option.startswith("--")], ids=lambda k: k.word)
def test_built_in_plugins_are_spelled_as_they_are_found(kind):
    for plugin in registry.choose(kind, ["all"]):
        assert registry.spell(kind, plugin.value) == plugin.name
        again = registry.find(kind, plugin.name).value
        assert type(again) is type(plugin.value)
        assert registry.settings(again) == registry.settings(plugin.value)


def test_spellings_of_committed_records():
    assert registry.find(ATTACKS, "two-stage(second=gap)").name == "two-stage(second=gap)"
    assert registry.find(DEFENSES, "l2(0.001)").name == "l2(0.001)"
    assert registry.find(DEFENSES, "l2(decay=5e-4)").name == "l2"
    assert registry.find(DEFENSES, "hamp(alpha=1e-3, gamma=.5)").name == "hamp(gamma=0.5, alpha=0.001)"
    assert registry.find(registry.NETWORKS, "mlp(hidden=(256, 128))").value.hidden == (256, 128)


def test_a_class_is_named_by_its_place(tmp_path, monkeypatch):
    (tmp_path / "my_attack.py").write_text(MODULE)
    monkeypatch.syspath_prepend(tmp_path)
    plugin = registry.find(ATTACKS, "my_attack:Demanding(2)")
    assert plugin.name == "my_attack:Demanding(2.0)"
    assert registry.settings(registry.find(ATTACKS, "my_attack:MADE").value) == {"power": 3}
    with pytest.raises(ValueError, match="takes no values, got '4'"):
        registry.find(ATTACKS, "my_attack:MADE(4)")
    with pytest.raises(
        ValueError, match=r"--attacks my_attack:Demandin: .*has no attribute 'Demandin'; did you mean Demanding\?$"
    ):
        registry.find(ATTACKS, "my_attack:Demandin")
    with pytest.raises(ValueError, match=r"is named without \.py; did you mean my_attack:Demanding\?$"):
        registry.find(ATTACKS, "my_attack.py:Demanding")
    for path in ("./my_attack.py:Demanding", f"{tmp_path}/my_attack:Demanding(2)", "C:\\here\\my_attack.py:Demanding"):
        with pytest.raises(ValueError, match=r"without its folder: run where it lies, with my_attack:Demanding$"):
            registry.find(ATTACKS, path)
    with pytest.raises(ValueError, match=r"run where it lies, with my_attack:NAME$"):
        registry.find(ATTACKS, "folder/my_attack.py")
    monkeypatch.chdir(tmp_path)
    for word in ("my_attack", "my_attack.py"):
        with pytest.raises(ValueError, match=f"'{word}' is a file here; .*, as in my_attack:NAME$"):
            registry.find(ATTACKS, word)
    with pytest.raises(ValueError, match="No module named 'my_atack'"):
        registry.find(ATTACKS, "my_atack:Demanding")
