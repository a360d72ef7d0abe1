"""Whether memberships tell each other, without anything that a model answers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from benchmarks.statistics.curves import Curve

FAR = 4.9  # standard deviations


def refuse_telling(trained_on: np.ndarray, target: int, shadow: int | None, references: Sequence[int]) -> None:
    """Raise ValueError where the number of the adversary's models that saw a record predicts the target's membership,
    or one of these models alone does: it has the target's records, or those that the target has not.

    `trained_on` (M, n) bool; target, shadow (None: there is none) and references: models by number.

    Predicts: its AUC is further from 1/2 than chance makes it once in a million games (Mann and Whitney).
    """
    member = trained_on[target]
    inside = int(member.sum())
    outside = len(member) - inside
    if not inside or not outside:
        return
    width = FAR * float(np.sqrt((len(member) + 1) / (12 * inside * outside)))
    count, own = trained_on[list(references)].sum(0), [*references, *([] if shadow is None else [shadow])]
    counts = [count] if shadow is None else [count, count + trained_on[shadow]]
    found = [("how many other models", Curve.of(seen.astype(np.float64), member).auc()) for seen in counts]
    alone = 0.5 + (trained_on[own][:, member].mean(1) - trained_on[own][:, ~member].mean(1)) / 2  # AUC of yes or no
    for what, auc in found + [(f"whether model {m}", auc) for m, auc in zip(own, alone, strict=True)]:
        if abs(auc - 0.5) > width:
            raise ValueError(
                f"trained_on: {what} saw a record tells whether model {target} did (AUC {auc:.2f}, without outputs); "
                "expected memberships that are drawn for each model on its own"
            )
