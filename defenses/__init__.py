"""Defenses, one a file, each a frozen dataclass of hooks. Names are loaded when used: this alone imports no torch."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from defenses.adopting import adopt
    from defenses.adv_reg import AdvReg
    from defenses.base import Defense
    from defenses.ccl import Ccl
    from defenses.check import check_defense
    from defenses.confidence_penalty import ConfidencePenalty
    from defenses.dmp import Dmp
    from defenses.dp_sgd import DpSgd
    from defenses.dropout import Dropout
    from defenses.early_stopping import EarlyStopping
    from defenses.hamp import Hamp
    from defenses.hamp_label_smoothing import HampLabelSmoothing
    from defenses.hamp_output import HampOutput
    from defenses.hamp_training import HampTraining
    from defenses.l2 import L2
    from defenses.label_smoothing import LabelSmoothing
    from defenses.memguard import MemGuard
    from defenses.mixup import Mixup
    from defenses.none import NoDefense
    from defenses.relaxloss import RelaxLoss
    from defenses.release import ReleaseContext
    from defenses.running import by_fit, released, trained
    from defenses.selena import Selena

_HOME = {
    "AdvReg": "adv_reg",
    "L2": "l2",
    "Ccl": "ccl",
    "ConfidencePenalty": "confidence_penalty",
    "Defense": "base",
    "Dmp": "dmp",
    "Dropout": "dropout",
    "EarlyStopping": "early_stopping",
    "DpSgd": "dp_sgd",
    "Hamp": "hamp",
    "HampLabelSmoothing": "hamp_label_smoothing",
    "HampOutput": "hamp_output",
    "HampTraining": "hamp_training",
    "LabelSmoothing": "label_smoothing",
    "MemGuard": "memguard",
    "Mixup": "mixup",
    "NoDefense": "none",
    "RelaxLoss": "relaxloss",
    "ReleaseContext": "release",
    "Selena": "selena",
    "adopt": "adopting",
    "by_fit": "running",
    "check_defense": "check",
    "released": "running",
    "trained": "running",
}

__all__ = [
    "L2",
    "AdvReg",
    "Ccl",
    "ConfidencePenalty",
    "Defense",
    "Dmp",
    "DpSgd",
    "Dropout",
    "EarlyStopping",
    "Hamp",
    "HampLabelSmoothing",
    "HampOutput",
    "HampTraining",
    "LabelSmoothing",
    "MemGuard",
    "Mixup",
    "NoDefense",
    "RelaxLoss",
    "ReleaseContext",
    "Selena",
    "adopt",
    "by_fit",
    "check_defense",
    "released",
    "trained",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'defenses' has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
