"""`mia_arena.attacks` in a checkout: the folder `attacks` beside this one, which a wheel has inside of it."""

from __future__ import annotations

from importlib import import_module
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

NAMES = ("attacks", "benchmarks", "datasets", "defenses", "models")


class Beside:
    """Finds and loads ``mia_arena.attacks.base`` as ``attacks.base``: one module, whichever name it is asked for by."""

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        """Find what begins with ``mia_arena.`` and one of `NAMES`."""
        home, _, name = fullname.partition(".")
        loader: Any = self  # which is no Loader by descent: importing that class takes longer than all else here
        return ModuleSpec(fullname, loader) if home == __package__ and name.split(".")[0] in NAMES else None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """Import it by its own name."""
        module = import_module(spec.name.partition(".")[2])
        spec.loader_state = module.__spec__
        return module

    def exec_module(self, module: ModuleType) -> None:
        """Give it back its own spec, which the import system has replaced; it was executed already."""
        assert module.__spec__
        module.__spec__ = module.__spec__.loader_state
