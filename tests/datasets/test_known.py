"""A known name is believed only with the known bytes."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from datasets import images, load, privacy_lab, tables
from datasets.known import Known

REAL = Path(__file__).parents[3] / "shared" / "datasets"
ALL = [v for module in (images, privacy_lab, tables) for v in vars(module).values() if isinstance(v, Known)]


def bits(classes, shape=(8,)):
    rng = np.random.default_rng(0)
    kind = "images" if len(shape) == 3 else "features"
    return {kind: rng.integers(0, 2, (2 * classes, *shape), np.uint8), "labels": np.arange(2 * classes) % classes}


@pytest.mark.parametrize("known", ALL, ids=lambda k: k.name)
def test_any_other_file_of_that_name_is_not_called_by_its_source(tmp_path, known):
    shape = {1: (8,), 3: (8, 8, 3)}[len(known.scale)]
    np.savez(tmp_path / f"{known.name}.npz", **bits(known.classes, shape))
    pool = load(known.name, tmp_path)
    assert pool.source == f"{known.name}.npz as found, not verified"
    assert pool.licence == "not stated"
    assert known.source not in pool.source


def test_a_known_digest_is_the_source_and_one_changed_byte_is_not(tmp_path, monkeypatch):
    arrays = bits(26)
    np.savez(tmp_path / "letter.npz", **arrays)
    digest = load("letter", tmp_path).digest
    monkeypatch.setattr(tables, "letter", replace(tables.letter, digests={digest: "a copy", "other": ""}))
    assert load("letter", tmp_path).source == "UCI letter recognition (Frey and Slate 1991); a copy"
    np.savez_compressed(tmp_path / "letter.npz", labels=arrays["labels"].astype(np.uint8), features=arrays["features"])
    assert load("letter", tmp_path).source.endswith("; a copy")  # however it is packed
    arrays["features"][3, 3] ^= 1
    np.savez(tmp_path / "letter.npz", **arrays)
    assert "not verified" in load("letter", tmp_path).source


@pytest.mark.parametrize("note", ["", "[]", '"x"', "{", "[" * 9999, '{"digest": 7}', '{"digest": "0"}', '{"x": 1}'])
def test_a_note_that_is_none_vouches_for_nothing(tmp_path, note):
    np.savez(tmp_path / "purchase100.npz", **bits(100))
    (tmp_path / "purchase100.fetched.json").write_text(note)
    assert "not verified" in load("purchase100", tmp_path).source


def test_what_was_fetched_is_believed_until_the_file_changes(tmp_path, monkeypatch):
    arrays = bits(100)
    monkeypatch.setattr(privacy_lab, "purchase100", replace(privacy_lab.purchase100, fetch=lambda _: arrays))
    assert load("purchase100", tmp_path).source == privacy_lab.purchase100.source
    assert load("purchase100", tmp_path).licence == "none stated"
    assert json.loads((tmp_path / "purchase100.fetched.json").read_text())["source"] == privacy_lab.purchase100.source
    changed = arrays["features"] ^ np.eye(200, 8, dtype=np.uint8)
    np.savez(tmp_path / "purchase100.npz", labels=arrays["labels"], features=changed)
    assert "not verified" in load("purchase100", tmp_path).source


@pytest.mark.skipif(not REAL.is_dir(), reason="the real data sets are not at hand")
@pytest.mark.parametrize("name", ["location30", "letter", "news20", "adult"])
def test_the_real_sets_are_known(name):
    known = next(k for k in ALL if k.name == name)
    pool = load(name, REAL)
    assert (pool.source, pool.licence) == (known.source, known.licence)


@pytest.mark.parametrize("name", ["letter", "location30", "news20"])
def test_the_committed_boards_are_of_known_sets(name):
    folder = Path(__file__).parents[2] / "results" / "boards" / name / "records"
    suite = json.loads(next(folder.glob("*.json")).read_text())["suite"]
    known = next(k for k in ALL if k.name == name)
    assert known.digests[suite["dataset_digest"]] == ""
    assert (known.source, known.licence) == (suite["source"], suite["licence"])
