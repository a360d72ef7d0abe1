"""Who may import whom: mia_arena and benchmarks know all, defenses may know models, the rest know none of ours."""

import ast
import sysconfig
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
OURS = {"attacks", "benchmarks", "datasets", "defenses", "mia_arena", "models"}
ALLOWED = {
    "attacks": set(),
    "datasets": set(),
    "models": set(),
    "defenses": {"models"},
    "benchmarks": OURS - {"mia_arena"},
    "mia_arena": OURS,
}


def imported(source: str) -> set[str]:
    """Top-level names that a module imports, relative imports left out."""
    names = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        if isinstance(node, ast.ImportFrom) and node.level == 0:
            names.add((node.module or "").split(".")[0])
    return names


@pytest.mark.parametrize("package", sorted(OURS))
def test_package_imports_only_what_its_layer_may(package):
    files = list((ROOT / package).rglob("*.py"))
    assert files
    for path in files:
        wrong = imported(path.read_text()) & OURS - {package} - ALLOWED[package]
        assert not wrong, f"{path} imports {wrong}"


def test_the_check_sees_both_kinds_of_import():
    assert imported("import models.fit as f\nfrom datasets.pool import Pool\n") == {"models", "datasets"}


BELOW = {  # what folders of benchmarks may import of benchmarks beside themselves
    "statistics": {"naming"},
    "results": {"naming", "statistics"},
    "leaderboard": {"naming", "results", "statistics"},
    "report": {"leaderboard", "naming", "results", "statistics", "training.executors", "training.facts"},
    "training.executors": {"naming", "training.facts"},
    "training.facts": set(),
}


def parts_of_benchmarks(source):
    """The folders and files of benchmarks that a module imports; of a folder's, those that are named in BELOW."""
    names = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "benchmarks":
            steps = node.module.split(".")[1:]
            for name in ([*steps, alias.name] for alias in node.names):
                within = ".".join(name[:2])
                names.add(within if within in BELOW else name[0])
    return names


@pytest.mark.parametrize("folder", BELOW)
def test_a_folder_of_benchmarks_imports_only_what_its_layer_may(folder):
    home = ROOT / "benchmarks" / folder.replace(".", "/")
    files = list(home.rglob("*.py")) or [home.with_suffix(".py")]
    for path in files:
        wrong = parts_of_benchmarks(path.read_text(encoding="utf-8")) - {folder} - BELOW[folder]
        assert not wrong, f"{path} imports {wrong}"


def of_package(folder: Path) -> set[str]:
    """The names of a package's own modules and packages."""
    return {p.stem for p in folder.iterdir() if p.suffix == ".py" or (p / "__init__.py").is_file()} - {"__init__"}


@pytest.mark.parametrize("package", sorted(OURS))
def test_no_module_has_the_name_of_one_of_another_package_that_is_called_the_same(package):
    """opacus installs a package `benchmarks`: outside of a checkout's folder, both are one to `import`."""
    theirs = Path(sysconfig.get_path("purelib")) / package
    assert package != "benchmarks" or theirs.is_dir(), "opacus brings none any more: then this test may go"
    assert not theirs.is_dir() or not of_package(ROOT / package) & of_package(theirs)
