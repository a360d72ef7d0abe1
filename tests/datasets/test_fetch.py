"""Fetching, against a server on loopback."""

import functools
import hashlib
import http.server
import io
import tarfile
import threading

import numpy as np
import pytest

from datasets import fetching, load, privacy_lab


def archive(members):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for name, text in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(text)
            tar.addfile(info, io.BytesIO(text))
    return buffer.getvalue()


LOCATION = archive({"bangkok": b'"2",0,1,1\n"30",1,0,0\n'})
PURCHASE = archive({"dataset_purchase": b"1,0,1\n100,1,1\n"})
TEXAS = archive({"texas/100/feats": b"0,1,1\n1,0,0\n", "texas/100/labels": b"7\n100\n"})
HOSTILE = archive({"../outside": b'"2",0,1,1\n'})


@pytest.fixture
def published(tmp_path, monkeypatch):
    """publish(name, bytes, recorded=bytes) serves an archive whose recorded blob id is that of `recorded`."""
    folder = tmp_path / "www"
    folder.mkdir()
    handler = functools.partial(Quiet, directory=str(folder))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setattr(privacy_lab, "ARCHIVES", f"http://127.0.0.1:{server.server_port}/")

    def publish(name, data, recorded=None):
        recorded = data if recorded is None else recorded
        blob = hashlib.sha1(b"blob %d\0" % len(recorded) + recorded).hexdigest()
        archive = f"dataset_{name.rstrip('0123456789')}.tgz"
        (folder / archive).write_bytes(data)
        monkeypatch.setitem(privacy_lab.BLOBS, archive, blob)

    yield publish
    server.shutdown()
    server.server_close()


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.mark.parametrize(
    ("name", "data", "bits", "labels"),
    [
        ("location30", LOCATION, [[0, 1, 1], [1, 0, 0]], [1, 29]),
        ("purchase100", PURCHASE, [[0, 1], [1, 1]], [0, 99]),
        ("texas100", TEXAS, [[0, 1, 1], [1, 0, 0]], [6, 99]),
    ],
)
def test_an_archive_is_fetched_once_and_converted(published, tmp_path, monkeypatch, name, data, bits, labels):
    published(name, data)
    pool = load(name, tmp_path / "data")
    np.testing.assert_array_equal(pool.x, bits)
    assert pool.y.tolist() == labels
    monkeypatch.setattr(privacy_lab, "ARCHIVES", "http://127.0.0.1:9/")
    again = load(name, tmp_path / "data")
    assert (
        (again.digest, again.source) == (pool.digest, pool.source) == (pool.digest, getattr(privacy_lab, name).source)
    )
    assert sorted(p.name for p in (tmp_path / "data").iterdir()) == [f"{name}.fetched.json", f"{name}.npz"]


def test_changed_bytes_are_refused_before_opening(published, tmp_path, monkeypatch):
    monkeypatch.setattr(tarfile, "open", lambda *_: pytest.fail("the archive was opened"))
    published("location30", LOCATION[:-1] + b"x", recorded=LOCATION)
    with pytest.raises(ValueError, match="refused without opening"):
        load("location30", tmp_path / "data")
    assert not (tmp_path / "data").exists()


def test_an_archive_that_reaches_outside_is_refused(published, tmp_path):
    published("location30", HOSTILE)
    with pytest.raises(ValueError, match="refused"):
        load("location30", tmp_path / "data")
    assert not (tmp_path / "data").exists()


def test_without_a_network_both_ways_out_are_named(tmp_path, monkeypatch):
    monkeypatch.setattr(privacy_lab, "ARCHIVES", "http://127.0.0.1:9/")
    with pytest.raises(ValueError, match=r"put the file there, or run again with a network"):
        load("purchase100", tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_takes_no_files_is_named(tmp_path, monkeypatch):
    def closed(folder):
        raise PermissionError(13, "Permission denied", str(folder / ".draft-0123456789abcdef"))

    monkeypatch.setattr(fetching.drafts, "folder", closed)
    with pytest.raises(ValueError) as error:
        load("purchase100", tmp_path)
    missing = f"--data: {tmp_path / 'purchase100.npz'} is missing"
    assert str(error.value) == f"{missing}, and nothing can be written to {tmp_path}: Permission denied"


def test_blob_id_is_gits(tmp_path):
    (tmp_path / "f").write_bytes(b"hello\n")
    assert fetching.blob_id(tmp_path / "f") == "ce013625030ba8dba906f756967f9e9ca394464a"


def test_torchvisions_readers_import_beside_any_torch():
    from datasets._torchvision import readers

    assert all(hasattr(readers, name) for name in ("MNIST", "FashionMNIST", "CIFAR10", "CIFAR100"))
