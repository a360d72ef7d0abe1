"""Audit: how much one model of somebody's own gives away, from what it answered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from benchmarks.audit.auditing import Audit
    from benchmarks.audit.entry import audit

__all__ = ["Audit", "audit"]


def __getattr__(name: str) -> Any:
    """Load a public name when it is first asked for: the command's help needs neither torch nor numpy."""
    if name not in __all__:
        raise AttributeError(f"module 'benchmarks.audit' has no attribute {name!r}")
    from benchmarks.audit import auditing, entry

    return entry.audit if name == "audit" else auditing.Audit
