"""An audit's own random numbers, which no generator of a user's small seed draws, too.

A user may have drawn memberships from `default_rng(0)`, which is the same as `default_rng([0, 0, 0])`: coins of an
audit that came from either would tell them.
"""

from __future__ import annotations

import numpy as np

OURS = 0x4D4941


def coins(*seeds: int) -> np.random.Generator:
    """A generator for these whole numbers of 0 or more."""
    return np.random.default_rng([OURS, *seeds])
