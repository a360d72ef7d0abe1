"""Cells and marks of a paper's tables. Pure functions of numbers."""

from __future__ import annotations

from collections.abc import Sequence

from tabulate import tabulate

from benchmarks.naming.wording import counted
from benchmarks.papers.kit.about import about_of
from benchmarks.papers.kit.paper import Numbers, Part, Setting
from benchmarks.results.tables import word

NOT_RUN = "not run"
NAMES = {"part": "training records a model"}  # of what a run may change, as a reader would say


def percent(interval: Numbers | None, digits: int = 1) -> str:
    """A share with its interval, in %; "-" where nobody is claimed."""
    if interval is None or interval["mean"] is None:
        return "-"
    mean, low, high = (100 * interval[k] for k in ("mean", "low", "high"))
    return f"{mean:.{digits}f} % [{low:.{digits}f}, {high:.{digits}f}]"


def ratio(interval: Numbers, digits: int = 4) -> str:
    """A number with its interval."""
    mean, low, high = (interval[k] for k in ("mean", "low", "high"))
    return f"{mean:.{digits}f} [{low:.{digits}f}, {high:.{digits}f}]"


def markdown(rows: Sequence[Sequence[str]], heads: Sequence[str], left: int = 1) -> str:
    """A markdown table, its first `left` columns flush left, the others right."""
    align = ["left"] * left + ["right"] * (len(heads) - left)
    return tabulate(rows, heads, "pipe", disable_numparse=True, colalign=align)


def reduced(about: Numbers | None) -> bool:
    """Whether a suite's run (its `about`, or None) had fewer models, epochs or records than the suite defines."""
    changed = about["changed"] if about else {}
    lost = about is not None and about.get("lost", 0) > 0
    return lost or any(k in changed and changed[k][1] < changed[k][0] for k in ("references", "epochs", "part"))


def heading(setting: Setting, about: Numbers | None, *marks: str) -> str:
    """The setting's title, marked where its run was reduced, and with a paper's own `marks`."""
    words = [*(["reduced"] if reduced(about) else []), *marks]
    return f"{setting.title} ({', '.join(words)})" if words else setting.title


def differences(part: Part, settings: dict[str, Setting], numbers: dict[str, Numbers]) -> list[str]:
    """What the runs behind a part have less, or other, than the paper or the suite; one line a suite."""
    lines = []
    for setting in (s for s in settings.values() if s.suite in part.suites and s.suite in numbers):
        found = about_of(numbers[setting.suite], part.block)
        if found is None:
            continue
        words = [
            f"{word(NAMES.get(k, k))} {now:,} instead of {was:,}" for k, (was, now) in sorted(found["changed"].items())
        ]
        most, own = setting.likelihood, found["likelihood"]
        if part.likelihood and most is not None and own is not None and own < most:
            words.append(f"{own} references for {part.likelihood} instead of {most}")
        if found.get("lost"):
            words.append(f"{counted(found['lost'], 'model')} could not be trained or asked")
        words += ["synthetic data, no record of it belongs to anybody"] if found["synthetic"] else []
        lines += [f"{setting.title}: {', '.join(words)}."] if words else []
    return lines
