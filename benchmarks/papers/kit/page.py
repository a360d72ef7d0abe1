"""Sections of a paper's page: verdicts, tables, figures and the commands that make them again. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from benchmarks.papers.kit.about import about_of, any_about
from benchmarks.papers.kit.cells import NOT_RUN, differences, heading, markdown, reduced
from benchmarks.papers.kit.claims import UNDECIDED, WORDS, Claim, Verdict, judge, together
from benchmarks.papers.kit.deciding import sentence
from benchmarks.papers.kit.jobs import LIRA
from benchmarks.papers.kit.paper import GROUPS, Figure, Numbers, Paper, Part, Table

JUDGED = {  # of GROUPS, over which a claim has a verdict, and the heads of their columns
    "paper": "the paper's data",
    "published": "as published",
    "further": "further real data",
}
HOME = "intervals.md"  # which every page links to
_HEADS = {  # what stands before the data sets of a group
    "paper": "",
    "reduced": "Parts of the paper's data:",
    "published": "As published:",
    "further": "Further real data:",
    "twin": "**Synthetic twins** (no real record):",
}


def placed(page: str, docs: Path) -> str:
    """A page as it stands in a folder. Words between [[ and ]] are of the published numbers: where the documentation is
    not beside it, they are left out, and links into it are words.
    """
    if (docs / HOME).exists():
        return re.sub(r"\[\[(.*?)\]\](?![(\]])", r"\1", page, flags=re.DOTALL)
    own = re.sub(r"\[\[.*?\]\](?![(\]])", "", page, flags=re.DOTALL)
    own = re.sub(r" +$", "", own, flags=re.MULTILINE)
    return re.sub(r"(?<!!)\[([^][]+)\]\((?!https?:)([^)]+)\)", _words, own)


def _words(link: re.Match[str]) -> str:
    place = f"docs/{link[2]}".removeprefix("docs/../")
    return f"{link[1]} (`{place}` of MIA Arena)"


def verdicts(paper: Paper, numbers: dict[str, Numbers]) -> str:
    """Two tables of verdicts: claims over all real data sets of the paper and further ones; data sets by claim.

    What was reduced is judged, but counts for nothing over all.
    """
    groups = groups_of(paper, numbers)
    judged = [judge(claim, numbers) for claim in paper.claims]
    rows = []
    for number, (claim, found) in enumerate(zip(paper.claims, judged, strict=True), 1):
        row = [str(number), f"{claim.text} ({claim.where})"]
        rows.append(row + [f"**{over(paper, found, numbers, group)}**" for group in groups])
    heads = ["", "claim", *(JUDGED[g] for g in groups)]
    shown = [s for s in paper.settings if s.suite in numbers]
    each = [
        [heading(s, any_about(numbers[s.suite])), *(of[s.suite].word if s.suite in of else "-" for of in judged)]
        for s in shown
    ]
    claims = ["claim", *(str(number) for number in range(1, len(judged) + 1))]
    tables = [markdown(rows, heads, len(heads)), markdown(each, claims, len(claims))]
    return "\n\n".join(tables[: 1 + bool(shown)])


def answer(paper: Paper, numbers: dict[str, Numbers]) -> str:
    """Which claims hold over the paper's data sets and over further ones, and which suites that leaves out."""
    judged = [judge(claim, numbers) for claim in paper.claims]
    lines = []
    for group in groups_of(paper, numbers):
        settings = paper.group(group)
        rest = [s.title for s in settings if s.suite not in numbers]
        part = [s.title for s in settings if s.suite in numbers and reduced(any_about(numbers[s.suite]))]
        void = {s.title: word for s in settings if (word := _void(s.suite, judged)) and s.title not in part}
        run = [s.title for s in settings if s.title not in [*rest, *part, *void]]
        words = [over(paper, found, numbers, group) for found in judged]
        numbered = {w: [str(i) for i, x in enumerate(words, 1) if x == w] for w in dict.fromkeys(words)}
        said = "; ".join(f"**{word}**: claim{'s' * (len(n) > 1)} {', '.join(n)}" for word, n in numbered.items())
        left_out = f"; reduced, and not counted: {', '.join(part)}" if part else ""
        left_out += "".join(f"; {word}, and not counted: {title}" for title, word in void.items())
        left_out += f"; not run: {', '.join(rest)}" if rest else ""
        lines.append(f"- On {GROUPS[group]} ({', '.join(run) or 'none'}{left_out}): {said}.")
    return "\n".join(lines)


def groups_of(paper: Paper, numbers: dict[str, Numbers]) -> list[str]:
    """The paper's data, and those other groups of which some suite was run."""
    run = [g for g in JUDGED if any(s.suite in numbers for s in paper.group(g))]
    return run if "paper" in run else ["paper", *run]


def _void(suite: str, judged: Sequence[dict[str, Verdict]]) -> str:
    """Why a suite decides nothing about any claim; "" where it decides, or was not run."""
    words = [found[suite].word for found in judged if suite in found]
    return words[0] if words and not set(words) & set(WORDS) else ""


def reasons(paper: Paper, numbers: dict[str, Numbers]) -> str:
    """Every claim, and on every data set the numbers that decided."""
    return "\n".join(_reasons(paper, i, claim, numbers) for i, claim in enumerate(paper.claims, 1))


def _reasons(paper: Paper, number: int, claim: Claim, numbers: dict[str, Numbers]) -> str:
    found = judge(claim, numbers)
    lines = [
        f"   - {paper.suites[s].title}: **{v.word}**. {v.why}.{_open(paper, claim, v, numbers[s])}"
        for s, v in found.items()
    ]
    return "\n".join([f"{number}. {claim.text}", *lines])


def _open(paper: Paper, claim: Claim, verdict: Verdict, run: Numbers) -> str:
    if verdict.word != UNDECIDED:
        return ""
    blocks = claim.blocks or tuple(paper.parts[part].block for part in claim.parts[:1])
    return sentence(verdict.open, *([about for block in blocks if (about := about_of(run, block))] or [any_about(run)]))


def table_section(paper: Paper, name: str, numbers: dict[str, Numbers]) -> str:
    """A table with its caption, for the paper's data, further real data and synthetic twins, and what is reduced."""
    part = paper.parts[name]
    assert isinstance(part, Table)
    sections = [f"### Table {name.removeprefix('table')}: {part.caption}"]
    for group, head in _HEADS.items():
        settings = [
            s for s in paper.group(group) if s.suite in part.suites and (group == "paper" or s.suite in numbers)
        ]
        made = part.make(settings, numbers) if settings else ""
        sections += [head, made] if made else []
    return "\n\n".join(section for section in [*sections, _differences(paper, part, numbers)] if section)


def figure_section(paper: Paper, name: str, numbers: dict[str, Numbers], image: str | None) -> str:
    """A figure with its caption and what is reduced; `image`: where it lies, None where it was not drawn."""
    number, part = name.removeprefix("figure"), paper.parts[name]
    assert isinstance(part, Figure)
    head, titles = f"### Figure {number}: {part.caption}", {s: paper.suites[s].title for s in part.suites}
    if image is None:
        return f"{head}\n\nLeft out: {', '.join(titles.values())} not run."
    missing = [title for suite, title in titles.items() if suite not in numbers]
    lines = [f"![Figure {number}]({image})"]
    lines += [f"Not run: {', '.join(missing)}."] if missing else []
    return "\n\n".join(line for line in [head, *lines, _differences(paper, part, numbers)] if line)


def _differences(paper: Paper, part: Part, numbers: dict[str, Numbers]) -> str:
    return "\n".join(f"- {line}" for line in differences(part, paper.suites, numbers))


def commands(paper: Paper, numbers: dict[str, Numbers]) -> list[str]:
    """The commands that make these numbers again, first for suites of which some parts are left out."""
    made: list[str] = []
    rest: dict[str, Numbers] = {}
    for suite, run in numbers.items():
        shown = {name: part for name, part in paper.parts.items() if suite in part.suites}
        missing = {part.block for part in shown.values() if about_of(run, part.block) is None}
        if missing:
            made.append(_command(paper, {suite: run}, ["--only", *_covering(paper, suite, missing)]))
        else:
            rest[suite] = run
    return made + ([_command(paper, rest, [])] if rest else [])


def _covering(paper: Paper, suite: str, missing: set[str]) -> list[str]:
    """The first parts that show all that is measured of a suite but for the `missing` blocks."""
    found: list[str] = []
    known: set[str] = set()
    for name, part in paper.parts.items():
        if suite in part.suites and part.block not in missing and set(part.measures) - known:
            found.append(name)
            known |= set(part.measures)
    return found


def _fewer(paper: Paper, suite: str, run: Numbers) -> int | None:
    """How many reference models the likelihood attacks had, where they had fewer than they have by themselves."""
    about = any_about(run)
    most, own = paper.suites[suite].likelihood, about["likelihood"]
    changed = about["changed"].get("references", ())[1:]
    return own if most is not None and own is not None and own < min([most, *changed]) else None


def _command(paper: Paper, numbers: dict[str, Numbers], more: list[str]) -> str:
    words = [f"python -m benchmarks.reproduce {paper.name} --suites", *numbers]
    found = {s: any_about(n) for s, n in numbers.items()}
    changes = []
    for s, a in found.items():
        changes += [f"{s}:{option}={now}" for option, (_, now) in sorted(a["changed"].items())]
        changes += [f"{s}:{LIRA}={fewer}"] if (fewer := _fewer(paper, s, numbers[s])) is not None else []
    words += ["--change", *changes] if changes else []
    seeds = {a["seed"] for a in found.values()} - {0}
    words += [f"--seed {seed}" for seed in sorted(seeds)]
    return " ".join([*words, *more, "--data DIR"])


def _counts(word: str, run: Numbers) -> bool:
    """Whether a suite's verdict counts over several."""
    return word in WORDS and not reduced(any_about(run))


def over(paper: Paper, found: dict[str, Verdict], numbers: dict[str, Numbers], group: str) -> str:
    """The verdict on a claim over all data of a group, from those on each suite."""
    whole = [
        verdict.word
        for suite, verdict in found.items()
        if paper.suites[suite].group == group and _counts(verdict.word, numbers[suite])
    ]
    return together(whole) if whole else NOT_RUN
