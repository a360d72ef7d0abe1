"""Types of numbers that every paper has."""

from __future__ import annotations

from typing import Annotated, Literal, TypedDict

from msgspec import Meta

Share = Annotated[float, Meta(ge=0, le=1)]
Count = Annotated[int, Meta(ge=0, le=10**15)]


class Interval(TypedDict):
    """A number and its interval; None where the data cannot resolve it."""

    mean: Share | None
    low: Share | None
    high: Share | None
    holds: Literal["population", "targets", "values"]
