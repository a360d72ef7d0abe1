"""A small committed set of trained models' outputs, on which each attack runs in seconds without training.

16 models on 400 of the bundled digits, half-split: each record is in the training sets of about half of the models.
Every model is the target once; model t + 8 is then the shadow model and the other 14 are its references. Each is asked
about every record itself and about its 18 copies, and about those of 100 population records. Of copies, logits are kept
to a half, since the attacks that ask about them see labels alone. Attacks that need more play on `packed` models.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from msgspec import structs

from benchmarks.games import from_arrays
from benchmarks.games.circumstances import defense_info, suite_info
from benchmarks.games.evaluate import Evaluated
from benchmarks.games.evaluate import evaluate as play
from benchmarks.games.game import Contest
from benchmarks.games.playing import say
from benchmarks.naming.registry import DEFENSES, Plugin, builtin
from benchmarks.results import files, writing
from benchmarks.results.exchange import draft_in, exchange, finish
from benchmarks.results.record import About
from benchmarks.tracking import packed
from benchmarks.training import plan, runner
from benchmarks.training.executors import Here
from benchmarks.training.jobs import restored
from benchmarks.training.plan import Asked, Plan
from benchmarks.training.queries import made as queries_of
from benchmarks.training.store import Store
from benchmarks.training.suites import find
from datasets import HalfSplit, Pool, drafts, repeated
from datasets.npz import read_npz
from models import Trained

MODELS = 16
RECORDS = 400
CROWD = 100
COPIES, STEP = "flips-shifts", 0.5
COLUMNS = {"clean": slice(0, 1), COPIES: slice(1, 19)}
FILE = Path(__file__).with_name("outputs.npz")  # part of the package
PACKED = "packed/"
SUITE = replace(
    find("digits"),
    name="stored-digits",
    protocol=HalfSplit(part=RECORDS // 2),
    references=MODELS - 2,
    trials=MODELS,
)


@dataclass(frozen=True, eq=False)
class Outputs:
    """`rows` (n,) of the digits, `labels` (n,), `member` (M, n) bool, `logits` (M, n, Q, C) float32; `crowd_rows` (m,)
    and `crowd_logits` (M, m, Q, C) of the population; `more`: the arrays of `packed` models, by name.
    """

    rows: np.ndarray
    labels: np.ndarray
    member: np.ndarray
    logits: np.ndarray
    crowd_rows: np.ndarray
    crowd_logits: np.ndarray
    more: Mapping[str, np.ndarray]

    @property
    def arrays(self) -> dict[str, np.ndarray]:
        """All of them, as the file names them."""
        own = {name: getattr(self, name) for name in OWN}
        return own | {PACKED + name: array for name, array in self.more.items()}


OWN = tuple(name for name in Outputs.__dataclass_fields__ if name != "more")


@dataclass(frozen=True)
class Twins:
    """The plan of twice as many models in pairs of twins, of which one each is kept: those are independent."""

    def plan(self) -> Plan:
        """The plan."""
        twins = replace(SUITE, references=2 * MODELS - 4)
        made = plan.make(twins, _pool(_rows()[0]), builtin(DEFENSES, "none"), (), "adaptive", seed=0)
        return made.asking((COPIES,), False)


def _rows() -> tuple[np.ndarray, np.ndarray]:
    """The audited rows of the digits (n,), and those of the population (m,)."""
    order = np.random.default_rng(0).permutation(len(SUITE.pool(None).y))
    return order[:RECORDS], np.sort(order[RECORDS : RECORDS + CROWD])


def _pool(rows: np.ndarray) -> Pool:
    pool = SUITE.pool(None)
    return replace(pool, x=pool.x[rows], y=pool.y[rows])


def train(device: str) -> Outputs:
    """Train the models anew. The rows and the memberships are always the same, the outputs up to the device."""
    made = Twins().plan()
    rows, crowd = _rows()
    kept = [made.trainings["none", model] for model in range(0, 2 * MODELS, 2)]
    with drafts.folder(Path(tempfile.gettempdir())) as folder:
        store = Store(folder)
        failures = runner.train(made, Twins(), store, Here(device))
        if failures:
            raise ValueError(f"model {failures[0].model} failed: {failures[0].reason}")
        clean, copies = (
            np.stack([store.outputs.array(t.outputs_key(Asked(name)), "logits.npy") for t in kept]) for name in COLUMNS
        )
        asked = [_asked(model, crowd) for model in restored(kept, store, device)]
    member = np.stack([made.split.member(training.model) for training in kept])
    return Outputs(rows, made.pool.y, member, _together(clean, copies), crowd, np.stack(asked), packed.train(device))


def _asked(model: Trained, rows: np.ndarray) -> np.ndarray:
    """(m, Q, C) what a model says of population records and of their copies."""
    pool = SUITE.pool(None)
    clean, copies = (
        np.stack([model.predict(query) for query in queries_of(name, pool.x[rows], pool)], axis=1) for name in COLUMNS
    )
    return _together(clean, copies)


def _together(clean: np.ndarray, copies: np.ndarray) -> np.ndarray:
    """(..., Q, C) what is said of records, then of their copies."""
    return np.concatenate([clean, STEP * np.round(copies / STEP)], axis=-2).astype(np.float32)


def write(outputs: Outputs, path: Path) -> None:
    """Write the outputs whole or not at all. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    files.write_arrays(path, **outputs.arrays)


def read(path: Path) -> Outputs:
    """The outputs that `path` holds. Raises ValueError, in one sentence, when it is none or damaged."""
    try:
        arrays = read_npz(path)
    except (OSError, ValueError) as error:
        raise ValueError(f"--outputs: {error}") from error
    missing = [name for name in OWN if name not in arrays]
    if missing:
        raise ValueError(
            f"--outputs: {path}: expected the array {missing[0]}, found {', '.join(sorted(arrays))[:200] or 'none'}"
        )
    more = {name.removeprefix(PACKED): array for name, array in arrays.items() if name.startswith(PACKED)}
    try:
        packed.check(more)
    except ValueError as error:
        raise ValueError(f"--outputs: {path}: {error}") from error
    outputs = Outputs(**{name: arrays[name] for name in OWN}, more=more)
    m, n = outputs.member.shape if outputs.member.ndim == 2 else (0, 0)
    if m < 4 or m % 2 or not n:
        raise ValueError(f"--outputs: {path}: expected member (M, n) of M models, M even and at least 4, got {(m, n)}")
    crowd = outputs.crowd_rows.shape[0] if outputs.crowd_rows.ndim else 0
    expected = {
        **{"rows": ((n,), "iu"), "labels": ((n,), "iu"), "member": ((m, n), "b"), "logits": ((m, n, 19, 10), "f")},
        **{"crowd_rows": ((crowd,), "iu"), "crowd_logits": ((m, crowd, 19, 10), "f")},
    }
    for name, (shape, kinds) in expected.items():
        array = getattr(outputs, name)
        if array.shape != shape or array.dtype.kind not in kinds:
            got = f"{array.dtype} of shape {array.shape}"
            raise ValueError(f"--outputs: {path}: expected {name} of shape {shape} and kind {kinds!r}, got {got}")
    if not all((np.abs(of) <= np.finfo(np.float32).max).all() for of in (outputs.logits, outputs.crowd_logits)):
        raise ValueError(f"--outputs: {path}: expected finite logits that float32 holds, got others")
    named = np.concatenate([outputs.rows, outputs.crowd_rows])
    if named.min() < 0 or named.max() >= len(SUITE.pool(None).y):
        raise ValueError(f"--outputs: {path}: expected rows of the digits, got {named.max()}")
    return outputs


def contest(outputs: Outputs, command: str) -> Contest:
    """The outputs as games. Raises ValueError where they are not of the digits."""
    pool = _pool(outputs.rows)
    if not np.array_equal(outputs.labels, pool.y):
        raise ValueError("--outputs: the labels are not those of the digits that they name")
    arrays = outputs.labels, outputs.logits, outputs.member
    trials = from_arrays.in_turn(len(outputs.logits))
    about = About(
        suite=suite_info(SUITE, pool, seed=0),
        defense=defense_info(SUITE, builtin(DEFENSES, "none")),
        adversary="adaptive",
    )
    crowd = _pool(outputs.crowd_rows)
    beside = from_arrays.Beside(COLUMNS, pool.x, crowd.y, crowd.x, outputs.crowd_logits)
    games = [from_arrays.game(*arrays, *trial, beside=beside) for trial in trials]
    twice = int(repeated(pool.x, outputs.member).sum())
    return from_arrays.contest(games, trials, *arrays, about, command, twice)


def evaluate(outputs: Outputs, attacks: Sequence[Plugin], folder: Path) -> int:
    """Run the attacks on every model in turn; afterwards `folder` holds their records and no others of these suites.

    Those that cannot play on the outputs play on the `packed` models. Returns how many of them broke; who cannot play
    or broke is named on stderr. Raises OSError where the folder cannot be written, ValueError where no attack has a
    record.
    """
    names = " ".join(f'"{a.name}"' if "(" in a.name else a.name for a in attacks)
    command = f"python -m benchmarks.regression evaluate --attacks {names} --output DIR"
    found = _played(outputs, attacks, command)
    say(found.left)
    if not found.made:
        raise ValueError(f"--attacks: {found.left[0].attack}: {found.left[0].reason}")
    leave(found, folder, (SUITE.name, *packed.PARTS))
    return sum(left.failed for left in found.left)


def leave(found: Evaluated, folder: Path, suites: Sequence[str], scores: bool = True) -> None:
    """Write the records that were made, with what attacks said or without; no others of these suites stay in the
    folder. Raises ValueError, OSError.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with files.alone_in(folder), draft_in(folder) as draft:
        finish(folder)
        for record, played in found.made:
            cost = structs.replace(record.cost, attack_seconds=0.0)  # so that the same attacks leave the same bytes
            writing.write(structs.replace(record, cost=cost), played, draft)
        for path in () if scores else draft.glob("*.npz"):
            path.unlink()
        fresh = {path.name for path in draft.iterdir()}
        ours = {path.name for suite in suites for path in folder.glob(f"{suite}--*")}
        exchange(draft, folder, ours - fresh)


def _played(outputs: Outputs, attacks: Sequence[Plugin], command: str) -> Evaluated:
    """What attacks say: each plays where it can, on the outputs first; who can nowhere says why of the last."""
    found, left = Evaluated(), list(attacks)
    for suite in ("", *packed.PARTS):
        if not left:
            break
        own = nullcontext(contest(outputs, command)) if not suite else packed.contest(outputs.more, suite, command)
        with own as games:
            able = [plugin for plugin in left if not any(game.lacks(plugin.value) for game in games.games)]
            made = play([games], left if suite == packed.HALVES.name else able)
        found.made += made.made
        found.left += made.left
        left = [plugin for plugin in left if plugin not in able]
    return found
