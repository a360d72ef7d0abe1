import json
import os

import numpy as np
import pytest

from benchmarks.training import store
from benchmarks.training.store import Damaged, Shelf, Store, array_file, digest

LOGITS = np.arange(6, dtype=np.float32).reshape(3, 1, 2)


def put(shelf, seed=1, array=LOGITS):
    return shelf.write({"seed": seed}, {"logits.npy": array_file(array)}, {"seconds": 2.0})


def test_digest_depends_on_values_and_not_on_their_order():
    assert digest({"a": 1, "b": 2}) == digest({"b": 2, "a": 1})
    assert digest({"a": 1}) != digest({"a": 2})
    with pytest.raises(ValueError):
        digest(float("nan"))


def test_what_is_written_is_read_back_under_the_digest_of_its_spec(tmp_path):
    shelf = Store(tmp_path).outputs
    key = put(shelf)
    assert key == digest({"seed": 1})
    assert key in shelf
    np.testing.assert_array_equal(shelf.array(key, "logits.npy"), LOGITS)
    assert shelf.facts(key) == {"seconds": 2.0}
    assert shelf.missing([key, "other"]) == ["other"]
    with pytest.raises(ValueError):
        shelf.array(key, "logits.npy").setflags(write=True)
    with pytest.raises(Damaged, match=r"has no weights\.safetensors"):
        shelf.file(key, "weights.safetensors")


def test_entries_are_write_once(tmp_path):
    shelf = Shelf(tmp_path)
    key = put(shelf)
    put(shelf, array=LOGITS + 1)
    np.testing.assert_array_equal(shelf.array(key, "logits.npy"), LOGITS)
    assert [p.name for p in tmp_path.iterdir()] == [key]


def test_a_failed_write_leaves_nothing(tmp_path, monkeypatch):
    def full(*_arguments, **_options):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "save", full)
    with pytest.raises(OSError, match="No space"):
        put(Shelf(tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_a_file_where_a_folder_should_be_is_named(tmp_path):
    (tmp_path / "models").write_text("")
    with pytest.raises(OSError, match=r"--store: expected a folder, got .*models, which is or lies in a file$"):
        put(Shelf(tmp_path / "models"))


def flip(path, place):
    data = bytearray(path.read_bytes())
    data[place] ^= 1
    path.write_bytes(data)


def other_cost(folder):
    path = folder / "facts.json"
    path.write_text(path.read_text().replace("2.0", "3.0"))


def no_object(folder):
    (folder / "facts.json").write_text("[]")


def nested(folder):
    (folder / "facts.json").write_text("[" * 100_000)


@pytest.mark.parametrize(
    "damage",
    [
        lambda folder: (folder / "logits.npy").write_bytes(b""),
        lambda folder: flip(folder / "logits.npy", -1),
        lambda folder: flip(folder / "facts.json", 30),
        lambda folder: flip(folder / "spec.json", -6),
        lambda folder: (folder / "logits.npy").unlink(),
        other_cost,
        no_object,
        nested,
    ],
)
def test_damaged_entries_are_found_refused_and_removed(tmp_path, damage):
    good, bad = put(Shelf(tmp_path)), put(Shelf(tmp_path), seed=2)
    damage(tmp_path / bad)
    shelf = Shelf(tmp_path)
    with pytest.raises((Damaged, OSError)):
        shelf.facts(bad)
    assert shelf.damaged([good, bad, "absent"]) == [bad]
    assert (tmp_path / bad).exists()
    assert shelf.discard([good, bad, "absent"]) == [bad]
    assert bad not in shelf
    assert good in shelf


def test_an_entry_in_another_s_place_is_not_used(tmp_path):
    one, two = put(Shelf(tmp_path)), put(Shelf(tmp_path), seed=2, array=LOGITS + 1)
    (tmp_path / one).rename(tmp_path / "aside")
    (tmp_path / two).rename(tmp_path / one)
    (tmp_path / "aside").rename(tmp_path / two)
    shelf = Shelf(tmp_path)
    assert shelf.damaged([one, two]) == [one, two]
    with pytest.raises(Damaged, match="belongs to something else"):
        shelf.array(one, "logits.npy")


def test_a_file_or_a_dead_link_in_an_entry_s_place_is_damage(tmp_path):
    key = digest({"seed": 1})
    for make in (lambda: (tmp_path / key).write_text(""), lambda: (tmp_path / key).symlink_to(tmp_path / "nowhere")):
        make()
        shelf = Shelf(tmp_path)
        assert shelf.discard([key]) == [key]
        assert put(shelf) in shelf
        shelf.folder(key).rename(tmp_path / f"kept-{os.urandom(4).hex()}")


def test_what_was_read_is_kept_until_the_entry_is_removed(tmp_path, monkeypatch):
    shelf = Shelf(tmp_path)
    keys = [put(shelf, seed, LOGITS + seed) for seed in range(3)]
    first = shelf.array(keys[0], "logits.npy")
    assert shelf.array(keys[0], "logits.npy") is first
    assert shelf.noted(keys[0]) is shelf.noted(keys[0])
    shelf.remove(keys[0])
    with pytest.raises(Damaged):
        shelf.array(keys[0], "logits.npy")
    assert put(shelf, 0, LOGITS - 1) == keys[0]
    np.testing.assert_array_equal(shelf.array(keys[0], "logits.npy"), LOGITS - 1)

    monkeypatch.setattr(store, "MAPPED", 2)
    for seed in (0, 1, 2, 1, 0):  # the one that was not asked for longest is mapped anew
        expected = LOGITS - 1 if seed == 0 else LOGITS + seed
        np.testing.assert_array_equal(shelf.array(keys[seed], "logits.npy"), expected)
        assert len(shelf._mapped) <= 2


def test_facts_are_plain_json(tmp_path):
    shelf = Shelf(tmp_path)
    key = put(shelf)
    noted = json.loads((tmp_path / key / "facts.json").read_text())
    assert set(noted) == {"facts", "files", "sha256"}
    assert set(noted["files"]) == {"logits.npy", "spec.json"}
