"""Started as a program: `WHAT HOME SEED...` publishes in forked children, each killed at a moment drawn by its seed.

After each kill it looks as a reader does, runs the same command again, and looks whether all is new and nothing left.
"""

import contextlib
import io
import os
import random
import shutil
import signal
import sys
import time
from pathlib import Path

from invented import record
from matplotlib.figure import Figure

from benchmarks.leaderboard.__main__ import main as leaderboard
from benchmarks.papers import publishing as papers
from benchmarks.papers.kit import Figure as Drawn
from benchmarks.papers.kit import Measure, Models, Paper, Setting, Table
from benchmarks.report import placing
from benchmarks.report.__main__ import main as report
from benchmarks.report.publish import publish
from benchmarks.results import frames, writing
from benchmarks.results.exchange import UNFINISHED, finish
from benchmarks.results.files import alone_in
from benchmarks.training.executors import Here
from datasets import drafts

OLD = [record(attack=a, d=d, seed=1) for a, d in (("gap", 0.3), ("loss", 0.5), ("old", 0.1))]
NEW = [record(attack=a, d=d) for a, d in (("gap", 0.4), ("loss", 0.6), ("new", 0.2))]
ABOUT = {
    **{"suite": "digits", "epochs": 20, "references": 5, "likelihood": None, "trials": 2, "part": 299},
    **{"precision": "fp32", "network": "Mlp()", "changed": {}, "synthetic": False, "lossless": True},
    **{"source": "UCI", "digest": "0" * 64, "seed": 0, "models": 7, "seconds": 1.5, "device": "CPU", "versions": {}},
}


def quietly(call):
    """Its exit code, and what it said on stderr."""
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()) as said:
        return call(), said.getvalue()


def a_run(records, out):
    def do():
        out.mkdir(parents=True, exist_ok=True)
        with alone_in(out):
            finish(out)
            publish([(r, []) for r in records], out)
        return 0

    return quietly(do)


def a_report(records, out):
    """The files of a report, drawn in no time."""

    def do():
        out.mkdir(parents=True, exist_ok=True)
        with alone_in(out), drafts.folder(out) as draft:
            finish(out)
            for name in ("report.html", *(f"{kind}/{r.attack.name}.txt" for r in records for kind in placing.FOLDERS)):
                (draft / name).parent.mkdir(exist_ok=True)
                (draft / name).write_text(f"{name} {records[0].suite.seed}")
            placing.place(draft, out)
        return 0

    return quietly(do)


def boards(records, out):
    for suite in ("one", "two"):
        shutil.rmtree(out / suite / "records", ignore_errors=True)
        (out / suite / "records").mkdir(parents=True)
        for one in records:
            changed = record(suite, attack=one.attack.name, d=one.metrics["auc"].mean, seed=one.suite.seed)
            writing.write(changed, [], out / suite / "records")
    return quietly(lambda: leaderboard([str(out)]))


def a_paper(records, out):
    """Numbers, a table, a figure and a page of them, each with the seed in it."""
    auc = {"mean": records[0].suite.seed / 2, "low": 0.0, "high": 1.0}

    def text(settings, numbers):
        return f"| {numbers['digits']['auc']['mean']} |"

    def figure(suites, numbers):
        drawn = Figure()
        drawn.text(0, 0, text(suites, numbers))
        return drawn

    paper = Paper(
        name="tiny",
        settings=(Setting("digits", "Digits"),),
        models={"all": Models(lambda job, suite, pool: None)},
        measures={"main": Measure("all", lambda job, plan, store: None)},
        parts={
            "table1": Table(caption="AUC", suites=("digits",), make=text),
            "figure1": Drawn(caption="AUC", suites=("digits",), make=figure),
        },
        page=lambda numbers, drawn: f"{drawn} {text([], numbers)}",
    )

    papers.paper_of = lambda name: paper  # it is in no registry

    def do():
        out.mkdir(parents=True, exist_ok=True)
        papers.publish(paper, {"digits": {"about": ABOUT, "auc": auc}}, dict(paper.parts), out, out, Here())
        return 0

    return quietly(do)


WHATS = {"run": a_run, "report": a_report, "boards": boards, "paper": a_paper}


def told(folder):
    made = any((folder / name).exists() for name in ("leaderboard.md", "report.html", "tiny.md"))
    inputs = () if made else ("records",)
    files = [p for p in folder.rglob("*") if p.is_file() and p.parent.name not in inputs]
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in files}


def killed(do, out, rng):
    """Do it in a child that dies at a random moment, rather near the exchange; whether it did."""
    child = os.fork()
    if not child:
        with contextlib.suppress(BaseException):
            do(NEW, out)
        os._exit(0)
    near = rng.random() < 0.75
    end = time.monotonic() + 30
    while near and time.monotonic() < end and not (out / UNFINISHED).exists() and not os.waitpid(child, os.WNOHANG)[0]:
        pass
    time.sleep(rng.uniform(0, 0.004) if near else rng.uniform(0, 0.5))
    with contextlib.suppress(ProcessLookupError):
        os.kill(child, signal.SIGKILL)
    with contextlib.suppress(ChildProcessError):
        os.waitpid(child, 0)


def tried(what, home, seed):
    """What was found wrong, or how the kill left it."""
    do, rng = WHATS[what], random.Random(seed)
    for name, records in (("old", OLD), ("new", NEW), ("out", OLD)):
        code, said = do(records, home / name / "out")
        assert code == 0, said
    out = home / "out" / "out"
    old, new = told(home / "old" / "out"), told(home / "new" / "out")
    killed(do, out, rng)
    if (out / UNFINISHED).exists():
        state = "unfinished"
        if what == "run":
            code, said = quietly(lambda: report([str(out), "--output", str(home / "page")]))
            assert code == 2, f"the report took it: {said}"
            assert "run the same command again" in said
    else:
        now = {name: text for name, text in told(out).items() if ".draft-" not in name}
        state = "old" if now == old else "new"
        assert now in (old, new), f"a mixture: {sorted(now)}"
    code, said = do(NEW, out)
    assert code == 0, said
    assert told(out) == new
    assert not list(home.rglob(".*")), "something was left"
    assert what != "run" or (out / "results.csv").read_bytes() == frames.tidy(NEW).encode()
    shutil.rmtree(home)
    return state


if __name__ == "__main__":
    what, place, *seeds = sys.argv[1:]
    print(*(tried(what, Path(place) / seed, int(seed)) for seed in seeds))
