"""What waits in SLURM's queue is not submitted twice: scripts play the commands of SLURM, submitit is the real one."""

import importlib.util
import os

import pytest

from benchmarks.training.executors.on_slurm import Slurm
from benchmarks.training.request import Request
from benchmarks.training.store import Store
from benchmarks.training.submitting import submit

pytestmark = pytest.mark.posix("scripts that stand for SLURM")

pytestmark = pytest.mark.skipif(importlib.util.find_spec("submitit") is None, reason="submitit is not installed")
REQUEST = Request("digits", references=2, trials=1, epochs=1)
WIDER = Request("digits", references=3, trials=1, epochs=1)
SBATCH = r"""#!/bin/sh
home=$(dirname "$0")
number=$(($(cat "$home/last" 2>/dev/null || echo 16) + 1))
echo "$number" > "$home/last"
most=$(sed -n 's/^#SBATCH --array=0-\([0-9]*\).*/\1/p' "$1")
[ -n "$most" ] || echo "$number PENDING" >> "$home/queue"
[ -z "$most" ] || for task in $(seq 0 "$most"); do echo "${number}_$task PENDING" >> "$home/queue"; done
echo "Submitted batch job $number"
"""


@pytest.fixture
def slurm(tmp_path, monkeypatch):
    """A SLURM that never begins anything; its queue is a file."""
    home = tmp_path / "bin"
    home.mkdir()
    scripts = {"sbatch": SBATCH, "srun": "#!/bin/sh\n", "squeue": f"#!/bin/sh\ncat {home}/queue\n"}
    for name, text in scripts.items():
        (home / name).write_text(text)
        (home / name).chmod(0o755)
    (home / "queue").touch()
    monkeypatch.setenv("PATH", f"{home}:{os.environ['PATH']}")
    return home


def given(request, home):
    store = Store(home.parent / "store")
    return submit(request.plan(), request, store, Slurm(store.root / "slurm", 2))[1:]


def test_what_waits_is_told_and_only_what_is_missing_is_submitted(slurm):
    assert given(REQUEST, slurm) == ["submitted: 17_0, 17_1"]
    waits = "in SLURM's queue: 2 tasks of 17, 0 of them running"
    assert given(REQUEST, slurm) == [waits]
    assert given(WIDER, slurm) == [waits, "submitted: 18"]  # one model more, and one task is no array
    (slurm / "queue").write_text("17_1 RUNNING\n18 PENDING\n99_0 RUNNING\n17_0 COMPLETING\n")
    assert given(WIDER, slurm) == [
        "in SLURM's queue: 1 task of 17, 1 of them running",
        "in SLURM's queue: 1 task of 18, 0 of them running",
    ]
    (slurm / "queue").write_text("18 PENDING\n")  # the first was cancelled
    assert given(WIDER, slurm) == ["in SLURM's queue: 1 task of 18, 0 of them running", "submitted: 19_0, 19_1"]
    (slurm / "queue").write_text("")
    assert given(REQUEST, slurm) == ["submitted: 20_0, 20_1"]


def test_where_slurm_cannot_be_asked_nothing_is_submitted_twice(slurm):
    assert given(REQUEST, slurm) == ["submitted: 17_0, 17_1"]
    (slurm / "squeue").write_text("#!/bin/sh\necho 'slurm_load_jobs error: Unable to contact slurm' >&2\nexit 1\n")
    told = (
        r"^--detach: 17 was submitted before, and whether it waits cannot be asked \(squeue: slurm_load[^\n]*slurm\); "
    )
    with pytest.raises(ValueError, match=told):
        given(REQUEST, slurm)
    assert (slurm / "last").read_text() == "17\n"
    for note in (slurm.parent / "store" / "slurm").glob("*.submitted.json"):
        note.write_text("{")
    with pytest.raises(ValueError, match=r"17_0\.submitted\.json: expected what was submitted to SLURM"):
        given(REQUEST, slurm)
