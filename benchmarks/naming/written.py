"""What the source of a plugin says of it, read without importing it: its words, its fields, what it declares."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from importlib.util import find_spec
from os.path import isfile
from pathlib import Path

from benchmarks.naming.loading import HOME, OURS

NOTHING = "no description"


@dataclass(frozen=True)
class Field:
    """A hyperparameter as it is written: its name, its type, and its default, None where it must be given."""

    name: str
    kind: str
    default: str | None


@dataclass(frozen=True)
class Written:
    """What is written of a class, a function or a value: its docstring, its fields, and its other plain attributes.

    An attribute that is worked out is told by the docstring of its property.
    """

    text: str = ""
    fields: dict[str, Field] = field(default_factory=dict)
    attributes: dict[str, object] = field(default_factory=dict)


def summary(target: str) -> str:
    """The first line of the docstring of ``package.module:Name``, or of a module, to the end of its sentence."""
    first, whole = read(target).text.partition("\n")[0], " ".join(read(target).text.partition("\n\n")[0].split())
    if not first or first.endswith("."):
        return first or NOTHING
    end = whole.find(". ", len(first))
    return whole if end < 0 else whole[: end + 1]


def read(target: str) -> Written:
    """What is written of ``package.module:Name``; nothing where its source cannot be found."""
    module, _, name = target.partition(":")
    tree = _tree(module)
    if tree is None:
        return Written()
    if not name:
        return Written(ast.get_docstring(tree) or "")
    for node, after in zip(tree.body, [*tree.body[1:], ast.Pass()], strict=True):
        if isinstance(node, ast.ClassDef) and node.name == name:
            return _class(node, module)
        if isinstance(node, ast.FunctionDef) and node.name == name:
            return Written(ast.get_docstring(node) or "")
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == name:
            return Written(ast.get_docstring(ast.Module([after], [])) or "")
    home = _imported(tree).get(name)
    return read(home) if home and home != target else Written()


def file_of(module: str) -> Path | None:
    """The source of a module; None where there is none. Only what is above it is looked up, not imported.

    Ours is where this file is: in a checkout another package may bring a `benchmarks` of its own.
    """
    top, *rest = module.split(".")
    if top in OURS and not HOME:
        folders, alone = [Path(__file__).parents[2] / top], ""
    else:
        try:
            spec = find_spec(top)
        except (ImportError, ValueError):
            return None
        if spec is None:
            return None
        folders, alone = [Path(folder) for folder in spec.submodule_search_locations or ()], spec.origin or ""
    places = [folder.joinpath(*rest) for folder in folders]
    files = [file for place in places for file in (place / "__init__.py", place.with_suffix(".py"))]
    files = files or [Path(alone)]
    return next((file for file in files if file.suffix == ".py" and isfile(file)), None)


@cache
def _tree(module: str) -> ast.Module | None:
    """The syntax of a module; None where there is no source of it, or none that can be read."""
    file = file_of(module)
    try:
        return ast.parse(file.read_text(encoding="utf-8")) if file else None
    except (OSError, ValueError, SyntaxError):
        return None


def _class(node: ast.ClassDef, module: str) -> Written:
    """What a class says, on top of what its bases say; its words are its own."""
    tree = _tree(module)
    assert tree is not None
    imported, fields, attributes = _imported(tree), dict[str, Field](), dict[str, object]()
    for base in reversed(node.bases):
        name = ast.unparse(base).partition("[")[0]
        inherited = read(imported.get(name, f"{module}:{name}"))
        fields |= inherited.fields
        attributes |= inherited.attributes
    settable = any("dataclass" in ast.unparse(of) for of in node.decorator_list)
    for name, kind, value in _assigned(node):
        if settable and kind and not kind.startswith(("ClassVar", "typing.ClassVar")):
            alias = _value(ast.Name(kind), tree, {}) if kind.isidentifier() else kind
            fields[name] = Field(name, str(alias), None if value is None else _default(value, tree, imported))
            attributes.pop(name, None)
        elif value is not None:
            fields.pop(name, None)
            attributes[name] = _value(value, tree, imported)
    worked_out = [n for n in node.body if isinstance(n, ast.FunctionDef) and n.decorator_list]
    attributes |= {n.name: (ast.get_docstring(n) or "").split("\n")[0] for n in worked_out}
    return Written(ast.get_docstring(node) or "", fields, attributes)


def _assigned(node: ast.ClassDef) -> Iterator[tuple[str, str, ast.expr | None]]:
    """(name, annotation, value) of what the body of a class assigns."""
    for line in node.body:
        if isinstance(line, ast.AnnAssign):
            yield ast.unparse(line.target), ast.unparse(line.annotation), line.value
        elif isinstance(line, ast.Assign):
            yield ast.unparse(line.targets[0]), "", line.value


def _default(value: ast.expr, tree: ast.Module, imported: dict[str, str]) -> str:
    """A default as one would type it: what ``field(default=...)`` holds, and the value of a constant."""
    if isinstance(value, ast.Call) and ast.unparse(value.func).endswith("field"):
        given = {word.arg: word.value for word in value.keywords}
        if "default" in given:
            return _default(given["default"], tree, imported)
        if "default_factory" in given:
            return f"{ast.unparse(given['default_factory'])}()"
    found = _value(value, tree, imported)
    if isinstance(found, bool | None):
        return str(found).lower()
    return str(found)


def _value(value: ast.expr, tree: ast.Module, imported: dict[str, str]) -> object:
    """A plain value, that of a constant of this or of another module too; of anything else, its source."""
    if isinstance(value, ast.Name):
        for line in tree.body:
            if isinstance(line, ast.Assign) and ast.unparse(line.targets[0]) == value.id:
                return _value(line.value, tree, imported)
        module, _, name = imported.get(value.id, "").partition(":")
        other = _tree(module) if module and name else None
        if other is not None and other is not tree:
            return _value(ast.Name(name), other, _imported(other))
    try:
        return ast.literal_eval(value)
    except ValueError:
        return ast.unparse(value)


def _imported(tree: ast.Module) -> dict[str, str]:
    """``module:Name`` by the name under which a module imports it."""
    lines = [line for line in tree.body if isinstance(line, ast.ImportFrom) and line.module and not line.level]
    return {of.asname or of.name: f"{line.module}:{of.name}" for line in lines for of in line.names}
