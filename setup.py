"""The wheel: all packages inside one, mia_arena, so that it never lies in the way of other people's `datasets`.

In a checkout, and installed as editable, they stand side by side. The wheel has the same files, in which imports and
strings that name our modules begin with ``mia_arena.``; no line moves. What belongs to no package is in pyproject.toml.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from setuptools import find_packages, setup
from setuptools.command.build_py import build_py

HOME = "mia_arena"
NAMES = ("attacks", "benchmarks", "datasets", "defenses", "models")
ROOT = Path(__file__).parent


def moved(source: str, modules: frozenset[str]) -> str:
    """`source` as it stands inside of `HOME`: each of its names of `modules`, dotted, begins with it.

    Raises ValueError on what cannot be told apart from other words: ``import attacks``, f"attacks.{name}".
    """
    lines = source.encode("utf-8").splitlines(keepends=True)
    places = sorted({*_imports(ast.parse(source), lines), *_strings(ast.parse(source), lines, modules)}, reverse=True)
    for row, column in places:
        lines[row] = lines[row][:column] + f"{HOME}.".encode() + lines[row][column:]
    return b"".join(lines).decode("utf-8")


def _imports(tree: ast.Module, lines: list[bytes]) -> Iterator[tuple[int, int]]:
    """(row, byte) of every module of ours that is imported, both from 0."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and not node.level and _ours(node.module or ""):
            row = node.lineno - 1
            match = re.compile(rb"from\s+").match(lines[row], node.col_offset)
            assert match
            yield row, match.end()
        elif isinstance(node, ast.Import):
            for alias in node.names:
                if _ours(alias.name) and not alias.asname:
                    raise ValueError(f"line {alias.lineno}: write from ... import, or import {alias.name} as ...")
                if _ours(alias.name):
                    yield alias.lineno - 1, alias.col_offset


def _strings(tree: ast.Module, lines: list[bytes], modules: frozenset[str]) -> Iterator[tuple[int, int]]:
    """(row, byte) of every string that names one of `modules`, as in ``"attacks.loss:Loss"``."""
    formatted = [node for node in ast.walk(tree) if isinstance(node, ast.JoinedStr)]
    for joined in formatted:
        first = joined.values[0] if joined.values else None
        if isinstance(first, ast.Constant) and re.fullmatch(rf"({'|'.join(NAMES)})\.", str(first.value)):
            raise ValueError(f"line {joined.lineno}: write __name__ or __package__ in the place of {first.value!r}")
    inside = {id(part) for node in formatted for part in node.values}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Constant) or not isinstance(node.value, str) or id(node) in inside:
            continue
        module, colon, _ = node.value.partition(":")
        if re.fullmatch(r"[\w.]+(:\w+)?", node.value) and ("." in module or colon) and module in modules:
            row = node.lineno - 1
            match = re.compile(rb"\w*(\"\"\"|'''|\"|')").match(lines[row], node.col_offset)
            assert match
            yield row, match.end()


def _ours(module: str) -> bool:
    return module.partition(".")[0] in NAMES


def modules(root: Path) -> frozenset[str]:
    """The names of all modules and packages of ours below `root`."""
    paths = [path.relative_to(root).with_suffix("") for name in NAMES for path in (root / name).rglob("*.py")]
    return frozenset(".".join(path.parts).removesuffix(".__init__") for path in paths)


class Moved(build_py):
    """Build all packages inside of one."""

    def run(self) -> None:
        """Copy, and rewrite what was copied."""
        super().run()
        known = modules(ROOT)
        for package, module, source in self.find_all_modules():
            target = Path(self.get_module_outfile(self.build_lib, package.split("."), module))
            try:
                text = moved((ROOT / source).read_text(encoding="utf-8"), known)
            except ValueError as error:
                raise ValueError(f"{source}: {error}") from error
            target.write_text(text, encoding="utf-8", newline="\n")


def main() -> None:
    """Set up, for an editable install as the folders stand."""
    found = find_packages(str(ROOT), include=[f"{name}{more}" for name in (*NAMES, HOME) for more in ("", ".*")])
    if {"editable_wheel", "develop"} & set(sys.argv):
        setup(packages=found)
        return
    within = {name: name if name.partition(".")[0] == HOME else f"{HOME}.{name}" for name in found}
    setup(
        packages=list(within.values()),
        package_dir={new: old.replace(".", "/") for old, new in within.items()},
        cmdclass={"build_py": Moved},
    )


if __name__ == "__main__":
    main()
