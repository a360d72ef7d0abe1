"""docs/capacity.md and its figure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import inf

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from benchmarks.capacity import costs, recorded
from benchmarks.capacity.planning import LATENCY, MACHINE, SLOW, Row
from benchmarks.capacity.recorded import MODELS, Like, Suite
from benchmarks.report.style import INK, MUTED, SERIES
from benchmarks.training.claims import EXPIRY, RENEWAL
from benchmarks.training.pulling import LONGEST

EFS = "https://docs.aws.amazon.com/efs/latest/ug/performance.html"
QUOTA = "https://docs.aws.amazon.com/efs/latest/ug/limits.html"
FSX = "https://docs.aws.amazon.com/fsx/latest/APIReference/API_FileSystemLustreMetadataConfiguration.html"
S3 = "https://repost.aws/knowledge-center/http-5xx-errors-s3"
WRITES = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-requests.html"
SYSTEMS = (  # looks and changes a second, and who says so
    ("NFS: Amazon EFS, bursting", "35,000", "7,000", f"[vendor's limit]({EFS})"),
    ("NFS: Amazon EFS, provisioned", "55,000", "25,000", f"[vendor's limit]({EFS})"),
    ("NFS: Amazon EFS, elastic", "90,000 to 250,000", "50,000", f"[vendor's default quota]({QUOTA})"),
    ("Lustre: Amazon FSx, smallest to largest", "1,500 to 192,000", "the same", f"[vendor's limit, all kinds]({FSX})"),
    (
        "Lustre 2.5, one metadata server of disks",
        "400,000",
        "15,000 creates, 19,000 folders, 70,000 to 100,000 removals",
        "vendor's measurement: mdtest, 120 to 240 threads (Dell Storage for HPC with Intel Enterprise Edition for "
        "Lustre, figures 12 and 13)",
    ),
    ("Object store: Amazon S3, one prefix", "5,500", "3,500", f"[vendor's least]({S3})"),
)

TEXT = """# How many devices

This page is simulated. `python -m benchmarks.capacity` makes it from recorded training times; no cluster of this size
has run it. How to work on several machines is in [machines.md](machines.md).

The leaderboard: {suites} suites, {defenses} defenses, {models} models of each suite under each defense, {all:,} models
in all, of which {share:.0%} take times that were recorded of just such models ({recorded:,} were). 25 attacks ask
{asked} query sets of {targets} targets, {other} of the other models. The suites are trained one after another, as one
command each does it. Machines have {machine} devices. What stands for what:

- Of the {suites} suites {kinds} are recorded, the others are the first of these again, drawn anew. Each is simulated on
  devices of the kind that its record is of: an H200 for images, two threads of a CPU for the rest.
- A defense that a suite has no record of takes as many times longer than the suite's models without it as on
  Location30. {alike} are taken to cost what none costs.
- The seconds of a model are those of the cohort in which it was trained. On a GPU a narrow cohort costs more a model
  than a wide one ([speed.md](speed.md)): with many devices, cohorts are narrower than those recorded, and the figures
  for H200s are too good. What took over {still:g} times the median had stood still, and is taken as long as the median.
- Playing attacks is left out: it needs no device, and its jobs are handed out without the store.
- So is the start of a worker, about 2 s: one and two real processes on two cores took 9.1 and 7.4 s for a small job on
  digits, simulated 7.3 and 5.5 s (`pytest -m slow -s tests/benchmarks/capacity`).

{suites_table}

## Without accidents

{plain}

Efficiency is the time in stored models over devices times time. An operation is a call that names a file or folder of
the store; the file system answers each after {latency:g} ms (rough) and as many a second as are asked.

![Time, and operations a second, by devices](images/capacity.png)

What is lost with 512 devices is the end of a suite: there are {most} models a cohort, about two cohorts a worker, and
whoever is done waits for the longest.

## Stragglers, deaths, expiry

{accidents}

Stragglers: {slow:.0%} of the devices take {times:g} times as long. They hold up a suite by a cohort each, and nobody
takes it over: a claim ends with its worker, not with its patience. Deaths: each worker dies once a day, or once an
hour, at random, and another one begins on the device after 30 s. Lost is the time of devices in cohorts that died.
On its machine a death is seen at the next look of another worker. Elsewhere it takes {expiry:g} s
from the first look that sees the last sign of life, so a claim is idle for {expiry:g} to {late:g} s; where other
models are free this holds up nobody, at the end of a suite it holds up all. A worker's third death in a suite ends the
command, which is then given again: the last column counts how often.

## The store

What the real loop asks of the file system is counted in the tests, and the simulator must count the same:

{operations}

Looks grow with workers times models: before each cohort, and every 2 s while it waits, a worker looks at every model
that is not stored, and tries the claim of every one that another has. Listings of `models/` and `outputs/`, one for
each entry that is stored, grow with what the store holds; {page:,} names count as one operation (rough). The command
that watches adds 3 looks a model and second.

What file systems do, for comparison. The numbers are vendors' own, of their best case; those of one server with NFS
lie below:

{systems}

The same leaderboard, on a store that does no more than so many operations a second:

{rates}

{limit}

## What an object store would need

- A claim is an atomic rename of a folder. In an object store it is a conditional put ("only if it is not there":
  [`If-None-Match`]({writes}) of S3, `ifGenerationMatch=0` of Google's): one request instead of {take:g} operations.
  To take over a dead worker's claim is a put on condition that it is still the same one (`If-Match`).
- An entry is complete when it is renamed. There is no rename of folders: data files are put first, and `facts.json`
  last, on condition that it is not there. An entry is there when `facts.json` is.
- No locks: a death on the same machine is seen as late as elsewhere, after {expiry:g} s. A sign of life is a put every
  15 s a worker: {signs:.0f} a second with 512.
- No look at each model in the loop: with {get:,} reads a second a prefix, {share_get:.0f} workers that look at 1,792
  models every 2 s are all that it answers. One listing of `models/` and one of `claims/` (1,000 names a request) tell
  the same in 4 requests. This is worth as much on NFS and Lustre, and is the first thing to do before 512 devices.
- Workers that begin their search at different models, and do not try claims that a listing showed as held.
"""


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, [":--", *["--:"] * (len(head) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _time(seconds: float) -> str:
    return f"{seconds / 3600:.1f} h" if seconds >= 7200 else f"{seconds / 60:.0f} min"


def _taken(row: Row) -> tuple[str, str]:
    return _time(row.seconds), f"{row.efficiency:.0%}"


def _mean(row: Row) -> str:
    return f"{row.operations / row.seconds:,.0f}"


def page(likes: Sequence[Like], suites: Sequence[Suite], rows: Sequence[Row]) -> str:
    """The page, from what was recorded, planned and simulated."""
    plain = [row for row in rows if row.what == "as recorded" and row.rate == inf]
    least = [next(r for r in plain if r.devices == devices) for devices in (64, 512)]
    every = sum(suite.models for suite in suites)
    head = ("devices", "time", "efficiency", "operations a second, mean", "in the busiest second")
    told = [(f"{r.devices}", *_taken(r), _mean(r), f"{r.peak:,.0f}") for r in plain]
    accidents = [
        (f"{r.what}, {r.devices} devices", *_taken(r), f"{r.deaths}", f"{r.lost / r.work:.2%}", f"{r.refused}")
        for r in sorted([*least, *(row for row in rows if row.what != "as recorded")], key=lambda row: row.devices)
    ]
    limited = [
        (f"{r.devices} devices, {'any number' if r.rate == inf else f'{r.rate:,.0f}'}", *_taken(r), _mean(r))
        for r in sorted([*least, *(row for row in rows if row.rate < inf)], key=lambda row: (row.devices, -row.rate))
    ]
    kinds = len({(like.dataset, like.network) for like in likes})
    return TEXT.format(
        suites=len(suites),
        defenses=len(suites[0].groups),
        models=MODELS,
        all=every,
        share=sum(suite.recorded for suite in suites) / every,
        recorded=sum(like.models for like in likes),
        asked=recorded.ASKED[True],
        other=recorded.ASKED[False],
        targets=recorded.TARGETS,
        machine=MACHINE,
        kinds=min(kinds, len(suites)),
        alike=", ".join(recorded.AS_NONE[:-1]) + f" and {recorded.AS_NONE[-1]}",
        still=recorded.STILL,
        suites_table=_table(
            ("suite", "device of the record", "hours of one device", "models with times of their own kind"),
            [
                (s.name, s.device, f"{sum(sum(g.seconds) for g in s.groups) / 3600:.1f}", f"{s.recorded} of {s.models}")
                for s in suites
            ],
        ),
        plain=_table(head, told),
        latency=1000 * LATENCY,
        most=-(-suites[0].models // 1024),
        accidents=_table(("", "time", "efficiency", "deaths", "lost, of the work", "commands ended"), accidents),
        slow=SLOW[0],
        times=SLOW[1],
        expiry=EXPIRY,
        late=EXPIRY + RENEWAL + LONGEST,
        operations=_operations(),
        page=costs.PAGE,
        systems=_table(("", "looks a second", "changes a second", "who says so"), SYSTEMS),
        rates=_table(("operations a second", "time", "efficiency", "asked a second, mean"), limited),
        limit=_limit(rows),
        writes=WRITES,
        take=sum(costs.TAKE),
        signs=512 / RENEWAL,
        get=5500,
        share_get=5500 / (1792 / 2 * sum(costs.LOOK)),
    )


def _operations() -> str:
    """What each step of the real loop asks of the file system."""
    steps = {
        "a look at a model of the list": costs.LOOK,
        "a claim taken, and given back": costs.TAKE + costs.RELEASE,
        "a claim that a worker of the same machine has": costs.LOST[True],
        "a claim that a worker elsewhere has": costs.LOST[False],
        "a model stored": costs.MODEL,
        "its answer to a query set stored": costs.QUESTION,
        f"a sign of life, every {RENEWAL:g} s": costs.RENEW,
    }
    rows = [(what, *(f"{number:g}" for number in cost)) for what, cost in steps.items()]
    return _table(("", "looks", "listings", "changes"), rows)


def _limit(rows: Sequence[Row]) -> str:
    """At how many devices each of the rates is the limit: where it costs over a tenth of the time."""
    free = {r.devices: r.seconds for r in rows if r.what == "as recorded" and r.rate == inf}
    said = []
    for rate in sorted({r.rate for r in rows if r.rate < inf}):
        over = [r for r in rows if r.rate == rate and r.seconds > 1.1 * free[r.devices]]
        first = min(over, key=lambda r: r.devices, default=None)
        said.append(
            f"With {rate:,.0f} a second the store is the limit at {first.devices} devices, where the leaderboard takes "
            f"{first.seconds / free[first.devices]:.1f} times as long as with any number."
            if first
            else f"With {rate:,.0f} a second it is not the limit up to 512 devices."
        )
    return "\n".join(said)


def figure(rows: Sequence[Row]) -> Figure:
    """Time and operations a second against devices, both axes logarithmic."""
    plain = [row for row in rows if row.what == "as recorded" and row.rate == inf]
    at = [row.devices for row in plain]
    grid, (left, right) = plt.subplots(1, 2, figsize=(10, 4))
    left.plot(at, [r.seconds / 3600 for r in plain], "o-", color=SERIES[0], label="as recorded")
    left.plot(at, [plain[0].work / 3600 / m for m in at], ":", color=MUTED, label="work / devices")
    for colour, mark, what in zip(
        SERIES[1:], "s^D", dict.fromkeys(r.what for r in rows if r.what != "as recorded"), strict=False
    ):
        own = [row for row in rows if row.what == what]
        left.plot([r.devices for r in own], [r.seconds / 3600 for r in own], mark, color=colour, label=what)
    right.plot(at, [r.operations / r.seconds for r in plain], "o-", color=SERIES[0], label="mean")
    right.plot(at, [r.peak for r in plain], "s--", color=SERIES[1], label="busiest second")
    for rate, name in ((7000, "EFS bursting, changes"), (35000, "EFS bursting, looks"), (192000, "largest FSx Lustre")):
        right.axhline(rate, color=MUTED, linewidth=0.8)
        right.text(1, rate * 1.06, f"{name}: {rate:,}", color=INK, fontsize=8, va="bottom")
    for panel, label in ((left, "hours"), (right, "file operations a second, unlimited store")):
        panel.set(xscale="log", yscale="log", xlabel="devices", ylabel=label)
        panel.set_xticks(at, [str(m) for m in at])
        panel.minorticks_off()
        panel.legend(frameon=False, loc="lower left" if panel is left else "lower right")
    grid.tight_layout()
    return grid
