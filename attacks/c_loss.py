"""The calibrated loss (Watson, Guo, Cormode and Sablayrolles 2022; HP-MIA eq. 6)."""

from __future__ import annotations

from dataclasses import dataclass

from attacks.calibration import Calibrated


@dataclass(frozen=True)
class CLoss(Calibrated):
    """Calibrated log p_y."""

    signal = "log_p"
