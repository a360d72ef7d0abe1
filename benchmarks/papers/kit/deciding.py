"""What would decide a claim that intervals leave undecided: how many targets, and what they cost. Pure.

The half-width of an interval over T targets shrinks with the square root of T, where the spread and the number itself
stay as they are, and less where targets share their records; so all of this is about, and rather too few.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.naming.wording import counted, duration
from benchmarks.results.tables import word

Numbers = dict[str, Any]
MOST = 1000  # targets; what needs more is called level


@dataclass(frozen=True)
class Open:
    """A number that is still undecided, in words, and how many times as many targets would decide it.

    `times`: infinite where no number of targets would; `why` not, if not because the number is level.
    """

    what: str
    times: float
    why: str = ""


def against(what: str, interval: Numbers, *bars: float) -> tuple[Open, ...]:
    """The number, where its interval {mean or difference, low, high} holds one of the bars; else nothing."""
    made = [_times(interval, bar) for bar in bars if interval["low"] <= bar <= interval["high"]]
    return (Open(what, max(made)),) if made else ()


def apart(what: str, one: Numbers, other: Numbers) -> tuple[Open, ...]:
    """Two numbers, where their intervals {mean, low, high} overlap; else nothing."""
    low, high = sorted((one, other), key=_estimate)
    if high["low"] > low["high"]:
        return ()
    gap = _estimate(high) - _estimate(low)
    reach = low["high"] - _estimate(low) + _estimate(high) - high["low"]
    return (Open(what, (reach / gap) ** 2 if gap else math.inf),)


def sentence(found: Sequence[Open], *abouts: Numbers) -> str:
    """What would decide, by the number that needs the most targets; "" where nothing is open.

    `abouts`: trials, models, their seconds and the device, of everything that is compared.
    """
    if not found:
        return ""
    hardest, now = max(found, key=lambda of: (of.times, of.why)), min(about["trials"] for about in abouts)
    if hardest.why:
        return f" No number of targets decides {hardest.what}: {hardest.why}."
    if hardest.times * now > MOST:
        return f" Open is {hardest.what}: the two are so near that even {MOST:,} targets would not decide it."
    targets = max(now + 1, math.ceil(hardest.times * now))
    seconds = (targets - now) * sum(about["seconds"] / max(about["models"], 1) for about in abouts)
    devices = dict.fromkeys(word(name) for about in abouts for name in re.split(r", (?=CPU|NVIDIA)", about["device"]))
    models = (targets - now) * len(abouts)
    cost = f"{counted(models, 'model')} more: {duration(seconds)} of training, {' and '.join(devices)}"
    return f" Open is {hardest.what}; if it stays as it is, about {targets} targets or more decide, not {now} ({cost})."


def _estimate(interval: Numbers) -> float:
    middle = (interval["low"] + interval["high"]) / 2
    return float(interval.get("mean", interval.get("difference", middle)))


def _times(interval: Numbers, bar: float) -> float:
    estimate = _estimate(interval)
    reach = estimate - interval["low"] if estimate > bar else interval["high"] - estimate
    return (reach / (estimate - bar)) ** 2 if estimate != bar else math.inf
