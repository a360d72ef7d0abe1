"""Membership inference attacks against defenses, from Python: run suites, play attacks, audit models, read results."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from attacks.check import check_attack
    from benchmarks.api.results import Results, load
    from benchmarks.api.running import Run, run, suite
    from benchmarks.audit.collecting import from_sklearn, from_torch, labels_of
    from benchmarks.audit.entry import audit
    from benchmarks.audit.refitting import refit
    from benchmarks.training.suites import listing as suites
    from datasets.pool import Pool
    from datasets.split import Rows, Split, Trial
    from defenses.check import check_defense
    from models.companion import Companion
    from models.fitting import fit
    from models.hooks import Privacy
    from models.task import Diverged

_HOMES = {
    "Companion": "models.companion:Companion",
    "Diverged": "models.task:Diverged",
    "Pool": "datasets.pool:Pool",
    "Privacy": "models.hooks:Privacy",
    "Results": "benchmarks.api.results:Results",
    "Rows": "datasets.split:Rows",
    "Run": "benchmarks.api.running:Run",
    "Split": "datasets.split:Split",
    "Trial": "datasets.split:Trial",
    "audit": "benchmarks.audit.entry:audit",
    "check_attack": "attacks.check:check_attack",
    "check_defense": "defenses.check:check_defense",
    "fit": "models.fitting:fit",
    "from_sklearn": "benchmarks.audit.collecting:from_sklearn",
    "from_torch": "benchmarks.audit.collecting:from_torch",
    "labels_of": "benchmarks.audit.collecting:labels_of",
    "load": "benchmarks.api.results:load",
    "refit": "benchmarks.audit.refitting:refit",
    "run": "benchmarks.api.running:run",
    "suite": "benchmarks.api.running:suite",
    "suites": "benchmarks.training.suites:listing",
}

__all__ = [
    "Companion",
    "Diverged",
    "Pool",
    "Privacy",
    "Results",
    "Rows",
    "Run",
    "Split",
    "Trial",
    "audit",
    "check_attack",
    "check_defense",
    "fit",
    "from_sklearn",
    "from_torch",
    "labels_of",
    "load",
    "refit",
    "run",
    "suite",
    "suites",
]

if not os.path.isdir(os.path.join(os.path.dirname(__file__), "attacks")):  # a checkout
    from mia_arena.beside import Beside

    sys.meta_path.insert(0, Beside())  # before the finder of files, which would make second modules of them


def __getattr__(name: str) -> Any:
    """Load a public name when it is first asked for: importing this alone loads nothing."""
    if name not in _HOMES:
        raise AttributeError(f"module 'mia_arena' has no attribute {name!r}")
    module, _, attribute = _HOMES[name].partition(":")
    return getattr(import_module(module), attribute)
