"""Drafts of dead processes go with the next draft; those of living ones, links and what others named stay."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from datasets import drafts

ROOT = Path(__file__).parents[2]
HOLD = """
import sys, time
from pathlib import Path
from datasets import drafts
with drafts.folder(Path(sys.argv[1])) as one, drafts.file(Path(sys.argv[1])):
    (one / "half").write_text("half")
    print("ready", flush=True)
    time.sleep(60)
"""


def holder(place):
    process = subprocess.Popen([sys.executable, "-c", HOLD, str(place)], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "ready\n"
    return process


def names(place):
    return sorted(p.name for p in place.iterdir())


def test_a_draft_goes_when_its_block_ends_unless_it_was_renamed(tmp_path):
    with drafts.folder(tmp_path) as path:
        (path / "x").write_text("x")
    with pytest.raises(KeyError), drafts.folder(tmp_path):
        raise KeyError
    with drafts.file(tmp_path) as draft:
        os.write(draft.handle, b"x")
    assert names(tmp_path) == []
    with drafts.folder(tmp_path) as path:
        path.rename(tmp_path / "kept")
    with drafts.file(tmp_path) as draft:
        draft.put(tmp_path / "too")
    assert names(tmp_path) == ["kept", "too"]


@pytest.mark.posix("SIGKILL ends a process whose locks are gone with it")
def test_drafts_of_a_living_process_stay_and_those_of_a_killed_one_go(tmp_path):
    process = holder(tmp_path)
    alive = names(tmp_path)
    assert len(alive) == 2
    drafts.clear(tmp_path)
    assert names(tmp_path) == alive
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert names(tmp_path) == alive
    with drafts.file(tmp_path):
        assert not set(alive) & set(names(tmp_path))
    assert names(tmp_path) == []


@pytest.mark.posix("os.mkfifo")
def test_links_pipes_and_others_names_are_left_alone(tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "mine").write_text("mine")
    place = tmp_path / "place"
    place.mkdir()
    (place / f".draft-{'0' * 16}").symlink_to(outside)
    os.mkfifo(place / f".draft-{'1' * 16}")
    (place / ".draft-mine").mkdir()
    (place / f".draft-{'2' * 16}.txt").write_text("mine")
    before = names(place)
    drafts.clear(place)
    assert names(place) == before
    assert names(outside) == ["mine"]


def test_two_processes_that_clear_and_make_never_take_what_the_other_makes(tmp_path):
    code = (
        "import sys\nfrom pathlib import Path\nfrom datasets import drafts\n"
        "for i in range(150):\n"
        "    with drafts.folder(Path(sys.argv[1])) as path:\n"
        "        (path / 'x').write_text('x')\n"
        "        path.rename(path.with_name(f'{sys.argv[2]}-{i}'))\n"
    )
    made = [
        subprocess.Popen([sys.executable, "-c", code, str(tmp_path), name], cwd=ROOT, stderr=subprocess.PIPE)
        for name in "abc"
    ]
    assert [(p.wait(), p.stderr.read()) for p in made] == [(0, b"")] * 3
    assert len(names(tmp_path)) == 450
    assert all((tmp_path / name / "x").read_text() == "x" for name in names(tmp_path))


def test_a_place_that_is_not_there_is_an_error_at_once(tmp_path):
    begun = time.monotonic()
    for make in (drafts.folder, drafts.file):
        with pytest.raises(OSError), make(tmp_path / "none"):
            pass
    assert time.monotonic() - begun < 5


@pytest.mark.parametrize("kind", [drafts.folder, drafts.file])
def test_an_error_that_names_no_file_names_the_place(kind, tmp_path):
    """As that of a full disk; what an error names already stays."""
    with pytest.raises(OSError, match="No space left on device: ") as caught, kind(tmp_path):
        raise OSError(28, "No space left on device")
    assert caught.value.filename == str(tmp_path)
    with pytest.raises(OSError) as caught, kind(tmp_path):
        raise OSError(28, "No space left on device", "here")
    assert caught.value.filename == "here"
    assert names(tmp_path) == []
