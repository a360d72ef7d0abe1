"""Markdown leaderboards: pure functions of records, the same bytes whenever they are made again."""

from benchmarks.leaderboard.board import leaderboard
from benchmarks.leaderboard.overall import overall

__all__ = ["leaderboard", "overall"]
