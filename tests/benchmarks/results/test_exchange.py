"""Files that are exchanged are all old or all new to whoever reads them, wherever the exchange is cut off."""

from pathlib import Path

import pytest

from benchmarks.results import exchange, files
from benchmarks.results.exchange import GOES, UNFINISHED
from datasets import drafts

OLD = {"a/one": "1", "a/two": "2", "board": "old", "mine": "mine"}
NEW = {"a/one": "11", "a/three": "3", "b/four": "4", "board": "new"}
WANTED = {**NEW, "mine": "mine"}


def fill(folder, texts):
    for name, text in texts.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


def told(folder):
    return {p.relative_to(folder).as_posix(): p.read_text() for p in folder.rglob("*") if p.is_file()}


def begin(folder):
    fill(folder, OLD)
    with files.alone_in(folder), drafts.folder(folder) as draft:
        fill(draft, NEW)
        exchange.exchange(draft, folder, ["a/two", "gone"])


class Killed(BaseException):
    pass


def test_new_files_take_their_places_and_the_named_ones_go(tmp_path):
    begin(tmp_path)
    assert told(tmp_path) == WANTED
    assert not (tmp_path / UNFINISHED).exists()


@pytest.mark.parametrize("step", range(20))
def test_cut_off_at_any_step_it_is_old_or_unfinished_and_then_ended(tmp_path, monkeypatch, step):
    """Dies at the step-th change of the disk: readers refuse, or see the old; the next one to come ends it."""
    left = [step]

    def dying(original):
        def call(*arguments, **options):
            if not left[0]:
                raise Killed
            left[0] -= 1
            return original(*arguments, **options)

        return call

    fill(tmp_path, OLD)
    with drafts.folder(tmp_path) as draft:
        fill(draft, NEW)
        with monkeypatch.context() as patch:
            for name in ("unlink", "replace", "rename", "mkdir"):
                patch.setattr(Path, name, dying(getattr(Path, name)))
            patch.setattr(exchange.shutil, "rmtree", dying(exchange.shutil.rmtree))
            patch.setattr(exchange.files, "write", dying(exchange.files.write))
            try:
                exchange.exchange(draft, tmp_path, ["a/two"])
                done = True
            except Killed:
                done = False
    if done:
        assert told(tmp_path) == WANTED
        assert step > 5
    elif (tmp_path / UNFINISHED).exists():
        with pytest.raises(ValueError, match="run the same command again"):
            exchange.refuse(tmp_path)
        exchange.finish(tmp_path)
        assert told(tmp_path) == WANTED
    else:
        assert told(tmp_path) in (OLD, WANTED)
        exchange.refuse(tmp_path)


@pytest.mark.parametrize("name", ["../outside", "/etc/x", "a/../../outside", "..", "link/x", ""])
def test_nothing_outside_is_reached(tmp_path, name):
    folder, outside = tmp_path / "folder", tmp_path / "outside"
    fill(outside, {"x": "mine"})
    fill(folder, {f"{UNFINISHED}/board": "new"})
    (folder / "link").symlink_to(outside)
    (folder / UNFINISHED / GOES).write_text(f"{name}\n")
    with pytest.raises(ValueError, match="expected a place inside"):
        exchange.finish(folder)
    assert told(outside) == {"x": "mine"}


def test_a_link_in_the_place_of_a_folder_is_not_followed(tmp_path):
    folder, outside = tmp_path / "folder", tmp_path / "outside"
    fill(outside, {"one": "mine"})
    fill(folder, {f"{UNFINISHED}/a/one": "new"})
    (folder / "a").symlink_to(outside)
    with pytest.raises(ValueError, match="got one outside"):
        exchange.finish(folder)
    assert told(outside) == {"one": "mine"}


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda folder: (folder / "board").mkdir(), "board: expected a file, got a folder; move it"),
        (lambda folder: (folder / "a" / "two").mkdir(), "two: expected a file, got a folder; move it"),
        (lambda folder: (folder / "b").write_text("mine"), "b: expected a folder, got a file; move it"),
        (lambda folder: (folder / "b").symlink_to(folder.parent), "got one outside: a link; put a folder there"),
    ],
)
def test_what_could_not_be_ended_is_not_begun(tmp_path, spoil, words):
    """A folder where a file is to be or to go, a file or a link where a folder is to be."""
    folder = tmp_path / "folder"
    fill(folder, {"a/one": "1", "mine": "mine"})
    spoil(folder)
    before = told(folder)
    with drafts.folder(folder) as draft:
        fill(draft, NEW)
        with pytest.raises(ValueError, match=words):
            exchange.exchange(draft, folder, ["a/two"])
    assert told(folder) == before
    assert not (folder / UNFINISHED).exists()
    exchange.refuse(folder)


def test_a_link_in_the_place_of_a_file_gives_way(tmp_path):
    folder, outside = tmp_path / "folder", tmp_path / "outside"
    fill(outside, {"one": "mine"})
    folder.mkdir()
    (folder / "board").symlink_to(outside)
    with drafts.folder(folder) as draft:
        fill(draft, NEW)
        exchange.exchange(draft, folder)
    assert told(folder) == NEW
    assert told(outside) == {"one": "mine"}


def test_ctrl_c_in_the_middle_ends_it_first(tmp_path, monkeypatch):
    fill(tmp_path, OLD)
    rename, calls = drafts.rename, []

    def interrupted(path, place):
        calls.append(path)
        if len(calls) == 3:  # the draft itself, one file, and now
            raise KeyboardInterrupt
        return rename(path, place)

    monkeypatch.setattr(drafts, "rename", interrupted)
    with drafts.folder(tmp_path) as draft:
        fill(draft, NEW)
        with pytest.raises(KeyboardInterrupt):
            exchange.exchange(draft, tmp_path, ["a/two"])
    assert told(tmp_path) == WANTED
