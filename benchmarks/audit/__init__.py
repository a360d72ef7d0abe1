"""Audit: how much one model of somebody's own gives away, from what it answered."""

from benchmarks.audit.auditing import Audit, audit

__all__ = ["Audit", "audit"]
