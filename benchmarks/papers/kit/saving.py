"""Numbers on disk: one JSON file a suite, sealed with the paper's name and a digest, and checked when it is read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from benchmarks.papers.kit.about import About, abouts
from benchmarks.papers.kit.paper import Numbers, Paper
from benchmarks.results import files
from benchmarks.results.checking import checked, digest_of
from benchmarks.results.reading import BROKEN

SEAL = "seal"
FOLDER = "numbers"  # in the output


def text_of(paper: Paper, suite: str, run: Numbers) -> str:
    """What stands in the file: a line for each block. Raises ValueError on numbers that the paper cannot have."""
    plain = json.loads(json.dumps(run, allow_nan=False))
    check(paper, suite, plain)
    seal = {"paper": paper.name, "sha256": digest_of({"paper": paper.name, "numbers": plain})}
    whole = sorted({**plain, SEAL: seal}.items())
    return "{\n" + ",\n".join(f'"{k}": {json.dumps(v, sort_keys=True, allow_nan=False)}' for k, v in whole) + "\n}\n"


def save(paper: Paper, found: dict[str, Numbers], folder: Path) -> None:
    """Write each suite's numbers. Raises ValueError, OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    for suite, made in found.items():
        files.write(folder / f"{suite}.json", text_of(paper, suite, made))


def read_all(paper: Paper, folder: Path) -> dict[str, Numbers]:
    """The numbers of every suite that lie in a folder, in the paper's order. Raises ValueError as `read` does."""
    return {s: read(paper, path) for s in paper.suites if (path := folder / f"{s}.json").exists()}


def read(paper: Paper, path: Path) -> Numbers:
    """One suite's numbers. Raises ValueError, in one sentence, on a file that is damaged, edited or foreign."""
    try:
        run = json.loads(files.read(path).decode("utf-8"))
        if not isinstance(run, dict) or not isinstance(run.get(SEAL), dict):
            raise ValueError("they lack the seal that they were written with")
        seal = run.pop(SEAL)
        if seal["paper"] != paper.name:
            raise ValueError(f"they are of the paper {str(seal['paper'])[:40]!r}, expected {paper.name!r}")
        if seal["sha256"] != digest_of({"paper": paper.name, "numbers": run}):
            raise ValueError("they are not as they were written (the sha256 differs)")
        check(paper, path.stem, run)
    except BROKEN as error:
        line = " ".join(str(error).split())[:300] or type(error).__name__
        raise ValueError(f"{path}: holds no numbers of {paper.name}: {line}; delete it and measure again") from error
    return run


def check(paper: Paper, suite: str, run: Any) -> None:
    """Raise ValueError where numbers are not of the suite, of the paper's type, do not say what they were made with,
    lack some of what is measured together, or hold an interval upside down.
    """
    if checked(run, paper.numbers) != run:  # without what the type does not name
        raise ValueError("they have fields that this paper does not know")
    owned = {name for name in abouts(run) if name}
    if ("about" not in run and set(run) != owned) or not run:
        raise ValueError("they do not say what they were made with (there is no `about`)")
    for measure in paper.measures.values():
        missing = [name for name in measure.blocks if name not in run]
        if missing and len(missing) < len(measure.blocks):
            raise ValueError(f"they lack {', '.join(missing)}, which come with the rest")
    for about in abouts(run).values():
        checked(about, About)
        if about["suite"] != suite:
            raise ValueError(f"they are of the suite {about['suite']!r}, expected {suite!r}")
    for block in run.values():
        _sound(block)


def _sound(value: Any) -> None:
    """Intervals hold their middle; lists that stand side by side are of one length, and `edges` of one more. The lists
    of a recipe are settings, not numbers side by side.
    """
    children = [of for name, of in value.items() if name != "recipe"] if isinstance(value, dict) else value
    for child in children if isinstance(children, list) else ():
        _sound(child)
    if not isinstance(value, dict):
        return
    if {"low", "high"} <= value.keys():
        low, middle, high = ends = (value["low"], value.get("mean", value.get("difference")), value["high"])
        known = all(isinstance(end, int | float) for end in ends)
        if not all(end is None for end in ends) and not (known and low <= middle <= high):
            raise ValueError(f"expected low <= {middle} <= high, got {low} and {high}")
    lengths = {name: len(of) - (name == "edges") for name, of in value.items() if isinstance(of, list)}
    if len(set(lengths.values())) > 1 or 0 in lengths.values():
        raise ValueError(f"expected {', '.join(lengths)} of one length, got {', '.join(map(str, lengths.values()))}")
