"""Two-stage HP-MIA with offline LiRA in the second stage (Chen et al. 2023, section 4.3.4)."""

from __future__ import annotations

from dataclasses import dataclass, field

from attacks.base import Attack
from attacks.lira_offline import LiraOffline
from attacks.two_stage import TwoStage


@dataclass(frozen=True)
class TwoStageLira(TwoStage):
    """Two-stage HP-MIA with offline LiRA in the second stage (HP-MIA, section 4.3.4)."""

    reference = "Chen et al. 2023, section 4.3.4; variances as in lira-offline"
    second: Attack = field(default=LiraOffline())
