"""Who is found by which attack: the games of one defense, record by record, where they are kept beside the records."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from benchmarks.report.section import Section
from benchmarks.results import reading
from benchmarks.statistics.played import Played

RATE = 0.01  # of non-members that are called members
EXPOSED = 10  # records that are listed


@dataclass(frozen=True, eq=False)
class Found:
    """Of A attacks, the strongest first, in all games, which have N members together.

    `hits` (A, N) bool: whom each finds while at most `RATE` of the game's non-members score as high; `standing` (A, N):
    the share of these that a member scores above; `game` and `row` (N,): which game, and which of its records, from 0;
    `members`: of each game's n records (n,) bool.
    """

    attacks: list[str]
    hits: np.ndarray
    standing: np.ndarray
    game: np.ndarray
    row: np.ndarray
    members: list[np.ndarray]

    @cached_property
    def shared(self) -> np.ndarray:
        """(A, A): of the members that either of two attacks finds, the share that both find (Jaccard 1901); NaN where
        neither finds any.
        """
        both = self.hits.astype(float) @ self.hits.T.astype(float)
        sizes = self.hits.sum(1)
        either = sizes[:, None] + sizes[None] - both
        return np.where(either > 0, both / np.maximum(either, 1), np.nan)

    @cached_property
    def by(self) -> np.ndarray:
        """(N,): how many attacks find each member."""
        return np.asarray(self.hits.sum(0))

    @cached_property
    def alone(self) -> np.ndarray:
        """(A,): how many members each attack finds and no other does."""
        return np.asarray((self.hits & (self.by == 1)).sum(1))

    @cached_property
    def exposed(self) -> np.ndarray:
        """The most exposed members (at most EXPOSED), those that most attacks find, of equals by standing."""
        order = np.lexsort((self.row, self.game, -self.standing.mean(0), -self.by))
        return order[: min(EXPOSED, int((self.by > 0).sum()))]


def of(games: Sequence[tuple[str, Sequence[Played]]]) -> Found:
    """The attacks by name, each with its K games; the same records in the same games. Raises ValueError on others."""
    first = games[0][1]
    members = [played.member for played in first]
    hits, standing = [], []
    for name, played in games:
        if [len(p.member) for p in played] != [len(m) for m in members] or not all(
            np.array_equal(p.member, m) for p, m in zip(played, members, strict=True)
        ):
            raise ValueError(f"expected the same members in the games of {games[0][0]} and {name}, got others")
        pairs = [_game(p) for p in played]
        hits.append(np.concatenate([h for h, _ in pairs]))
        standing.append(np.concatenate([s for _, s in pairs]))
    row = np.concatenate([np.flatnonzero(m) for m in members])
    game = np.repeat(np.arange(len(members)), [int(m.sum()) for m in members])
    return Found([name for name, _ in games], np.array(hits), np.array(standing), game, row, members)


def _game(played: Played) -> tuple[np.ndarray, np.ndarray]:
    """Which members are found, and the share of the non-members that each scores above; ties count half."""
    scores, others = played.scores[played.member], np.sort(played.scores[~played.member])
    least = others[len(others) - 1 - int(RATE * len(others) + 1e-9)]
    below = (np.searchsorted(others, scores, "left") + np.searchsorted(others, scores, "right")) / 2
    return scores > least, below / len(others)


def against(section: Section, defense: str) -> Found | None:
    """Of one defense; None where the games of fewer than two of its attacks are kept. Raises ValueError."""
    games = []
    for record in section.run.against(defense):
        path = section.paths.get((defense, record.attack.name))
        played = reading.played(path, record) if path else None
        if played:
            games.append((record.attack.name, played))
    return of(games) if len(games) > 1 else None
