"""Tables 1 to 6 in the paper's layout, the paper's number before ours. Pure functions of numbers."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from tabulate import tabulate

from benchmarks.papers.hp_mia.protocol import LAMBDAS, PARTS, SETTINGS, Setting

Numbers = dict[str, Any]
PAPER = json.loads((Path(__file__).parent / "paper.json").read_text())
LABELS = {
    "c-loss": "C-Loss",
    "c-conf": "C-Conf",
    "lira-offline": "offline LiRA",
    "attack-r": "Ye et al.",
    "two-stage": "Two-stage",
    "two-stage-lira": "Two-stage (offline LiRA)",
    "loss": "Loss",
    "conf": "Conf",
    "mentr": "Mentr",
}
ROWS = ("c-loss", "c-conf", "lira-offline", "two-stage")  # of Tables 2 and 3
NOT_RUN = "not run"
LIKELIHOOD = ("table2", "table3", "table4", *(f"figure{n}" for n in (3, 4, 5, 6, 7, 8, 15, 16)))  # show these attacks


def percent(interval: Numbers | None, digits: int = 1) -> str:
    """A share with its interval, in %; "-" where nobody is claimed."""
    if interval is None or interval["mean"] is None:
        return "-"
    mean, low, high = (100 * interval[k] for k in ("mean", "low", "high"))
    return f"{mean:.{digits}f} % [{low:.{digits}f}, {high:.{digits}f}]"


def targets(run: Numbers) -> int:
    """How many targets the numbers of Tables 1-5 of a suite are of."""
    return len(run["attacks"]["two-stage"]["verdicts"]["0.9"]["tp"])


def count(verdict: Numbers) -> str:
    """TP a target, as the paper counts, with the interval of the recall; `*` where alpha was not reached."""
    number = len(verdict["tp"])
    each = verdict["members"] / number
    low, high = (each * verdict["recall"][k] for k in ("low", "high"))
    star = "" if verdict["reached"] else "*"
    return f"{sum(verdict['tp']) / number:.0f}{star} [{low:.0f}, {high:.0f}]"


def reduced(run: Numbers | None) -> bool:
    """Whether a suite's run (its "about", or None) had fewer references or epochs than the suite defines."""
    changed = run["changed"] if run else {}
    return any(k in changed and changed[k][1] < changed[k][0] for k in ("references", "epochs"))


def heading(setting: Setting, run: Numbers | None) -> str:
    """The setting's title, marked where its run was reduced."""
    return f"{setting.title} (reduced)" if reduced(run) else setting.title


def table(name: str, numbers: dict[str, Numbers], group: str) -> str:
    """One table (``"table4"``) for the settings of a group: "paper", "further" or "twin"; "" where it has none."""
    settings = [s for s in SETTINGS.values() if s.group == group and s.suite in PARTS[name].suites]
    if group != "paper":
        settings = [s for s in settings if s.suite in numbers]
    if not settings:
        return ""
    if name == "table6":
        heads = [heading(s, about(name, numbers.get(s.suite, {}))) for s in settings]
        return "\n\n".join(f"**{head}**\n\n{_lambdas(s, numbers)}" for head, s in zip(heads, settings, strict=True))
    rows = _MAKERS[name](settings, numbers)
    heads = ["", *([""] if len(rows[0]) > len(settings) + 1 else [])]
    heads += [heading(s, about(name, numbers.get(s.suite, {}))) for s in settings]
    left = len(heads) - len(settings)
    return tabulate(rows, heads, "pipe", disable_numparse=True, colalign=["left"] * left + ["right"] * len(settings))


def about(name: str, run: Numbers) -> Numbers | None:
    """What a suite's numbers for a table or figure were measured with; None where they were not."""
    if PARTS[name].lambdas:
        return run["lambdas"]["about"] if "lambdas" in run else None
    return run.get("about")


def differences(name: str, numbers: dict[str, Numbers]) -> list[str]:
    """What the runs behind a table or figure have less, or other, than the paper or the suite; one line a suite."""
    lines = []
    for setting in (s for s in SETTINGS.values() if s.suite in PARTS[name].suites and s.suite in numbers):
        found = about(name, numbers[setting.suite])
        if found is None:
            continue
        words = [f"{k} {now} instead of {was}" for k, (was, now) in sorted(found["changed"].items())]
        if name in LIKELIHOOD and found["likelihood"] < setting.likelihood:
            words.append(
                f"{found['likelihood']} references for offline LiRA and Ye et al. instead of {setting.likelihood}"
            )
        words += ["synthetic data, no record of it belongs to anybody"] if found["synthetic"] else []
        lines += [f"{setting.title}: {', '.join(words)}."] if words else []
    return lines


def _cells(
    settings: list[Setting], numbers: dict[str, Numbers], paper: dict[str, str], ours: Callable[[Numbers], str]
) -> list[str]:
    """One cell a setting: the `paper`'s number by suite, and `ours` of a suite's numbers."""
    cells = []
    for setting in settings:
        run = numbers.get(setting.suite, {})
        own = ours(run) if "attacks" in run else NOT_RUN
        cells.append(f"{paper[setting.suite]} / {own}" if setting.group == "paper" else own)
    return cells


def _accuracy(settings: list[Setting], numbers: dict[str, Numbers]) -> list[list[str]]:
    def ours(which: str, run: Numbers) -> str:
        return percent(run["accuracy"][which])

    rows = []
    for which in ("train", "test"):
        paper = {s: f"{v:g} %" for s, v in PAPER["table1_target_accuracy_percent"][which].items()}
        rows.append([f"{which} accuracy", *_cells(settings, numbers, paper, partial(ours, which))])
    return rows


# A row of Tables 2 and 3: its name, the paper's field, the paper's unit, and our form of a verdict.
_FORMS: tuple[tuple[str, str, str, Callable[[Numbers], str]], ...] = (
    ("TP", "tp", "", count),
    ("recall", "recall_percent", " %", lambda verdict: percent(verdict["recall"], 2)),
    ("precision", "precision_percent", " %", lambda verdict: percent(verdict["precision"])),
)


def _attacks(key: str, alpha: str, settings: list[Setting], numbers: dict[str, Numbers]) -> list[list[str]]:
    def ours(attack: str, form: Callable[[Numbers], str], run: Numbers) -> str:
        return form(run["attacks"][attack]["verdicts"][alpha])

    rows = []
    for attack in ROWS:
        for name, field, unit, form in _FORMS:
            paper = {s: f"{v[field]:g}{unit}" for s, v in PAPER[key][attack].items()}
            cells = _cells(settings, numbers, paper, partial(ours, attack, form))
            rows.append([LABELS[attack] if name == "TP" else "", name, *cells])
    return rows


def _auc(settings: list[Setting], numbers: dict[str, Numbers]) -> list[list[str]]:
    def ours(attack: str, run: Numbers) -> str:
        auc = run["attacks"][attack]["auc"]
        return f"{auc['mean']:.4f} [{auc['low']:.4f}, {auc['high']:.4f}]"

    rows = []
    for attack, known in PAPER["table4_auc"].items():
        paper = {s: f"{v:.4f}" for s, v in known.items()}
        rows.append([LABELS[attack], *_cells(settings, numbers, paper, partial(ours, attack))])
    return rows


def _uncalibrated(settings: list[Setting], numbers: dict[str, Numbers]) -> list[list[str]]:
    def ours(attack: str, run: Numbers) -> str:
        verdict = run["attacks"][attack]["verdicts"]["0.9"]
        return percent(verdict["precision"]) + ("" if verdict["reached"] else " *")

    rows = []
    for attack, known in PAPER["table5_alpha_0.90_precision_percent"].items():
        paper = {s: "-" if v is None else f"{v:g} %" for s, v in known.items()}
        rows.append([LABELS[attack], *_cells(settings, numbers, paper, partial(ours, attack))])
    return rows


def _lambdas(setting: Setting, numbers: dict[str, Numbers]) -> str:
    found = numbers.get(setting.suite, {}).get("lambdas", {}).get("rows", {})
    rows = []
    for spelling in LAMBDAS:
        train, test, tp, precision = PAPER["table6_l2_two_stage_alpha_0.90"][setting.suite][spelling]
        cells = [NOT_RUN] * 4
        if spelling in found:
            row = found[spelling]
            verdict = row["verdicts"]["0.9"]
            cells = [percent(row["accuracy"][k]) for k in ("train", "test")]
            cells += [count(verdict), percent(verdict["precision"])]
        known = (f"{train:g} %", f"{test:g} %", f"{tp:g}", f"{precision:g} %")
        rows.append([spelling, *(f"{k} / {c}" for k, c in zip(known, cells, strict=True))])
    heads = ["lambda", "train accuracy", "test accuracy", "TP", "precision"]
    return tabulate(rows, heads, "pipe", disable_numparse=True, colalign=["left"] + ["right"] * 4)


_MAKERS: dict[str, Callable[[list[Setting], dict[str, Numbers]], list[list[str]]]] = {
    "table1": _accuracy,
    "table2": partial(_attacks, "table2_alpha_0.98", "0.98"),
    "table3": partial(_attacks, "table3_alpha_1.00", "1"),
    "table4": _auc,
    "table5": _uncalibrated,
}
