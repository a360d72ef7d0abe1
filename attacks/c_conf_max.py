"""The calibrated confidence (Watson, Guo, Cormode and Sablayrolles 2022; HP-MIA eq. 6)."""

from __future__ import annotations

from dataclasses import dataclass

from attacks.calibration import Calibrated


@dataclass(frozen=True)
class CConfMax(Calibrated):
    """Calibrated max_i log p_i: the form of HP-MIA's text (eq. 4 in eq. 6)."""

    signal = "log_p_max"
