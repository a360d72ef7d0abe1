"""Workers on one store, killed at random moments: ``python killed_workers.py HOME SEED KILLS``.

They are forked from this process, which computes nothing itself, so that a hundred of them cost no hundred starts.
Prints what happened as JSON.
"""

import json
import os
import random
import signal
import sys
import time
from pathlib import Path

import torch

from benchmarks.training import jobs, runner
from benchmarks.training.executors import Here, Worker
from benchmarks.training.pulling import Pull, pull
from benchmarks.training.request import Request
from benchmarks.training.standing import complete
from benchmarks.training.store import Store

REQUEST = Request("digits", (), references=20, trials=4, epochs=1, part=60)
WORKERS = 3


def forked(work):
    """The process that does it; it exits with 0, and with 1 where the work raises."""
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        work()
        code = 0
    finally:
        os._exit(code)


def worker(store, number, plan):
    """A worker that writes down which model it begins, and which it has stored."""
    train = jobs.train

    def noted(job, at):
        note(store, "begun", job.keys)
        failures = train(job, at)
        note(store, "stored", job.keys)
        return failures

    jobs.train = noted
    pull(Pull(REQUEST, store.root, tuple(plan.by_key), "", None, WORKERS, number), Worker("cpu"))


def note(store, what, keys):
    line = "".join(f"{os.getpid()} {what} {key}\n" for key in keys)
    with open(store.root.with_suffix(".log"), "a", encoding="utf-8") as file:
        file.write(line)


def done(store, plan):
    return all(complete(t, plan, store) for t in plan.by_key.values())


def times(store):
    return {p.parent.name: p.stat().st_mtime_ns for p in (store.root / "models").glob("[0-9a-f]*/facts.json")}


def round_of(store, plan, rng, kills):
    """Let workers train all, at most so many of whom are killed; returns how many were, and which models were lost."""
    store.root.mkdir(parents=True)
    alive = {forked(lambda n=n: worker(store, n, plan)): n for n in range(WORKERS)}
    killed, lost, seen = set(), set(), {}
    while alive:
        wait = time.monotonic() + rng.uniform(0, 0.5)
        while time.monotonic() < wait and alive:
            child, status = os.waitpid(-1, os.WNOHANG)
            if child:
                assert status == 0, f"worker ended with {status}"
                del alive[child]
            time.sleep(0.005)
        now = times(store)
        lost |= {key for key, at in seen.items() if now.get(key) != at}
        seen = now
        if alive and len(killed) < kills:
            child = rng.choice(sorted(alive))
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            killed.add(child)
            number = alive.pop(child)
            alive[forked(lambda n=number: worker(store, n, plan))] = number
    return killed, lost


def twice(store, killed):
    """The models that were begun anew although nobody was killed who had begun them."""
    begun = {}
    for line in store.root.with_suffix(".log").read_text(encoding="utf-8").splitlines():
        who, what, key = line.split()
        if what == "begun":
            begun.setdefault(key, []).append(int(who))
    return [key for key, of in begun.items() if not set(of[:-1]) <= killed]


def main(home, seed, kills):
    torch.set_num_threads(1)
    rng, plan = random.Random(seed), jobs.plan_of(REQUEST)
    said = {"kills": 0, "lost": [], "twice": [], "rounds": 0, "missing": 0}
    while said["kills"] < kills:
        store = Store(home / f"round{said['rounds']}")
        killed, lost = round_of(store, plan, rng, kills - said["kills"])
        said["missing"] += not done(store, plan)
        said["kills"], said["rounds"] = said["kills"] + len(killed), said["rounds"] + 1
        said["lost"] += lost
        said["twice"] += twice(store, killed)
        runner.discard_damaged(plan, store)
    child = forked(lambda: runner.train(plan, REQUEST, Store(home / "undisturbed"), Here()))
    said["missing"] += os.waitpid(child, 0)[1]
    print(json.dumps(said))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
