"""What is known of a defense that keeps every label: what labels give away is the same as undefended. Pure."""

from __future__ import annotations

from benchmarks.papers.hamp.settings import LABEL_ONLY, LABELS_KEPT, NONE
from benchmarks.papers.kit import Numbers


def completed(run: Numbers) -> Numbers:
    """A suite's numbers in which the rows of LABELS_KEPT have the undefended model's rates of those attacks that see
    labels alone and did not ask them; such a rate is the largest where it is above that of the row's own attacks.
    """
    kept = [row for row in LABELS_KEPT if row in run and NONE in run]
    return {**run, **{row: _completed(run[row], run[NONE]["attacks"]) for row in kept}}


def _completed(row: Numbers, undefended: Numbers) -> Numbers:
    same = {n: of for n, of in undefended.items() if n in LABEL_ONLY and n not in row["attacks"]}
    leaders = dict(row["leaders"])
    for key, leader in row["leaders"].items():
        most = max(same, key=lambda name: same[name][key]["mean"], default=None)
        if most is not None and same[most][key]["mean"] > leader["of"]["mean"]:
            leaders[key] = {"of": same[most][key], "chosen": [most]}
    return {**row, "attacks": row["attacks"] | same, "leaders": leaders}
