"""The tables of the page. Pure functions of numbers."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.papers.hamp.keeping import completed
from benchmarks.papers.hamp.settings import ATTACKS_SHOWN, HAMP, ROWS, TITLES
from benchmarks.papers.kit import NOT_RUN, Numbers, Setting, Table, heading, markdown, percent, ratio
from benchmarks.papers.kit.about import any_about
from benchmarks.results.tables import word


def _sections(settings: Sequence[Setting], numbers: dict[str, Numbers], made: dict[str, str]) -> str:
    """A table a suite under its title; those that were not run are named."""
    lines = [
        f"**{heading(s, any_about(numbers[s.suite]))}**\n\n{made[s.suite]}" for s in settings if s.suite in numbers
    ]
    missing = [s.title for s in settings if s.suite not in numbers]
    return "\n\n".join(lines + [f"{NOT_RUN.capitalize()}: {', '.join(missing)}."] * bool(missing))


def _by(chosen: Sequence[str]) -> str:
    """Who is strongest, the most frequent first."""
    counts = sorted({name: chosen.count(name) for name in chosen}.items(), key=lambda of: (-of[1], of[0]))
    words = [TITLES.get(name, name) for name, _ in counts]
    return "; ".join(words[:2]) + (" ..." if len(words) > 2 else "")


def _summary(settings: Sequence[Setting], numbers: dict[str, Numbers]) -> str:
    """A row a defense: accuracy, and the strongest attack's rates."""
    made = {}
    for suite, run in _run(settings, numbers):
        rows = []
        for title in (t for t in ROWS if t in run):
            of = run[title]
            rows.append([title, *_strongest(of, of["leaders"])])
            if "fewer" in of:
                rows.append(
                    [f"{title}, {of['fewer']['references']} reference models", *_strongest(of, of["fewer"]["leaders"])]
                )
        heads = ["defense", "test accuracy", "TPR at .1 % FPR", "by", "TNR at .1 % FNR", "by"]
        made[suite] = "\n\n".join([markdown(rows, heads), *_unasked(run)])
    return _sections(settings, numbers, made)


def _strongest(of: Numbers, leaders: Numbers) -> list[str]:
    """The cells of one row."""
    cells = [percent(of["accuracy"]["test"])]
    for leader in (leaders["tpr"], leaders["tnr"]):
        cells += [percent(leader["of"]), _by(leader["chosen"])]
    return cells


def _unasked(run: Numbers) -> list[str]:
    """A sentence on the rows that some attack did not ask, though it asked HAMP; none where there are none."""
    asked = run.get(HAMP, {}).get("attacks", {})
    lacking = {t: [n for n in asked if n not in run[t]["attacks"]] for t in ROWS if t in run}
    rows = [t for t, names in lacking.items() if names]
    names = list(dict.fromkeys(f"`{name}`" for t in rows for name in lacking[t]))
    if not rows:
        return []
    return [f"These were not attacked by {', '.join(names)}: {', '.join(rows)}. Their rates may be too low."]


def _run(settings: Sequence[Setting], numbers: dict[str, Numbers]) -> list[tuple[str, Numbers]]:
    return [(s.suite, completed(numbers[s.suite])) for s in settings if s.suite in numbers]


def _matrix(key: str, settings: Sequence[Setting], numbers: dict[str, Numbers]) -> str:
    """A row an attack, a column a defense; several tables of five defenses where there are more."""
    made = {}
    for suite, run in _run(settings, numbers):
        titles = [t for t in ROWS if t in run]
        parts = []
        for start in range(0, len(titles), 5):
            shown = titles[start : start + 5]
            names = [n for n in ATTACKS_SHOWN if any(n in run[t]["attacks"] for t in shown)]
            rows = [[TITLES.get(n, n), *(_cell(run[t]["attacks"].get(n), key) for t in shown)] for n in names]
            parts.append(markdown(rows, ["attack", *shown]))
        made[suite] = "\n\n".join(parts)
    return _sections(settings, numbers, made)


def _cell(attack: Numbers | None, key: str) -> str:
    if attack is None or attack[key]["mean"] is None:
        return "-"
    return ratio(attack[key], 3) if key == "auc" else percent(attack[key])


def _cost(settings: Sequence[Setting], numbers: dict[str, Numbers]) -> str:
    """A row a defense: models, what they learnt, seconds of training a model, milliseconds a query; and what each says
    of itself.
    """
    made = {}
    for suite, run in _run(settings, numbers):
        rows, facts = [], []
        for title in (t for t in ROWS if t in run):
            of, about = run[title], run[title]["about"]
            each = about["seconds"] / max(about["models"], 1)
            query = "-" if of["query_seconds"] is None else f"{1000 * of['query_seconds']:.2f}"
            learnt = percent(of["accuracy"]["train"])
            cells = [about["trials"], about["references"], learnt, f"{each:.1f}", word(about["device"]), query]
            rows.append([title, *map(str, cells)])
            words = [f"`{of['defense']}`", *(f"{name} {_fact(value)}" for name, value in of["facts"].items())]
            facts.append(f"- {title}: {'; '.join(words)}.")
        heads = ["defense", "targets", "reference models", "train accuracy", "s a model", "on", "ms a query"]
        made[suite] = "\n\n".join([markdown(rows, heads), "\n".join(facts)])
    return _sections(settings, numbers, made)


def _fact(value: object) -> str:
    """A fact, or the range or the sentences of those of several targets; None is that of a target without it."""
    if not isinstance(value, list):
        return f"{value:.4g}" if isinstance(value, float) else str(value)
    known = [v for v in value if v is not None]
    numbers = [v for v in known if isinstance(v, int | float)]
    if numbers:
        return f"{min(numbers):.4g} to {max(numbers):.4g}"
    said = ", ".join(dict.fromkeys(map(str, known)))
    return said if len(known) == len(value) else f"{said} ({len(known)} of {len(value)} targets)"


def tables(suites: Sequence[str], measures: Sequence[str], block: str) -> dict[str, Table]:
    """The tables by name."""

    def table(caption: str, make: object) -> Table:
        return Table(caption=caption, suites=tuple(suites), measures=tuple(measures), block=block, make=make)  # type: ignore[arg-type]

    return {
        "table1": table("Accuracy, and the strongest attack on each defense", _summary),
        "table2": table("TPR at .1 % FPR", lambda s, n: _matrix("tpr", s, n)),
        "table3": table("TNR at .1 % FNR", lambda s, n: _matrix("tnr", s, n)),
        "table4": table("AUC", lambda s, n: _matrix("auc", s, n)),
        "table5": table("What each defense costs, and what it says of itself", _cost),
    }
