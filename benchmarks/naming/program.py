"""How a user calls the command here, for commands that are shown to be copied."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

NAME = "mia-arena"


def program() -> str:
    """``mia-arena`` where a shell finds it, else its place in this environment, else this Python with ``-m``.

    A place below the working folder is as one types it there, ``.venv/bin/mia-arena``.
    """
    scripts = Path(sys.executable).parent
    ours, found = shutil.which(NAME, path=str(scripts)), shutil.which(NAME)
    if ours and found and os.path.samefile(ours, found):
        return NAME
    return _typed(Path(ours)) if ours else f"{_typed(Path(sys.executable))} -m mia_arena"


def _typed(place: Path) -> str:
    here = Path.cwd()
    typed = str(place.relative_to(here) if here in place.parents else place)
    return f'"{typed}"' if " " in typed else typed
