"""The section of docs/speed.md from the committed record. Pure."""

from __future__ import annotations

from statistics import median
from typing import Any

from tabulate import tabulate

TARGET = 0.5  # of the other's processor time, at most
WORDS = {
    "imports": "imports",
    "target": "training the target",
    "attack": "the attack, with its 20 shadow models",
    "training": "training, asking and storing 22 models",
    "playing": "the attack",
    "publishing": "board, record and plots",
    "rest": "reading data and planning",
    "start and end": "start and end of Python",
}


def section(audit: dict[str, Any]) -> list[str]:
    """Heading, what was done, the figures, and where the time goes."""
    ours, other = audit["seconds"]["ours"], audit["seconds"]["other"]
    ratios = [a / b for a, b in zip(ours, other, strict=True)]
    versions = audit["other_versions"]
    about = (
        f"Processor time (user and system, all threads) of whole processes, from the interpreter's start to its end: "
        f"`{audit['job']}` with an empty store, and LiRA of SACRO-ML {versions['sacroml']} by its public interface on "
        f"the same data, with as many records (299 members, 299 others) and scikit-learn's network of the same shape, "
        f"batch and epochs. Ours trains a shadow model beside target and 20 reference models, and ends with intervals, "
        f"a board and plots, SACRO-ML in its report. {len(ours)} rounds in turn after one to warm up, each "
        f"in an empty folder, since SACRO-ML takes shadow models that lie there for trained ones."
    )
    heads = ["", "least", "median", "greatest"]
    table = [
        [name, *(f"{of(values):.2f}{unit}" for of in (min, median, max))]
        for name, values, unit in (
            ("ours", ours, " s"),
            (f"SACRO-ML {versions['sacroml']}", other, " s"),
            ("ours / SACRO-ML, round by round", ratios, ""),
        )
    ]
    met = "met" if median(ratios) <= TARGET else "not met"
    return [
        "## A whole audit against SACRO-ML",
        about,
        tabulate(table, heads, "pipe", disable_numparse=True, colalign=("left", "right", "right", "right")),
        f"Target: at most {TARGET} of SACRO-ML's processor time: {met} ({median(ratios):.2f}).",
        _where(audit["parts"]),
        f"{audit['device']}. Ours: {_listed(audit['versions'])}. SACRO-ML: {_listed(versions)}. "
        "Made by `python -m benchmarks.speed.audit --other PYTHON`.",
    ]


def _where(parts: dict[str, dict[str, float]]) -> str:
    """Where the time goes, in one paragraph."""
    said = [f"{side}: {_parts(parts[key])}" for side, key in (("Ours", "ours"), ("SACRO-ML", "other"))]
    each = "seconds, measured from inside; the median of each part, so that parts need not sum to the above"
    return f"Where it goes ({each}). {'. '.join(said)}."


def _parts(seconds: dict[str, float]) -> str:
    order = sorted(seconds, key=lambda name: -seconds[name])
    return "; ".join(f"{WORDS[name]} {seconds[name]:.2f}" for name in order)


def _listed(versions: dict[str, str]) -> str:
    return ", ".join(f"{name} {value}" for name, value in sorted(versions.items()))
