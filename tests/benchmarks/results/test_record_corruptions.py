"""Records that were spoilt in any way, signed again or not: the same board, or one sentence with a file; no hang."""

import contextlib
import io
import json
import os
import random
import shutil
from unittest import mock

import numpy as np
import pytest
from invented import compared, record

from benchmarks.leaderboard.__main__ import main as leaderboard
from benchmarks.leaderboard.board import leaderboard as board_of
from benchmarks.report.__main__ import read as sections_of
from benchmarks.report.page import page
from benchmarks.report.plot import Plot
from benchmarks.report.writing import made as contents_of
from benchmarks.results import reading, writing
from benchmarks.results.checking import digest_of
from benchmarks.results.latex import latex
from benchmarks.results.tables import to_csv
from benchmarks.statistics.played import ALPHAS, Played

HUGE = 10**400
JUNK = [
    *(None, True, False, -1, 0, 7, 10**15, 2**63, HUGE, -HUGE, 1e308, -1e308, 5e-324, -0.5, 1.0000001, float("nan")),
    *(float("inf"), "", "x", "adaptive", "a\nb", "a\x1b[2J", "a\u202eb", "\ud800", "x" * 10**5, "9" * 5000, "\x00"),
    *([], {}, [1], [[]], {"a": 1}, {"": 1}, ["x"] * 3, [0.5] * 4, {"mean": 1, "low": 2, "high": 0}, "=1+1", "<b>"),
]


def game(seed, n=60):
    """Scores that a record of its own counts belongs to."""
    rng = np.random.default_rng(seed)
    member = np.arange(n) < n // 2
    scores = rng.normal(size=n) + 0.5 * member
    verdicts = scores > np.quantile(scores, [[0.6], [0.7], [0.8], [0.9]])
    return Played(member, scores, verdicts, np.full(len(ALPHAS), 0.9), 0.1, alphas=ALPHAS)


@pytest.fixture(scope="module")
def clean(tmp_path_factory):
    """A folder of boards: one of four records, with what was said in their games, and comparisons."""
    from invented import edited

    from benchmarks.results.making import digest_of_scores

    home = tmp_path_factory.mktemp("clean")
    made = []
    for defense, factor in (("none", 1.0), ("l2", 0.5)):
        group = []
        for i, (attack, d) in enumerate((("gap", 0.3), ("loss", 0.6))):
            games = [game(10 * i + t) for t in range(2)]
            one = record(defense=defense, attack=attack, d=d * factor, members=500, trials=2)
            changes = {"scores": [digest_of_scores(g.scores) for g in games]}
            for place, alpha in enumerate(ALPHAS):
                counts = [g.counts(alpha) for g in games]
                changes |= {f"verdicts/{place}/{k}": [c[j] for c in counts] for j, k in enumerate(("tp", "fp"))}
            one = edited(one, changes)
            (home / "digits" / "records").mkdir(parents=True, exist_ok=True)
            writing.write(one, games, home / "digits" / "records")
            group.append(one)
        (home / "digits" / "comparisons").mkdir(exist_ok=True)
        weak = min(group, key=lambda r: r.auc.mean).attack.name
        writing.write_comparisons(compared(group, **{weak: (-0.1, -0.2, -0.01, 0.03)}), home / "digits" / "comparisons")
        made += group
    assert leaderboard([str(home)]) == 0
    return home


def text_of_all(folder, draw=False):
    """All that pages show of a folder's records."""
    shown = sections_of(folder)
    made = [board_of(s.records, s.run.comparisons) for s in shown]
    contents = contents_of(shown)
    made += [write(table) for content in contents for table in content.tables.values() for write in (to_csv, latex)]
    with contextlib.nullcontext() if draw else mock.patch.object(Plot, "inline", return_value=""):
        return [*made, page(contents, {}, set(), spread=True)]


def test_the_sound_folder_is_shown(clean):
    made = text_of_all(clean, draw=True)
    assert made[0].encode() == (clean / "digits" / "leaderboard.md").read_bytes()


def leaves(value, at=()):
    """The places of all values, those that hold others too."""
    if at:
        yield at
    for key, child in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from leaves(child, (*at, key))


def spread(places, rng):
    """One of `places`, each part of a record as likely as another however many numbers it holds."""
    part = rng.choice(sorted({p[:2] for p in places}, key=str))
    return rng.choice([p for p in places if p[:2] == part])


def resigned(path, rng):
    """Another value, one thing less or one more, and a right digest."""
    plain = json.loads(path.read_text())
    plain.pop("sha256")
    *steps, last = spread(list(leaves(plain)), rng)
    at = plain
    for step in steps:
        at = at[step]
    kind = rng.random()
    if kind < 0.1:
        del at[last]
    elif kind < 0.2 and isinstance(at, dict):
        at["more"] = rng.choice(JUNK)
    elif kind < 0.4 and isinstance(at[last], int | float):
        at[last] = rng.choice([at[last] * 1.01, at[last] + 1, -at[last], at[last] * 1e12, str(at[last])])
    else:
        at[last] = rng.choice(JUNK)
    path.write_text(json.dumps({**plain, "sha256": digest_of(plain)}))
    return (*steps, last)


def refused(home, call):
    """What a call returns, or None and a sentence that names something in `home`."""
    try:
        with contextlib.redirect_stderr(io.StringIO()):
            return call(), ""
    except ValueError as error:
        said = str(error)
        assert said.isprintable(), said
        assert len(said) < 2000
        return None, said


def one_changed(clean, home, seed):
    rng = random.Random(seed)
    shutil.copytree(clean, home)
    folder = rng.choice(["records", "records", "records", "comparisons"])
    path = rng.choice(sorted((home / "digits" / folder).glob("*.json")))
    place = resigned(path, rng)
    drawn = place[0] in ("roc", "histograms", "sweep", "metrics", "utility") and seed % 4 == 0
    _, said = refused(home, lambda: text_of_all(home, drawn))
    codes = []
    for call in (lambda: reading.board(home / "digits"), lambda: reading.compared(home / "digits")):
        codes.append(refused(home, call)[1])
    with contextlib.redirect_stderr(io.StringIO()) as error, contextlib.redirect_stdout(io.StringIO()):
        code = leaderboard([str(home)])
    assert code in (0, 2), (place, error.getvalue())
    assert code == 0 or error.getvalue().count("\n") == 1
    shutil.rmtree(home)
    return bool(said), (place, said or codes)


@pytest.mark.parametrize("part", range(5))
def test_fifty_fields_changed_and_signed_again(clean, tmp_path, part):
    found = [one_changed(clean, tmp_path / "home", seed)[0] for seed in range(10 * part, 10 * part + 10)]
    assert sum(found) > 2


@pytest.mark.slow
def test_five_hundred_fields_changed_and_signed_again(clean, tmp_path):
    found = [one_changed(clean, tmp_path / "home", seed)[0] for seed in range(1000, 1500)]
    assert sum(found) > 300


def flipped(path, rng, other):
    data = bytearray(path.read_bytes())
    for _ in range(rng.choice([1, 5, 50])):
        data[rng.randrange(len(data))] = rng.randrange(256)
    path.write_bytes(data)


def truncated(path, rng, other):
    path.write_bytes(path.read_bytes()[: rng.randrange(path.stat().st_size)])


def exchanged(path, rng, other):
    data = path.read_bytes()
    path.write_bytes(other.read_bytes())
    other.write_bytes(data)


def copied(path, rng, other):
    path.write_bytes(other.read_bytes())


def edited_by_hand(path, rng, other):
    text = path.read_bytes().decode("utf-8", "replace")
    place = rng.choice([i for i, c in enumerate(text) if c.isdigit()] or [0])
    path.write_text(text[:place] + str(rng.randrange(10)) + text[place + 1 :])


def junk(path, rng, other):
    texts = ["", "[]", "{}", "3", "[" * 10**5, '{"schema": 3}', "9" * 5000, "\x00", "NaN", '{"a":' * 10**5]
    path.write_text(rng.choice(texts))


def a_folder(path, rng, other):
    path.unlink()
    path.mkdir()


def a_pipe(path, rng, other):
    path.unlink()
    os.mkfifo(path)


def endless(path, rng, other):
    path.unlink()
    path.symlink_to("/dev/zero")


def linked(path, rng, other):
    path.unlink()
    path.symlink_to(rng.choice([other, path, path.with_name("none")]))


def foreign(path, rng, other):
    for name, text in (("notes.json", "[1]"), ("other.txt", "mine"), ("a--b--c--d.txt", "mine")):
        (path.parent / name).write_text(text)
    (path.parent.parent / "facts.json").write_text('{"schema": "another"}')
    (path.parent.parent / ".draft-0123456789abcdef" / "records").mkdir(parents=True)
    shutil.copy(path, path.parent.parent / ".draft-0123456789abcdef" / "records")


KINDS = [flipped, truncated, exchanged, copied, edited_by_hand, junk, a_folder, a_pipe, endless, linked, foreign]


def spoilt(clean, home, seed):
    rng, kind = random.Random(seed), KINDS[seed % len(KINDS)]
    shutil.copytree(clean, home)
    place = home / "digits" / rng.choice(["records", "records", "comparisons"])
    files = sorted(place.iterdir())
    path = rng.choice(files)
    other = rng.choice([p for p in files if p.suffix == path.suffix and p != path])
    kind(path, rng, other)
    about = f"{kind.__name__} {path.name} seed {seed}"
    wanted = (clean / "digits" / "leaderboard.md").read_bytes()
    with contextlib.redirect_stderr(io.StringIO()) as error, contextlib.redirect_stdout(io.StringIO()):
        code = leaderboard([str(home)])
    now = (home / "digits" / "leaderboard.md").read_bytes()
    assert now == wanted, about
    assert code == 2 or (code == 0 and not error.getvalue()), about
    if code:
        [line] = error.getvalue().splitlines()
        assert line.startswith("error: "), about
        assert line.isprintable()
        assert str(home) in line, about
    games, _ = refused(home, lambda: reading.board(home / "digits"))
    assert games is None or len(games) == 4 or kind in (a_folder, foreign, linked), about
    if path.suffix == ".npz" and kind in (exchanged, copied, edited_by_hand, junk, truncated) and games:
        before = {r.key: p for r, p in reading.board(clean / "digits")}
        for r, p in games:
            assert all(np.array_equal(a.scores, b.scores) for a, b in zip(p, before[r.key], strict=True)), about
    refused(home, lambda: reading.compared(home / "digits"))
    refused(home, lambda: text_of_all(home))
    shutil.rmtree(home)
    return bool(code)


@pytest.mark.posix("pipes and devices")
def test_twenty_two_spoilt_folders(clean, tmp_path):
    found = [spoilt(clean, tmp_path / "home", seed) for seed in range(22)]
    assert any(found)


@pytest.mark.posix("pipes and devices")
@pytest.mark.slow
def test_two_hundred_spoilt_folders(clean, tmp_path):
    found = [spoilt(clean, tmp_path / "home", seed) for seed in range(100, 300)]
    assert sum(found) > 60
