"""Metrics of other packages: taken from the entry point group ``mia_arena.metrics``, each checked."""

from __future__ import annotations

from functools import cache
from typing import Any

from benchmarks.statistics.metric import Metric, of_games
from benchmarks.statistics.metrics import METRICS
from benchmarks.statistics.values import Interval


def adopt(thing: Any) -> Metric:
    """Anything with `key`, `title`, `unit` and `measure(played)` as a metric; a class is made first.

    Its `interval(games, rng)` gives (mean, low, high), each None where unresolved; without one, Student's t is used.
    Raises ValueError in one sentence.
    """
    value = thing() if isinstance(thing, type) else thing
    missing = [name for name in ("key", "title", "unit", "measure") if not getattr(value, name, None)]
    if missing:
        raise ValueError(f"metric {type(value).__name__}: expected {', '.join(missing)}, found none")
    if value.key in METRICS:
        raise ValueError(f"metric {value.key}: there is one of this key already; choose another")
    if isinstance(value, Metric):
        return value
    own = getattr(value, "interval", None)
    interval = (lambda _metric, games, rng: Interval(*own(games, rng))) if own else of_games
    about = str(getattr(value, "about", "") or (type(value).__doc__ or "").strip().split("\n")[0])
    return Metric(value.key, value.title, value.unit, value.measure, interval, about)


def outside() -> dict[str, Metric]:
    """The metrics that other packages bring, by key; those that cannot be used are left out (`broken`)."""
    return _gathered()[0]


def broken() -> list[str]:
    """A sentence on each metric of another package that is left out."""
    return _gathered()[1]


def forget() -> None:
    """Look for the metrics of other packages again when they are asked for."""
    _gathered.cache_clear()


@cache
def _gathered() -> tuple[dict[str, Metric], list[str]]:
    from benchmarks.naming import registry

    plugins, reasons = registry.everything(registry.METRICS)
    found: dict[str, Metric] = {}
    for plugin in plugins:
        try:
            metric = adopt(plugin.value)
            if metric.key in found:
                raise ValueError(f"two packages bring a metric {metric.key}")
            found[metric.key] = metric
        except ValueError as error:
            reasons.append(f"metric {plugin.name} is left out: {error}")
    return found, reasons
