"""The tables of the page. Pure functions of numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from benchmarks.papers.kit import NOT_RUN, Numbers, Setting, Table, markdown, percent, ratio
from benchmarks.papers.which_attack.settings import (
    ALONE,
    FEW,
    HALF,
    ORDERS,
    REFERENCES,
    REFERRING,
    SIX,
    STAGES,
)

PUBLISHED = {  # TPR at 1 % FPR in %, 8 references, 4 of which saw a record: Brännvall 2026, Location, MLP of 3 layers
    "lira-online-uncentred": 34.4,
    "bavaria-n": 37.1,
    "bavaria-t": 35.1,
    "base": 22.5,
    "lira-common": 29.7,
    "lira-online": 11.0,
    "lira-offline-fixed": 26.1,
}
LOCATION = "location30-half"


def _cell(found: Numbers | None, key: str, write: Callable[[Numbers], str]) -> str:
    if found is None or found[key]["mean"] is None:
        return "-"
    text = write(found[key])
    return f"**{text}**" if key == "tpr" and found["tied"] else text


def _by_references(settings: Sequence[Setting], numbers: dict[str, Numbers]) -> str:
    """TPR at 1 % FPR, a table a suite: a row an attack, a column a number of references."""
    sections = []
    for setting in settings:
        run = numbers.get(setting.suite)
        if run is None:
            sections.append(f"{setting.title}: {NOT_RUN}.")
            continue
        rows = []
        for name in REFERRING:
            of = [run["by_references"].get(str(r), {}).get("attacks", {}).get(name) for r in REFERENCES]
            if any(of):
                rows.append([name, *(_cell(one, "tpr", percent) for one in of)])
        for name in (n for n in ALONE if n in run["alone"]):
            rows.append([name, _cell({**run["alone"][name], "tied": False}, "tpr", percent), *[""] * 6])
        heads = ["attack", *map(str, REFERENCES)]
        about = run["about"]
        said = (
            f"{setting.title}: {about['trials']} targets, {run['audited']:,} records each, test accuracy "
            f"{percent(run['accuracy']['test'])}, train accuracy {percent(run['accuracy']['train'])}."
        )
        sections.append(f"{said}\n\n{markdown(rows, heads)}")
    return "\n\n".join(sections)


def _areas(runs: list[Numbers], titles: list[str]) -> str:
    """AUC with FEW references, a row an attack, a column a suite."""
    rows = []
    for name in (*REFERRING, *ALONE):
        found = [_found(run, run["few"], name) for run in runs]
        if any(found):
            rows.append([name, *(_cell(of, "auc", lambda auc: ratio(auc, 3)) for of in found)])
    return markdown(rows, ["attack", *titles])


def _found(run: Numbers, references: int, name: str) -> Numbers | None:
    """What was measured of an attack with so many references, or of one that uses none."""
    made: Numbers | None = run["by_references"][str(references)]["attacks"].get(name) or run["alone"].get(name)
    return made


def _published(settings: Sequence[Setting], numbers: dict[str, Numbers]) -> str:
    """The published numbers at FEW references beside ours."""
    run = numbers.get(LOCATION)
    if run is None or run["few"] != FEW or LOCATION not in {s.suite for s in settings}:
        return ""
    own = run["by_references"][str(FEW)]["attacks"]
    rows = [[name, f"{there:.1f} %", _cell(own.get(name), "tpr", percent)] for name, there in PUBLISHED.items()]
    return markdown(rows, ["attack", "published", "ours"])


def verdict(difference: Numbers) -> str:
    """What an interval of first - second says."""
    if difference["difference"] is None:
        return "not resolved"
    return "first ahead" if difference["low"] > 0 else "second ahead" if difference["high"] < 0 else "not told apart"


def _points(of: Numbers) -> str:
    if of["difference"] is None:
        return "-"
    mean, low, high = (100 * of[k] for k in ("difference", "low", "high"))
    return f"{mean:+.1f} [{low:+.1f}, {high:+.1f}]"


def _orders(settings: Sequence[Setting], numbers: dict[str, Numbers]) -> str:
    rows = []
    for setting in (s for s in settings if s.suite in numbers):
        for a, b in ORDERS:
            found = numbers[setting.suite]["orders"].get(f"{a} - {b}")
            if found:
                rows.append([setting.title, a, b, _points(found), verdict(found)])
    return markdown(rows, ["data set", "first", "second", "points of TPR at 1 % FPR", ""], 3) if rows else ""


def _counts(of: Numbers) -> str:
    return f"{sum(of['tp'])} of {sum(of['tp']) + sum(of['fp'])}, {percent(of['precision'])}"


def _stages(settings: Sequence[Setting], numbers: dict[str, Numbers]) -> str:
    rows = []
    for setting in (s for s in settings if s.suite in numbers):
        found = numbers[setting.suite]["stages"]
        for stage in (s for s in STAGES if s in found):
            of = found[stage]
            gain = of["gain"]
            text = "-" if gain["difference"] is None else "{difference:+.1f} [{low:+.1f}, {high:+.1f}]".format(**gain)
            rows.append([setting.title, stage, _counts(of["alone"]), _counts(of["two_stage"]), text])
    return markdown(rows, ["data set", "score", "alone", "two-stage", "members, all targets"], 2) if rows else ""


def _costs(runs: list[Numbers], titles: list[str]) -> str:
    rows = []
    for name in (*REFERRING, *ALONE):
        found = [_found(run, max(map(int, run["by_references"])), name) for run in runs]
        if any(found):
            seconds = ["-" if of is None else f"{of['seconds']:.2f}" for of in found]
            rows.append([name, "R + 1" if name in REFERRING else "1", "1", *seconds])
    return markdown(rows, ["attack", "models beside the target", "queries a record", *(f"{t}, s" for t in titles)])


def _by_design(
    make: Callable[[list[Numbers], list[str]], str],
) -> Callable[[Sequence[Setting], dict[str, Numbers]], str]:
    """One table for each design, of the runs of its suites and their titles."""

    def table(settings: Sequence[Setting], numbers: dict[str, Numbers]) -> str:
        sections = []
        for design in (HALF, SIX):
            shown = [s for s in settings if s.suite in design and s.suite in numbers]
            if shown:
                sections.append(make([numbers[s.suite] for s in shown], [s.title for s in shown]))
        return "\n\n".join(sections)

    return table


TABLES = {
    f"table{number}": Table(caption=caption, suites=suites, make=make)
    for number, (caption, suites, make) in enumerate(
        [
            ("TPR at 1 % FPR by the number of reference models, half-split", HALF, _by_references),
            ("TPR at 1 % FPR by the number of reference models, six-split", SIX, _by_references),
            (f"AUC with {FEW} reference models, or all where there are fewer", HALF + SIX, _by_design(_areas)),
            (
                f"TPR at 1 % FPR on Location30, {FEW} references: published (Brännvall 2026), and ours",
                (LOCATION,),
                _published,
            ),
            (
                f"Orders that are published (Brännvall 2026), with {FEW} reference models or all where there are fewer",
                HALF,
                _orders,
            ),
            (
                f"Each score alone and behind membership exclusion, alpha = 98 %, at most {FEW} references",
                HALF + SIX,
                _stages,
            ),
            (
                "What an attack costs: models, queries, and seconds a game with all references",
                HALF + SIX,
                _by_design(_costs),
            ),
        ],
        1,
    )
}
