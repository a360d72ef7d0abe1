"""The command line: ``python -m benchmarks.reproduce hp-mia``: a paper's tables, figures and claims, measured again."""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import sys
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.naming.options import Parser, answered, whole
from benchmarks.naming.plugins import nearest
from benchmarks.papers.hp_mia import figures, numbers, page
from benchmarks.papers.hp_mia.protocol import PARTS, Job, Part, changes_of, jobs_of, measures, parts_of, suites_of
from benchmarks.report.publish import check_writable
from benchmarks.results import pictures, records
from benchmarks.training import runner
from benchmarks.training.plan import Plan
from benchmarks.training.store import Store
from benchmarks.training.suites import MOST

PAPERS = ("hp-mia",)
Numbers = dict[str, dict[str, Any]]


def main(arguments: list[str] | None = None) -> int:
    """Run the command; returns the exit code: 0 done, 1 some model or data set is missing, 2 unusable input."""
    return answered(
        lambda: _run(_parser().parse_args(arguments)),
        "interrupted; what is trained is stored, and the same command goes on from there",
    )


def _parser() -> argparse.ArgumentParser:
    parser = Parser(
        prog="python -m benchmarks.reproduce",
        description="Train what is missing, and write a paper's tables and figures, and a verdict on its claims.",
    )
    add = parser.add_argument
    add("paper", help="hp-mia")
    add("--only", nargs="+", default=[], metavar="PART", help="table1 to table6, figure3 to figure17 (default: all)")
    add("--suites", nargs="+", default=[], metavar="NAME", help="data sets with their networks (default: all)")
    add(
        "--lira-references",
        type=whole(2, MOST["references"]),
        metavar="R",
        help="at most so many for LiRA and Attack R (default: the paper's)",
    )
    add(
        "--change",
        nargs="+",
        default=[],
        metavar="SUITE:OPTION=N",
        help="references, trials or epochs of a suite, as in cifar10_wrn:epochs=20; tables say so",
    )
    add("--data", type=Path, metavar="DIR", help="folder of NAME.npz data sets")
    add("--store", type=Path, default=Path("store"), metavar="DIR", help="trained models' outputs (default: store)")
    add("--output", type=Path, default=Path("output/hp-mia"), metavar="DIR", help="default: output/hp-mia")
    add("--docs", type=Path, metavar="DIR", help="where the page and its images go (default: the output)")
    add("--device", default="auto", help="auto (default), cpu, cuda (all of them) or cuda:N")
    add("--seed", type=whole(0), default=0, help="of splits and models (default: 0)")
    add("--dry-run", action="store_true", help="say what would be trained and what is stored already")
    return parser


def _run(options: argparse.Namespace) -> int:
    parts, jobs = _checked(options)
    store, devices = Store(options.store), runner.devices_of(options.device)
    plans, missing = _loaded(jobs, options.data)
    if options.dry_run:
        for job, plan in plans.items():
            print(store.summary(f"{job.suite:<16} {job.kind}", [t.key for t in plan.trainings.values()]))
        return 1 if missing else 0
    for plan in plans.values():
        runner.discard_damaged(plan, store)
    if not plans:
        raise ValueError("--data: none of the data sets can be had, so there is nothing to reproduce")
    docs = options.docs or options.output
    for option, folder in (("--store", options.store), ("--output", options.output), ("--docs", docs)):
        check_writable(option, folder)
    failures = [f for job, plan in plans.items() for f in _train(job, plan, store, devices, options.data)]
    for failure in failures:
        print(f"failed: model {failure.model} under {failure.defense}: {failure.reason}", file=sys.stderr)
    _save(_measured(list(plans), parts, options.data, options.store), options.output / "numbers")
    publish(saved(options.output / "numbers"), parts, options.output, docs)
    return 1 if failures or missing else 0


def _checked(options: argparse.Namespace) -> tuple[dict[str, Part], list[Job]]:
    if options.paper not in PAPERS:
        raise ValueError(f"unknown paper {options.paper!r}; {nearest(options.paper, PAPERS)}")
    parts, suites, changes = parts_of(options.only), suites_of(options.suites), changes_of(options.change)
    for suite in changes:
        if suite not in suites:
            raise ValueError(f"--change: {suite} is not among the chosen --suites: {', '.join(suites)}")
    jobs = jobs_of(parts, suites, options.lira_references, changes, options.seed)
    if not jobs:
        raise ValueError(f"--only: {', '.join(parts)} shows none of the suites {', '.join(suites)}")
    return parts, jobs


def _loaded(jobs: list[Job], data: Path | None) -> tuple[dict[Job, Plan], list[str]]:
    """The plans of the jobs whose data can be had, and the suites of the others, which are left out."""
    plans: dict[Job, Plan] = {}
    missing: list[str] = []
    for job in jobs:
        if job.suite in missing:
            continue
        try:
            plans[job] = job.load(data)
        except (ValueError, OSError) as error:
            print(f"left out: {job.suite}: {error}", file=sys.stderr)
            missing.append(job.suite)
    return plans, missing


def _train(job: Job, plan: Plan, store: Store, devices: list[str], data: Path | None) -> list[runner.Failure]:
    if len(devices) == 1:
        return runner.train(plan, store, devices[0])
    return runner.train_on(devices, plan, store, partial(_train_share, job, data, store.root))


def _train_share(job: Job, data: Path | None, root: Path, device: str, keys: list[str], place: int) -> Any:
    return runner.train(job.load(data), Store(root), device, keys, place)


def _measured(jobs: list[Job], parts: dict[str, Part], data: Path | None, root: Path) -> Numbers:
    """The numbers that `parts` show, of every suite; as many at the same time as there are cores."""
    tasks = [(job, what) for job in jobs for what in measures(job, parts)]
    workers = min(len(tasks), os.cpu_count() or 1)
    if workers == 1:
        results = [_measure(job, what, data, root) for job, what in tasks]
    else:
        with ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn")) as pool:
            running = [pool.submit(_measure, job, what, data, root) for job, what in tasks]
            results = [run.result() for run in running]
    found: Numbers = {}
    for (job, what), made in zip(tasks, results, strict=True):
        if made is None:
            print(f"no trial of {job.suite} is complete ({what}); it has no numbers", file=sys.stderr)
            continue
        found.setdefault(job.suite, {}).update(made if what == "main" else {what: made})
    return found


def _measure(job: Job, what: str, data: Path | None, root: Path) -> Any:
    measure = {"main": numbers.main, "by_references": numbers.by_references, "lambdas": numbers.lambdas}
    return measure[what](job, job.load(data), Store(root))


def _save(found: Numbers, folder: Path) -> None:
    """Write each suite's numbers; what an earlier run measured of other parts stays."""
    folder.mkdir(exist_ok=True)
    for suite, made in found.items():
        path = folder / f"{suite}.json"
        whole = {**(json.loads(path.read_text()) if path.exists() else {}), **made}
        lines = [f'"{k}": {json.dumps(v, sort_keys=True, allow_nan=False)}' for k, v in sorted(whole.items())]
        records.write_text(path, "{\n" + ",\n".join(lines) + "\n}\n")


def saved(folder: Path) -> Numbers:
    """The numbers of every suite in a folder. Raises ValueError on a damaged file."""
    found = {}
    for suite in suites_of([]):
        path = folder / f"{suite}.json"
        if path.exists():
            try:
                found[suite] = json.loads(path.read_text())
            except ValueError as error:
                raise ValueError(f"{path}: is not JSON ({error}); delete it and measure again") from error
    return found


def publish(found: Numbers, parts: dict[str, Part], output: Path, docs: Path) -> None:
    """Print the tables and verdicts, and write tables and figures; the page too, when nothing was left out."""
    images = docs / "images" / "hp-mia"
    for folder in (output / "tables", images):
        folder.mkdir(parents=True, exist_ok=True)
    drawn = []
    for name in parts:
        if name.startswith("table"):
            text = page.table_text(name, found)
            print(text + "\n")
            records.write_text(output / "tables" / f"{name}.md", text + "\n")
            continue
        figure = figures.draw(name, found)
        if figure is None:
            print(f"{name}: left out, none of its data sets was run", file=sys.stderr)
            (images / f"{name}.png").unlink(missing_ok=True)
            continue
        pictures.save(figure, images / f"{name}.png")
        drawn.append(name)
    print(page.verdicts(found))
    if len(parts) == len(PARTS):
        records.write_text(docs / "hp-mia.md", page.page(found, drawn))
    print(f"written: tables in {output / 'tables'}, figures in {images}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
