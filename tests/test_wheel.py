"""The wheel: everything inside of one package, beside somebody else's `datasets`, with the results of a checkout."""

import ast
import os
import re
import runpy
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SETUP = runpy.run_path(str(ROOT / "setup.py"), run_name="setup")
NAMES, moved, modules = SETUP["NAMES"], SETUP["moved"], SETUP["modules"]
SOURCES = [path for name in (*NAMES, "mia_arena") for path in sorted((ROOT / name).rglob("*.py"))]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("from attacks import Evidence\n", "from mia_arena.attacks import Evidence\n"),
        ("def f():\n    from models.fit import g as h\n", "def f():\n    from mia_arena.models.fit import g as h\n"),
        ("import datasets.own as own, os\n", "import mia_arena.datasets.own as own, os\n"),
        ("é = 'ü'; from attacks import x\n", "é = 'ü'; from mia_arena.attacks import x\n"),
        ('T = {"a": "attacks.loss:Loss"}\n', 'T = {"a": "mia_arena.attacks.loss:Loss"}\n'),
        ("run([python, '-m', 'benchmarks.run'])\n", "run([python, '-m', 'mia_arena.benchmarks.run'])\n"),
        ("x = '''attacks:adopt'''\n", "x = '''mia_arena.attacks:adopt'''\n"),
        ("x = 'attacks.csv', 'models', 'models/', 'not attacks.loss', 'attacks.'\n", None),  # no names of modules
        ("from . import models\nfrom datasets_of import x\nimport attacksx\n", None),
        ('f"{HOME}models."\nf"models of {x}"\n', None),
    ],
)
def test_names_of_our_modules_move_and_nothing_else(source, expected):
    assert moved(source, modules(ROOT)) == (source if expected is None else expected)


@pytest.mark.parametrize("source", ["import attacks\n", "import attacks.loss\n", "x = f'attacks.{name}'\n"])
def test_what_cannot_be_moved_is_refused_with_its_line(source):
    with pytest.raises(ValueError, match="line 2: write "):
        moved(f"\n{source}", modules(ROOT))


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_file_moves_without_another_change(path):
    source = path.read_text(encoding="utf-8")
    text = moved(source, modules(ROOT))
    assert len(text.splitlines()) == len(source.splitlines())
    assert text.replace("mia_arena.", "") == source.replace("mia_arena.", "")
    for node in ast.walk(ast.parse(text)):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        names += [node.module or ""] if isinstance(node, ast.ImportFrom) and not node.level else []
        assert not {name.partition(".")[0] for name in names} & set(NAMES)


OWN = rb"mia-arena \d.*?, (?=numpy)"  # our own version, to which a checkout adds its commit


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """A folder of packages in which the wheel is installed beside another `datasets`."""
    home = tmp_path_factory.mktemp("wheel")
    for name in ("setup.py", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, home)
    for name in (*NAMES, "mia_arena"):
        shutil.copytree(ROOT / name, home / name, ignore=shutil.ignore_patterns("__pycache__"))
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    build = [*pip, "wheel", "--no-deps", "--no-index", "--no-build-isolation", "--wheel-dir", home / "made", home]
    subprocess.run(build, check=True, capture_output=True)
    (wheel,) = (home / "made").glob("*.whl")
    install = [*pip, "install", "--no-deps", "--no-index", "--no-compile", "--target", home / "site", wheel]
    subprocess.run(install, check=True, capture_output=True)
    (home / "site" / "datasets").mkdir()  # a wheel of ours that has one would be refused above or overwrite it here
    (home / "site" / "datasets" / "__init__.py").write_text("WHOSE = 'theirs'\n", encoding="utf-8")
    return home / "site"


def started(site, *arguments, cwd=None):
    """A fresh process, at its end, that sees what is installed, and no checkout."""
    environment = {**os.environ, "PYTHONPATH": str(site), "PYTHONSAFEPATH": "1"}
    return subprocess.run(
        [sys.executable, *map(str, arguments)], env=environment, cwd=cwd, capture_output=True, text=True
    )


def python(site, *arguments, cwd=None):
    """What it prints."""
    done = started(site, *arguments, cwd=cwd)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_it_holds_one_package_and_all_files_of_it(site):
    (wheel,) = (site.parent / "made").glob("*.whl")
    held = set(zipfile.ZipFile(wheel).namelist())
    assert {name.partition("/")[0].partition("-")[0] for name in held} == {"mia_arena"}
    tops = [zipfile.ZipFile(wheel).read(name) for name in held if name.endswith("top_level.txt")]
    assert tops == [b"mia_arena\n"]
    for name in (*NAMES, "mia_arena"):
        for path in (ROOT / name).rglob("*"):
            if path.is_file() and path.suffix != ".pyc":
                place = path.relative_to(ROOT).as_posix()
                assert (place if name == "mia_arena" else f"mia_arena/{place}") in held


DIGESTS = """
import json
from importlib import import_module
registry, plan, outcomes, suites, base = (import_module(f"{HOME}{name}") for name in (
    "benchmarks.naming.registry", "benchmarks.training.plan", "benchmarks.games.outcomes",
    "benchmarks.training.suites", "attacks.base"))
found = {}
for kind in (registry.ATTACKS, registry.DEFENSES, registry.NETWORKS):
    for plugin in registry.everything(kind)[0]:
        found[f"{kind.word} {plugin.name}"] = [
            registry.spell(kind, plugin.value), registry.settings(plugin.value), repr(plan._described(plugin.value)),
            outcomes.code_digest(type(base.plain(plugin.value))) if kind is registry.ATTACKS else ""]
for name in suites.listing():
    suite = suites.find(name)
    found[f"suite {name}"] = repr([plan._described(x) for x in (suite.network, suite.recipe, suite.protocol)])
print(json.dumps(found, default=str, sort_keys=True))
"""


def test_specs_of_stores_are_those_of_a_checkout(site):
    inside = python(site, "-c", f"HOME = 'mia_arena.'\n{DIGESTS}")
    beside = python(ROOT, "-c", f"HOME = ''\n{DIGESTS}")
    assert inside == beside
    assert inside.count("attack ") > 40
    assert "mia_arena" not in inside


def test_a_benchmark_has_the_bytes_of_a_checkouts_and_leaves_the_other_package_alone(site, tmp_path):
    words = ["run", "--attacks", "loss,lira-offline", "--defenses", "hamp", "--references", "2", "--trials", "1",
             "--epochs", "1", "--device", "cpu", "--store", tmp_path / "store"]  # fmt: skip
    shown = python(site, site / "bin" / "mia-arena", *words, "--output", "wheel", cwd=tmp_path)
    assert "Attacks on the undefended model" in shown
    entries = sorted((tmp_path / "store").glob("[mo]*/*"))
    assert len(entries) > 20
    again = python(ROOT, "-m", "mia_arena", *words, "--output", "checkout", cwd=tmp_path)
    assert again.replace("checkout", "wheel") == shown
    assert sorted((tmp_path / "store").glob("[mo]*/*")) == entries
    for name in ("leaderboard.md", "results.csv"):
        made, same = ((tmp_path / home / name).read_bytes() for home in ("wheel", "checkout"))
        assert re.sub(OWN, b"", made) == re.sub(OWN, b"", same)
    code = "import mia_arena.__main__, mia_arena.benchmarks.run, mia_arena.datasets, datasets; print(datasets.WHOSE)"
    assert python(site, "-c", code, cwd=tmp_path) == "theirs\n"


def test_lists_and_help_are_those_of_a_checkout(site, tmp_path):
    for words in (["--help"], ["list"], ["run", "--help"]):
        assert python(site, "-m", "mia_arena", *words, cwd=tmp_path) == python(ROOT, "-m", "mia_arena", *words)
    shown = python(site, "-m", "mia_arena", "show", "two-stage", cwd=tmp_path)
    assert re.search(rf"mia_arena\.attacks\.two_stage:TwoStage\s+\({site}/mia_arena/attacks/two_stage.py\)", shown)


def imports():
    """What the pages' code imports, each statement once."""
    found = set()
    for page in sorted((ROOT / "docs").rglob("*.md")):
        for code in re.findall(r"^```python\n(.*?)^```", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE):
            found |= {ast.unparse(n) for n in ast.walk(ast.parse(code)) if isinstance(n, (ast.Import, ast.ImportFrom))}
    return sorted(found)


def test_what_pages_import_is_there_in_both_and_never_by_a_checkouts_own_names(site, tmp_path):
    named = [line for line in imports() if line.split()[1].partition(".")[0] in (*NAMES, "mia_arena")]
    assert [line for line in named if "mia_arena" not in line] == []
    assert sum("mia_arena." in line for line in named) > 5
    for home in (site, ROOT):
        python(home, "-c", "\n".join(named), cwd=tmp_path)


def test_a_module_of_a_checkout_is_one_module_by_both_names():
    code = """
import mia_arena.attacks.base as inside
import attacks.base as beside
import mia_arena, attacks
from mia_arena.benchmarks.games import from_arrays
assert inside is beside and mia_arena.attacks is attacks
assert beside.__spec__.name == "attacks.base" and from_arrays.__name__ == "benchmarks.games.from_arrays"
try:
    import mia_arena.attacks.nowhere
except ModuleNotFoundError:
    print("not there")
"""
    assert python(ROOT, "-W", "error", "-c", code) == "not there\n"


@pytest.mark.parametrize(
    "words",
    [
        ["mia_arena", "speed"],
        ["mia_arena.benchmarks.speed.agreement", "data"],
        ["mia_arena.benchmarks.speed.forms"],
        ["mia_arena.benchmarks.speed.audit", "--other", sys.executable],
    ],
)
def test_speed_which_is_measured_by_tests_wants_a_checkout(site, tmp_path, words):
    done = started(site, "-m", *words, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "error: speed: expected a checkout of the repository, whose tests measure it, got an installed package; "
        "run `make speed` in a clone\n"
    )
    assert list(tmp_path.iterdir()) == []
