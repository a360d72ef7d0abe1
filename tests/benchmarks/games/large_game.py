"""All built-in attacks that are handed stored outputs on one query, in one game of n = 20,000 records, C = 100 classes,
R = 64 reference models and m = 2,000 population records, from a store.

``python large_game.py make STORE`` fills the store with random logits; ``play STORE yes|no`` plays, with the signals
that training keeps beside outputs or without, and prints seconds, peak memory and the floor as JSON.
"""

import json
import resource
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import numpy as np

from attacks import Evidence, Outputs, Rehearsal, signals
from benchmarks.games.from_store import Stored
from benchmarks.games.game import Contest, Game
from benchmarks.games.playing import play_all
from benchmarks.naming import registry
from benchmarks.training.jobs import signals_code
from benchmarks.training.store import Store, array_file, digest

N, CROWD, CLASSES, REFERENCES = 20_000, 2_000, 100, 64
MODELS = REFERENCES + 2  # target and shadow model first
OFFERED = frozenset({"reference", "shadow", "population", "proxies"})


def members():
    """(M, n + m) bool: which records each model was trained on; target and shadow model on none of the population."""
    seen = np.random.default_rng(0).random((MODELS, N + CROWD)) < 0.5
    seen[:2, N:] = False
    return seen


def labels():
    """(n + m,) classes."""
    return np.random.default_rng(1).integers(CLASSES, size=N + CROWD)


def make(home):
    """Store every model's outputs twice, with their signals and without."""
    store, y, seen = Store(home), labels(), members()
    for model, member in enumerate(seen):
        rng = np.random.default_rng([2, model])
        logits = rng.standard_normal((len(y), 1, CLASSES), dtype=np.float32)
        logits[np.arange(len(y)), 0, y] += 4 + 1.5 * member
        made = Outputs(logits, y)
        values = np.stack([made.signal(name) for name in signals.STORED])
        facts = {"signals": list(signals.STORED), "signals_code": signals_code()}
        files = {"logits.npy": array_file(logits), "signals.npy": array_file(values)}
        store.outputs.write([model, "yes"], files, facts, durable=False)
        store.outputs.write([model, "no"], {"logits.npy": files["logits.npy"]}, {}, durable=False)


def game(home, kept):
    """The game of model 0 as the target and model 1 as the shadow model."""
    store, y, seen = Store(home), labels(), members()
    audited, crowd = np.arange(N), np.arange(N, N + CROWD)

    def evidence(model, rows, **more):
        models = [Stored(store, [digest([m, kept])], rows, y[rows]) for m in (model, *range(2, MODELS))]
        return Evidence(y[rows], models[0], models[1:], seen[2:, rows], **more)

    def side(model):
        return evidence(model, audited, population=evidence(model, crowd))

    def sides(queries):
        return side(0), Rehearsal(side(1), seen[1, :N])

    return Game("0" * 32, seen[0, :N], OFFERED, ("clean",), sides)


def peak():
    """Greatest resident memory of this process so far, in GB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9


def play(home, kept):
    """Every built-in attack that can play, once; what it took."""
    of = game(home, kept)
    known = [registry.builtin(registry.ATTACKS, name) for name in registry.names(registry.ATTACKS)]
    attacks = [attack for attack in known if not of.lacks(attack.value)]
    contest = Contest(SimpleNamespace(defense=SimpleNamespace(name="none")), (of,), None)
    before = peak()
    begun, worked = time.perf_counter(), time.process_time()
    played, left = play_all(contest, attacks)
    seconds, processor = time.perf_counter() - begun, time.process_time() - worked
    most = peak()
    read = MODELS * (N + CROWD) * (len(signals.STORED) * 8 if kept == "yes" else CLASSES * 4)
    return {
        "attacks": len(played),
        "left": [of.reason for of in left],
        "seconds": seconds,
        "processor": processor,
        "peak_gb": most,
        "added_gb": most - before,
        "read_gb": read / 1e9,
        "floor": read / rate(),
        "each": {name: round(of[0].seconds, 2) for name, of in played.items()},
        "auc": {name: round(of[0].curve.auc(), 3) for name, of in played.items()},
    }


def rate():
    """Bytes that this machine reads a second in a large copy, which writes as many."""
    source = np.ones(1 << 25)
    target = np.zeros_like(source)
    best = min(timed(lambda: np.copyto(target, source)) for _ in range(5))
    return source.nbytes / best


def timed(call):
    """Seconds."""
    begun = time.perf_counter()
    call()
    return time.perf_counter() - begun


if __name__ == "__main__":
    if sys.argv[1] == "make":
        make(Path(sys.argv[2]))
    else:
        print(json.dumps(play(Path(sys.argv[2]), sys.argv[3])))
