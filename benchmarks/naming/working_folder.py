"""Modules of the working folder, which ``python -m`` finds there and a console command does not."""

from __future__ import annotations

import os
import sys
from importlib.machinery import ModuleSpec, PathFinder
from typing import Any


class WorkingFolder:
    """Finds modules, and packages with an ``__init__.py``, in the working folder; for the end of `sys.meta_path`.

    Behind all other finders, so that nobody's own folder `datasets` or `models` comes before ours; as a place of
    `sys.path` it would come before those of an editable install.
    """

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        """Find a module that lies in no package; a folder without code is none."""
        found = PathFinder.find_spec(fullname, [os.getcwd()]) if path is None else None
        return found if found and found.origin else None


def found_here() -> None:
    """From now on, import modules of the working folder, too, unless Python was told not to (``python -P``)."""
    if not sys.flags.safe_path and not any(isinstance(finder, WorkingFolder) for finder in sys.meta_path):
        finder: Any = WorkingFolder()
        sys.meta_path.append(finder)
