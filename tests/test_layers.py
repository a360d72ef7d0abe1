"""Who may import whom: benchmarks knows all, defenses may know models, the rest know none of ours."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
OURS = {"attacks", "benchmarks", "datasets", "defenses", "models"}
ALLOWED = {
    "attacks": set(),
    "datasets": set(),
    "models": set(),
    "defenses": {"models"},
    "benchmarks": OURS,
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
