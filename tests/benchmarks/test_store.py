import json

import numpy as np
import pytest

from benchmarks.training.store import Store, digest

LOGITS = np.arange(6, dtype=np.float32).reshape(3, 1, 2)


def test_digest_depends_on_values_and_not_on_their_order():
    assert digest({"a": 1, "b": 2}) == digest({"b": 2, "a": 1})
    assert digest({"a": 1}) != digest({"a": 2})
    with pytest.raises(ValueError):
        digest(float("nan"))


def test_what_is_written_is_read_back_and_present(tmp_path):
    store = Store(tmp_path)
    assert "k" not in store
    store.write("k", {"seed": 1}, LOGITS, {"seconds": 2.0})
    assert "k" in store
    np.testing.assert_array_equal(store.logits("k"), LOGITS)
    assert store.facts("k")["seconds"] == 2.0
    assert json.loads((store.folder("k") / "spec.json").read_text()) == {"seed": 1}
    assert store.missing(["k", "other"]) == ["other"]
    with pytest.raises(ValueError):
        store.logits("k").setflags(write=True)


def test_entries_are_write_once(tmp_path):
    store = Store(tmp_path)
    store.write("k", {}, LOGITS, {})
    store.write("k", {}, LOGITS + 1, {})
    np.testing.assert_array_equal(store.logits("k"), LOGITS)
    assert [p.name for p in (tmp_path / "models").iterdir()] == ["k"]


def test_a_failed_write_leaves_nothing(tmp_path, monkeypatch):
    def full(*_arguments, **_options):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "save", full)
    store = Store(tmp_path)
    with pytest.raises(OSError, match="No space"):
        store.write("k", {}, LOGITS, {})
    assert list((tmp_path / "models").iterdir()) == []


@pytest.mark.parametrize("damage", ["truncate", "flip", "facts"])
def test_damaged_entries_are_found_and_removed(tmp_path, damage):
    store = Store(tmp_path)
    store.write("good", {}, LOGITS, {})
    store.write("bad", {}, LOGITS, {})
    path = store.folder("bad") / ("facts.json" if damage == "facts" else "logits.npy")
    data = path.read_bytes()
    path.write_bytes(data[:-4] if damage != "flip" else data[:-1] + bytes([data[-1] ^ 1]))
    assert store.verify(["good", "bad", "absent"]) == ["bad"]
    assert "bad" not in store
    assert "good" in store


def test_a_file_in_an_entry_s_place_is_damage(tmp_path):
    store = Store(tmp_path)
    store.folder("bad").parent.mkdir()
    store.folder("bad").write_text("")
    assert store.verify(["bad"]) == ["bad"]
    store.write("bad", {}, LOGITS, {})
    assert "bad" in store
