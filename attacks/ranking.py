"""How well scores rank members above the others."""

from __future__ import annotations

import numpy as np


def auc(scores: np.ndarray, member: np.ndarray) -> float:
    """P(member above non-member) + P(tie) / 2 (Mann and Whitney), of scores (n,) and member (n,) bool, both kinds."""
    others = np.sort(scores[~member])
    below, upto = (np.searchsorted(others, scores[member], side=side) for side in ("left", "right"))
    return float((below + upto).mean() / 2 / len(others))
