"""Records are read as they were written, or refused in one sentence, whatever was done to them."""

import json
import random
from pathlib import Path

import numpy as np
import pytest
from invented import compared, edited, record

from benchmarks.results import files, migrate, reading, writing
from benchmarks.results.checking import checked, digest_of
from benchmarks.results.record import Record
from benchmarks.run import main

ROOT = Path(__file__).parents[3]
OLD = Path(__file__).parent / "schema2.json"


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    home = tmp_path_factory.mktemp("records")
    options = ["--references", "2", "--trials", "2", "--epochs", "2", "--attacks", "loss", "c-loss", "two-stage"]
    assert main(["--store", str(home / "store"), "--output", str(home / "out"), "--device", "cpu", *options]) == 0
    return home / "out"


@pytest.fixture
def path(tmp_path):
    """One invented record on disk."""
    writing.write(record(), [], tmp_path)
    return next(tmp_path.glob("*.json"))


def answer(call):
    """What a call returns, and what its ValueError says."""
    try:
        return call(), ""
    except ValueError as error:
        return None, str(error)


def signed(path, plain):
    """Write plain data with a digest that is right."""
    plain.pop("sha256", None)
    path.write_text(json.dumps({**plain, "sha256": digest_of(plain)}))


def test_records_and_what_was_said_come_back(out):
    made = reading.board(out)
    assert [r.attack.name for r, _ in made] == ["c-loss", "loss", "two-stage"]
    for found, games in made:
        assert len(games) == found.trials == 2
        for game, auc in zip(games, found.auc.values, strict=True):
            above = game.scores[game.member][:, None] - game.scores[~game.member]
            assert auc == pytest.approx((above > 0).mean() + (above == 0).mean() / 2, abs=1e-5)
        assert tuple(game.counts(0.98)[0] for game in games) == found.verdict(0.98).tp
        assert found.cost.models == 4
        assert len(found.games.keys) == 2
    [comparisons] = reading.compared(out)
    best = max(made, key=lambda of: of[0].auc.mean)[0].attack.name
    assert comparisons.strongest == best
    assert {row.attack for row in comparisons.rows} == {r.attack.name for r, _ in made} - {best}
    assert all(row.differences["auc"].difference <= 0 for row in comparisons.rows)


def test_a_record_does_not_hold_its_company(out, tmp_path):
    options = ["--references", "2", "--trials", "2", "--epochs", "2", "--attacks", "loss"]
    assert main(["--store", str(out.parent / "store"), "--output", str(tmp_path), "--device", "cpu", *options]) == 0
    [(alone, _)] = reading.board(tmp_path)
    [beside] = [r for r, _ in reading.board(out) if r.attack.name == "loss"]
    assert alone.command != beside.command
    assert edited(alone, {"command": beside.command, "cost": {"models": 4, "seconds": 0, "attack_seconds": 0}}) == (
        edited(beside, {"cost": {"models": 4, "seconds": 0, "attack_seconds": 0}})
    )


def test_what_was_said_may_be_missing_but_not_damaged(out, tmp_path):
    found, games = reading.board(out)[0]
    writing.write(found, games, tmp_path)
    path = next(tmp_path.glob("*.json"))
    back = reading.played(path, found)
    for one, other in zip(back, games, strict=True):
        np.testing.assert_array_equal(one.records, other.records)
        assert len(set(one.records)) == len(one.records)
    beside = path.with_suffix(".npz")
    good = beside.read_bytes()
    for damaged in (b"PK nonsense", b"", good[:500], good[:-1], b"\x93NUMPY" + good):
        beside.write_bytes(damaged)
        with pytest.raises(ValueError, match=r"c-loss\.npz: .*run it again"):
            reading.played(path, found)
    beside.unlink()
    assert reading.played(path, found) is None


@pytest.mark.parametrize("seed", range(60))
def test_scores_with_flipped_bytes_are_refused_or_the_same(out, tmp_path, seed):
    found, games = reading.board(out)[0]
    writing.write(found, games, tmp_path)
    path = next(tmp_path.glob("*.json"))
    beside, rng = path.with_suffix(".npz"), random.Random(seed)
    data = bytearray(beside.read_bytes())
    for _ in range(rng.choice([1, 3, 30])):
        data[rng.randrange(len(data))] = rng.randrange(256)
    beside.write_bytes(bytes(data[: rng.choice([len(data), len(data), rng.randrange(len(data))])]))
    back, said = answer(lambda: reading.played(path, found))
    assert said.startswith(str(beside)) or back
    assert "\n" not in said
    if back:
        assert all(np.array_equal(a.scores, b.scores) for a, b in zip(games, back, strict=True))
        assert [g.counts(0.98) for g in games] == [g.counts(0.98) for g in back]


@pytest.mark.parametrize(
    ("place", "value", "words"),
    [
        ("metrics/auc/mean", 7.0, "low <= mean <= high"),
        ("metrics/auc", {"mean": 7, "low": 7, "high": 7, "values": [7] * 4}, "auc from 0 to 1"),
        ("metrics/auc/low", 0.99, "low <= mean <= high"),
        ("metrics/auc/low", None, "all null"),
        ("metrics/auc/values", [0.5], "4 values of auc"),
        ("metrics/other", {"mean": 1, "low": 1, "high": 1, "values": [1] * 4}, "a description of the metric other"),
        ("metrics/tp_at_0.98/values", [-1, 0, 0, 0], "tp_at_0.98 from 0"),
        ("adversary", "clever", "clever"),
        ("attack/name", "a\u001b[31mb", "control characters"),
        ("attack/name", "a\u202eb", "control characters"),
        ("attack/name", "a\u2067b", "control characters"),
        ("attack/name", "\ud800", "control characters"),
        ("attack/name", "", "length"),
        ("attack/needs", "sahdow", "sahdow"),
        ("attack/settings", {"a\nb": 1}, "control characters"),
        ("attack/settings", {"a": [[[[[[[[[[[[1]]]]]]]]]]]]}, "nesting"),
        ("attack/version", "one", "int"),
        ("command", 5, "str"),
        ("duplicates", -1, ">= 0"),
        ("duplicates", 10**400, ""),
        ("cost/seconds", -1.0, ">= 0"),
        ("cost/secs", 1.0, "unknown field"),
        ("paired", [], "unknown field"),
        ("verdicts/0/tp", [1, 2], "equal length"),
        ("verdicts/0/tp", [10**9] * 4, "tp <= members"),
        ("verdicts", [], "length"),
        ("scores", [], "length"),
        ("scores/0", "no digest", "regex"),
        ("roc/tpr/3", 1.5, "<= 1"),
        ("roc/low/3", 0.99, "low <= tpr <= high"),
        ("sweep/alpha/0", 0.9, "rising"),
        ("histograms/score/edges/0", 9.0, "rising"),
        ("histograms/score/edges", [], "one edge more"),
        ("utility/test", {"mean": 1.5, "low": 1, "high": 2}, "accuracy from 0 to 1"),
        ("suite", [], "object"),
        ("suite/changed", {"epochs": [1, 2, 3]}, "length"),
    ],
)
def test_a_wrong_value_is_refused_though_its_digest_is_right(path, place, value, words):
    plain = json.loads(path.read_text())
    *steps, last = place.split("/")
    at = plain
    for step in steps:
        at = at[int(step) if isinstance(at, list) else step]
    at[int(last) if isinstance(at, list) else last] = value
    signed(path, plain)
    with pytest.raises(ValueError) as error:
        reading.record(path)
    assert str(error.value).startswith(f"{path}: is not a record (")
    assert words in str(error.value)
    assert str(error.value).isprintable()


def leaves(value, at=()):
    """The places of all values that hold no others."""
    if isinstance(value, dict | list) and value:
        for key, child in value.items() if isinstance(value, dict) else enumerate(value):
            yield from leaves(child, (*at, key))
    else:
        yield at


JUNK = [None, True, -1, 0, 7, 1e308, 10**400, "", "x", "a\nb", [], {}, [1], {"a": 1}, "9" * 5000, -0.5, 1.0000001]


@pytest.mark.parametrize("seed", range(50))
def test_one_field_changed_and_signed_again_is_refused_in_one_sentence_or_stands_on_its_own(path, seed):
    rng = random.Random(seed)
    good = json.loads(path.read_text())
    for _ in range(10):
        plain = json.loads(json.dumps(good))
        *steps, last = rng.choice(list(leaves(plain)))
        at = plain
        for step in steps:
            at = at[step]
        at[last] = rng.choice(JUNK)
        signed(path, plain)
        found, said = answer(lambda: reading.record(path))
        assert said.startswith(str(path)) or checked(found, Record) == found
        assert said.isprintable()


@pytest.mark.parametrize("key", ["roc", "sha256", "schema", "suite"])
def test_a_record_that_lacks_something_is_refused(path, key):
    plain = json.loads(path.read_text())
    del plain[key]
    path.write_text(json.dumps(plain))
    with pytest.raises(ValueError, match=path.name):
        reading.record(path)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "nonsense",
        "{}",
        '"hello"',
        "[" * 10**5,
        '{"a":' * 10**5,
        "9" * 5000,
        '{"schema": [3]}',
        "\x00",
        "1e999",
    ],
)
def test_what_is_no_record_is_refused(tmp_path, text):
    (tmp_path / "a.json").write_text(text)
    with pytest.raises(ValueError, match=r"a\.json: (is not|expected) a record") as error:
        reading.records(tmp_path)
    assert str(error.value).isprintable()


def test_bytes_that_are_no_text_and_no_records_are_refused(tmp_path):
    with pytest.raises(ValueError, match="found none"):
        reading.records(tmp_path)
    (tmp_path / "a.json").write_bytes(b"\xff\xfe{}")
    with pytest.raises(ValueError, match="is not a record"):
        reading.records(tmp_path)


def test_two_names_never_share_a_file():
    names = ["l2(0.1)", "l2[0.1]", "l2_0.1_", "a" * 80, "a" * 81, "–", "a--b", "a-b", "L2 0.1"]
    made = [writing.stem("digits", "adaptive", "none", name) for name in names]
    assert len(set(made)) == len(names)
    assert all(writing.is_name(f"{stem}.json") and len(stem) < 100 for stem in made)
    assert writing.stem("digits", "adaptive", "none", "two-stage-lira") == "digits--adaptive--none--two-stage-lira"


def test_comparisons_come_back_and_their_digest_is_checked(tmp_path):
    made = [record(attack="strong", d=0.9), record(attack="weak", d=0.2)]
    found = compared(made, weak=(-0.1, -0.2, -0.05, 0.001))
    (tmp_path / "comparisons").mkdir()
    writing.write_comparisons(found, tmp_path / "comparisons")
    assert reading.compared(tmp_path) == [found]
    path = next((tmp_path / "comparisons").iterdir())
    path.write_text(path.read_text().replace("-0.2", "-0.3"))
    with pytest.raises(ValueError, match="as it was written"):
        reading.compared(tmp_path)


def test_a_record_of_schema_2_is_read_as_one_of_schema_3(tmp_path):
    """Against the file itself: what it said of other attacks is out, what it said of its own games is in."""
    (tmp_path / "records").mkdir()
    (tmp_path / "records" / "digits--adaptive--none--c-loss.json").write_bytes(OLD.read_bytes())
    old = json.loads(OLD.read_text())
    [(found, _)] = reading.board(tmp_path)
    assert found.key == ("digits", "adaptive", "none", "c-loss")
    for name, value in old["ranking"].items():
        of = found.metrics[name]
        assert (of.mean, of.low, of.high) == (value["mean"], value["low"], value["high"])
        assert list(of.values) == [game[name] for game in old["trials"]]
    verdict = old["verdicts"][2]
    assert found.metrics["precision_at_0.98"].ends == tuple(verdict["precision"][k] for k in ("mean", "low", "high"))
    assert found.metrics["tp_at_0.98"].values == tuple(map(float, verdict["tp"]))
    assert found.metrics["tp_at_0.98"].mean == pytest.approx(np.mean(verdict["tp"]), rel=1e-5)
    net = [(t - f) / m for t, f, m in zip(verdict["tp"], verdict["fp"], verdict["members"], strict=True)]
    assert found.metrics["advantage_at_0.98"].mean == pytest.approx(np.mean(net), rel=1e-5)
    assert list(found.scores) == old["scores"]
    assert reading.compared(tmp_path) == []  # the strongest, which it was compared with, is not there
    damaged = {**old, "verdicts": [{**verdict, "tp": "x"}]}
    signed(tmp_path / "records" / "digits--adaptive--none--c-loss.json", damaged)
    with pytest.raises(ValueError, match="not a record of schema 2"):
        reading.board(tmp_path)


def test_migrating_writes_schema_3_once_and_leaves_the_rest(tmp_path, capsys):
    home = tmp_path / "digits" / "records"
    home.mkdir(parents=True)
    (home / "old-name.json").write_bytes(OLD.read_bytes())
    (home / "old-name.npz").write_bytes(b"as it was")
    assert migrate.main([str(tmp_path)]) == 0
    assert sorted(p.name for p in home.iterdir()) == [f"digits--adaptive--none--c-loss.{e}" for e in ("json", "npz")]
    assert json.loads(next(home.glob("*.json")).read_text())["schema"] == 3
    assert migrate.main([str(tmp_path)]) == 0
    assert [line.split(": ")[1] for line in capsys.readouterr().out.splitlines()] == [
        "1 record rewritten",
        "0 records rewritten",
    ]
    assert migrate.main([str(tmp_path / "nowhere")]) == 2


def test_a_migration_that_was_cut_off_loses_no_comparison(tmp_path, monkeypatch):
    """Stopped before its n-th record and run again, it leaves what it does in one go."""
    left = {}
    for stop in (0, 1, 2, 3):
        home = tmp_path / str(stop) / "records"
        home.mkdir(parents=True)
        (home.parent / "leaderboard.md").write_text("board")
        old = json.loads(OLD.read_text())
        for name, behind in (("c-loss", old["paired"]), ("loss", old["paired"]), ("two-stage", [])):
            made = {**old, "attack": {**old["attack"], "name": name}, "paired": behind}
            signed(home / f"digits--adaptive--none--{name}.json", made)
        calls, write = [], files.write

        def stopped(path, text, calls=calls, write=write, stop=stop):
            if path.parent.name == "records":
                calls.append(path)
                if len(calls) == stop:
                    raise KeyboardInterrupt
            write(path, text)

        with monkeypatch.context() as patch:
            patch.setattr(files, "write", stopped)
            assert migrate.main([str(home.parent)]) == (130 if stop else 0)
        assert migrate.main([str(home.parent)]) == 0
        left[stop] = {p.relative_to(home.parent): p.read_bytes() for p in home.parent.rglob("*.json")}
        [found] = reading.compared(home.parent)
        assert [row.attack for row in found.rows] == ["c-loss", "loss"]
    assert left[0] == left[1] == left[2] == left[3]
    assert len(left[0]) == 4


def test_the_committed_records_are_as_the_migration_writes_them():
    paths = sorted((ROOT / "results").rglob("records/*.json"))
    assert len(paths) > 150
    for path in paths:
        assert path.read_text() == writing.text_of(reading.record(path))
        assert path.stem == writing.stem_of(reading.record(path))
