"""The calibrated probability of the label (Watson, Guo, Cormode and Sablayrolles 2022; HP-MIA eq. 6)."""

from __future__ import annotations

from dataclasses import dataclass

from attacks.calibration import Calibrated


@dataclass(frozen=True)
class CConf(Calibrated):
    """Calibrated p_y: the form of HP-MIA's published code, which made its published numbers."""

    signal = "p_label"
