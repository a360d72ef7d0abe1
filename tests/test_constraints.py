"""constraints.txt: the version of everything that an installation brings, as continuous integration runs it."""

import re
import tomllib
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PINNED = {
    canonicalize_name(pin[1]): pin[2]
    for pin in re.finditer(r"^([\w.-]+)==([^\s;]+)", (ROOT / "constraints.txt").read_text("utf-8"), re.MULTILINE)
}
INSTALLERS = {"pip", "setuptools"}


def needed():
    """Names of what pyproject.toml asks for, extras included, and of what that needs in turn, as far as installed."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = [line for lines in project["optional-dependencies"].values() for line in lines]
    waiting = [Requirement(line) for line in (*project["dependencies"], *extras)]
    found = set()
    while waiting:
        asked = waiting.pop()
        name = canonicalize_name(asked.name)
        if name in found or name in INSTALLERS:
            continue
        try:
            rest = map(Requirement, distribution(name).requires or ())
        except PackageNotFoundError:
            continue
        found.add(name)
        waiting += [
            r for r in rest if not r.marker or any(r.marker.evaluate({"extra": e}) for e in ("", *asked.extras))
        ]
    return found


def test_whatever_an_installation_brings_has_its_version():
    found = needed()
    assert {"torch", "joblib", "click"} <= found
    assert found - PINNED.keys() == set()
