"""The most exposed members as pictures: the very records, and none where that cannot be shown to be so."""

import base64
import io
from dataclasses import replace

import numpy as np
import pytest
from invented import edited, record
from PIL import Image

from benchmarks.report import found, thumbnails
from benchmarks.statistics.played import ALPHAS, Played
from datasets import SixSplit, load

PART, EXPOSED = 100, 17


@pytest.fixture(scope="module")
def digits():
    return load("digits", None)


@pytest.fixture(scope="module")
def split(digits):
    return SixSplit(PART).split(len(digits.y), 2, 3, 0)


@pytest.fixture(scope="module")
def one(digits):
    made = record(members=PART, trials=2, references=3)
    return edited(made, {"suite/dataset_digest": digits.digest})


@pytest.fixture(scope="module")
def who(split):
    """In the second game one member stands out for both attacks; in the first nobody does."""
    games = []
    for number, trial in enumerate(split.trials):
        member = split.member(trial.target)[trial.audited]
        scores = np.zeros(len(member))
        scores[np.flatnonzero(member)[EXPOSED]] = number
        none = np.full(len(ALPHAS), np.nan)
        games.append(Played(member, scores, np.zeros((len(ALPHAS), len(member)), bool), none, 0.1, alphas=ALPHAS))
    return found.of([("a", games), ("b", games)])


def test_the_picture_is_that_of_the_record(digits, split, one, who, tmp_path):
    [uri] = thumbnails.of(one, who, tmp_path)
    kind, _, content = uri.partition(",")
    shown = np.array(Image.open(io.BytesIO(base64.b64decode(content))))
    trial = split.trials[1]
    position = np.flatnonzero(split.member(trial.target)[trial.audited])[EXPOSED]
    record_ = digits.x[split.audited[trial.audited[position]]]
    assert kind == "data:image/png;base64"
    assert np.array_equal(shown, np.round(record_[..., 0].astype(float) * 255 / 16))


def test_there_is_none_of_other_games_other_data_or_what_is_no_image(one, who, tmp_path):
    assert thumbnails.of(one, replace(who, members=[~m for m in who.members]), tmp_path) == []
    assert thumbnails.of(one, replace(who, members=who.members[:1]), tmp_path) == []
    for change in (
        {"suite/seed": 1},
        {"suite/protocol": "of-ones-own"},
        {"suite/part": 10**6},
        {"suite/dataset_digest": "0" * 64},
        {"suite/dataset": "letter"},
        {"suite/dataset": "nobody's"},
    ):
        assert thumbnails.of(edited(one, change), who, tmp_path) == [], change


def test_colours_keep_their_places():
    image = np.arange(2 * 3 * 3, dtype=np.uint8).reshape(2, 3, 3)
    assert np.array_equal(np.array(Image.open(io.BytesIO(thumbnails.png(image)))), image)
