"""Membership inference attacks: one paper a file, one contract (`Attack`), one sign: higher = member."""

from attacks.base import Attack, adopt
from attacks.check import check_attack, planted
from attacks.chen import STAGES, TwoStage, TwoStageLira
from attacks.evidence import Evidence, Rehearsal, restrict

BUILTIN: dict[str, type[Attack]] = {**STAGES, "two-stage": TwoStage, "two-stage-lira": TwoStageLira}

__all__ = ["BUILTIN", "Attack", "Evidence", "Rehearsal", "adopt", "check_attack", "planted", "restrict"]
