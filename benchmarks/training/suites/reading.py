"""A suite from its TOML file. Networks and recipes are made when one suite is asked for, not to list them all."""

from __future__ import annotations

import re
import tomllib
from dataclasses import MISSING, fields
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.training.suites.suite import MOST, Own, Suite

if TYPE_CHECKING:
    from models import Recipe

HOME = Path(__file__).parent
FILES = (".npz", ".npy", ".csv", ".parquet")  # what `data` ends in where it is a file of one's own
LARGEST = 1 << 20  # bytes of a suite's file
_TYPES: dict[str, tuple[type, str]] = {
    "name": (str, "text"),
    "about": (str, "text"),
    "data": (str, "text"),
    "source": (str, "text"),
    "licence": (str, "text"),
    "synthetic": (bool, "true or false"),
    "network": (str, "text such as 'mlp(hidden=(256, 128))'"),
    "protocol": (str, "text such as 'six-split(part=500)'"),
    "references": (int, "a whole number"),
    "trials": (int, "a whole number"),
    "recipe": (dict, "a table"),
    "recipes": (dict, "a table of tables, one a defense"),
}
_NEEDED = ("data", "network", "protocol", "references", "trials", "recipe")


def listing() -> dict[str, str]:
    """Every built-in suite's name and what it is about, the default one first."""
    paths = sorted(HOME.glob("*.toml"), key=lambda path: path.stem)
    about = {path.stem: parsed(path).get("about", "") for path in paths}
    return {"digits": about.pop("digits"), **about}


def find(word: str, option: str = "--suite") -> Suite:
    """The suite of that name, or in that .toml file.

    Raises ValueError, in one sentence that names the option or the file, what was expected and the nearest choice.
    """
    if word.endswith(".toml"):
        return _read(Path(word))
    names = [path.stem for path in HOME.glob("*.toml")]
    if word not in names:
        raise ValueError(f"{option}: unknown suite {word!r}; {_nearest(word, names)}")
    return _built_in(word)


@cache
def _built_in(name: str) -> Suite:
    return _read(HOME / f"{name}.toml")


def _read(path: Path) -> Suite:
    try:
        return _suite(path, parsed(path))
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error


def parsed(path: Path) -> dict[str, Any]:
    """What a suite's file says, unchecked. Raises ValueError, in one sentence, on a file that is no TOML."""
    if not path.is_file():
        raise ValueError(f"expected a suite's file, got {'none' if path.exists() else 'nothing there'}")
    try:
        data = path.read_bytes()
        if len(data) > LARGEST:
            raise ValueError(f"more than {LARGEST} bytes")
        return tomllib.loads(data.decode("utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise ValueError(f"cannot be read as TOML ({' '.join(str(error).split())})") from error


def _suite(path: Path, given: dict[str, Any]) -> Suite:
    from benchmarks.training.suites.values import dataset_of, network_of, protocol_of

    _check(given)
    own = _own(path, given)
    name = given.get("name", path.stem)
    built_in = path.parent == HOME
    if not re.fullmatch(r"[A-Za-z0-9]+([_.-][A-Za-z0-9]+)*", name) or len(name) > 60:
        what = "name" if "name" in given else "the file's name, which is the suite's where it has no key name"
        raise ValueError(f"{what}: expected a-z, A-Z, 0-9, and single - _ . between them, got {name[:60]!r}")
    if not built_in and (HOME / f"{name}.toml").exists():
        raise ValueError(f"name: {name!r} is a built-in suite; give yours another name")
    return Suite(
        name=name,
        word=name if built_in else path.name,
        about=given.get("about", ""),
        dataset=own.path.name if own else dataset_of(given["data"]),
        network=network_of(given["network"], built_in),
        recipe=_recipe(given["recipe"]),
        protocol=protocol_of(given["protocol"], built_in),
        references=given["references"],
        trials=given["trials"],
        own=own,
        recipes=_recipes(given, built_in),
    )


def _check(given: dict[str, Any]) -> None:
    """Raise ValueError on a key that is unknown or missing, or a value of another type or out of range."""
    for key, value in given.items():
        if key not in _TYPES:
            raise ValueError(f"unknown key {key!r}; {_nearest(key, _TYPES)}")
        kind, expected = _TYPES[key]
        if type(value) is not kind:
            raise ValueError(f"{key}: expected {expected}, got {value!r}"[:300])
        if isinstance(value, str) and not (value.isprintable() and value.strip()):
            raise ValueError(f"{key}: expected one line of text, got {value!r}"[:300])
        if isinstance(value, int) and key in MOST and not 1 <= value <= MOST[key]:
            raise ValueError(f"{key}: expected a whole number from 1 to {MOST[key]}, got {str(value)[:60]}")
    missing = [key for key in _NEEDED if key not in given]
    if missing:
        raise ValueError(f"expected the key {missing[0]}: {_TYPES[missing[0]][1]}")


def _own(path: Path, given: dict[str, Any]) -> Own | None:
    """The file of one's own that `data` names, which lies beside the suite's file; None for a known data set."""
    told = [key for key in ("source", "licence", "synthetic") if key in given]
    if not given["data"].lower().endswith(FILES):
        if told:
            kinds = ", ".join(FILES)
            raise ValueError(
                f"{told[0]}: belongs beside a file of one's own ({kinds}), and data is {given['data']}: "
                f"name such a file, or leave {told[0]} out"
            )
        return None
    for key in ("source", "licence"):
        if key not in given:
            raise ValueError(f"expected the key {key}: in your words, the {key} of {given['data']}")
    return Own(path.parent / given["data"], given["source"], given["licence"], given.get("synthetic", False))


def _recipes(given: dict[str, Any], built_in: bool) -> dict[str, Recipe]:
    """The recipes of defenses: each a table of what differs from [recipe]."""
    from benchmarks.naming.registry import DEFENSES, demand

    found = {}
    for name, changes in given.get("recipes", {}).items():
        try:
            if "(" in name:
                raise ValueError(f"expected a name without fields, {name.partition('(')[0]}: it is of all its fields")
            if not built_in:
                demand(DEFENSES, name)
            if not isinstance(changes, dict):
                raise ValueError(f"expected a table, got {changes!r}"[:300])
            found[name] = _recipe({**given["recipe"], **changes})
        except ValueError as error:
            raise ValueError(f"recipes.{name}: {str(error).removeprefix('recipe: ')}") from error
    return found


def _recipe(given: dict[str, Any]) -> Recipe:
    from models import Recipe

    known = {field.name: field for field in fields(Recipe)}
    for key in given:
        if key not in known:
            raise ValueError(f"recipe: unknown key {key!r}; {_nearest(key, known)}")
    for key, field in known.items():
        if key not in given and field.default is MISSING:
            raise ValueError(f"recipe: expected the key {key}")
    try:
        recipe = Recipe(**{key: _plain(str(known[key].type), value) for key, value in given.items()})
    except TypeError as error:
        raise ValueError(f"recipe: expected plain values, got {given} ({error})"[:300]) from error
    if recipe.milestones and recipe.milestones[-1] > recipe.epochs:
        raise ValueError(f"recipe: milestones: expected epochs up to {recipe.epochs}, got {list(recipe.milestones)}")
    return recipe


def _plain(kind: str, value: Any) -> Any:
    if isinstance(value, list):
        return tuple(value)
    if isinstance(value, int) and abs(value) >= 1 << 31:
        raise ValueError(f"recipe: expected numbers below {1 << 31}, got {str(value)[:60]}")
    return float(value) if kind == "float" and type(value) is int else value


def _nearest(word: str, known: Any) -> str:
    from benchmarks.naming.nearest import nearest

    return nearest(word, known)
