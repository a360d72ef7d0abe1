"""Signals that rank records, without the ties of outputs too certain for float64."""

from __future__ import annotations

import numpy as np

from attacks.evidence import Evidence, Signal

LEAST = 1e-300  # below it float64 loses digits, and then the number
BEYOND = {"log_p": "phi", "log_p_max": "phi_max", "entropy": "log_entropy", "mentr": "log_mentr"}


def unsaturated(evidence: Evidence, name: str) -> Signal:
    """The signal of that name, all below 0; where it lies within 1e-300 of 0, the same on a log scale, far above 0.

    So it orders outputs as exact arithmetic does, and is the plain signal wherever float64 can tell.
    """
    plain = evidence.signal(name)
    if not any((values > -LEAST).any() for values in plain):
        return plain
    beyond = evidence.signal(BEYOND[name])
    return Signal(*(np.where(a > -LEAST, b, a) for a, b in zip(plain, beyond, strict=True)))
