"""What a terminal shows of a reproduction: each claim, its verdict, and where it got it. Pure."""

from __future__ import annotations

from benchmarks.naming.consoles import Line
from benchmarks.papers.kit.about import any_about
from benchmarks.papers.kit.cells import heading
from benchmarks.papers.kit.claims import judge
from benchmarks.papers.kit.page import JUDGED, groups_of, over
from benchmarks.papers.kit.paper import Numbers, Paper
from benchmarks.results.screens import LINES, WIDTH, wrapped

INDENT = "   "


def screen(paper: Paper, numbers: dict[str, Numbers], width: int = WIDTH) -> list[Line]:
    """Every claim with its verdicts over all data and, where there is room, on each data set that was run."""
    groups, lines = groups_of(paper, numbers), [Line(f"The claims of {paper.name}", "head")]
    for each in (True, False):
        made = []
        for number, claim in enumerate(paper.claims, 1):
            found = judge(claim, numbers)
            said = [f"{JUDGED[group]}: {over(paper, found, numbers, group)}" for group in groups]
            made += wrapped(f"{number}. {claim.text} ({claim.where})", width, 3, indent=INDENT)
            made += wrapped("; ".join(said), width, 2, "head", INDENT, INDENT)
            by_word: dict[str, list[str]] = {}
            for suite, verdict in found.items() if each else ():
                by_word.setdefault(verdict.word, []).append(heading(paper.suites[suite], any_about(numbers[suite])))
            where = " | ".join(f"{word}: {'; '.join(titles)}" for word, titles in by_word.items())
            made += wrapped(where, width, 3, "dim", INDENT, INDENT) if where else []
        if len(lines) + len(made) <= LINES:
            break
    return lines + made
