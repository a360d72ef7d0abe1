"""An executor of one's own stores what ours stores."""

from pathlib import Path

from projects import FILES

from benchmarks.training import runner
from benchmarks.training.executors import Here
from benchmarks.training.request import Request
from benchmarks.training.store import Store

DATA = ("spec.json", "weights.safetensors", "logits.npy", "signals.npy")


def kept(folder: Path):
    """Every file that holds a result; facts.json says how long it took."""
    return {p.relative_to(folder): p.read_bytes() for p in folder.rglob("*") if p.name in DATA}


def trained(folder, executor):
    request = Request("digits", ("l2", "hamp"), references=2, trials=2, epochs=1)
    assert runner.train(request.plan(), request, Store(folder), executor) == []
    return kept(folder)


def test_the_executor_that_is_shown_stores_the_same_bytes(tmp_path):
    names = {}
    exec(FILES["backwards.py"], names)
    told, asked = [], []

    class Watched(names["Backwards"]):
        devices = ("cpu", "cpu")  # two workers, of which the first finds nothing to do

        def map(self, function, jobs, advance=None):
            asked.append(list(jobs))
            return super().map(lambda job, worker: told.append(job) or function(job, worker), jobs, advance)

    theirs, ours = trained(tmp_path / "theirs", Watched()), trained(tmp_path / "ours", Here())
    assert theirs == ours
    assert len(ours) == 3 * 4 * (2 + 3)  # three defenses of four models: spec and weights; spec, logits and signals
    assert [job.number for job in told] == [1, 0]
    assert len(asked) == 1
