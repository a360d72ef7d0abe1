"""Markdown leaderboards: pure functions of records, the same bytes whenever they are made again."""
