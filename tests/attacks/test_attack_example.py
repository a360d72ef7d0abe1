"""The attacks that CONTRIBUTING.md shows pass the check."""

import re
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression

from attacks import check_attack

TEXT = (Path(__file__).parents[2] / "CONTRIBUTING.md").read_text(encoding="utf-8")
CODE = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)


class Learned:
    def __init__(self, model):
        self.model = model

    def score(self, evidence):
        return self.model.decision_function(features(evidence))


def features(evidence):
    return np.sort(evidence.target[:, 0].astype(float))


def test_the_first_attack_is_short_and_passes():
    names: dict = {}
    exec(CODE[0], names)
    assert len(CODE[0].split("class ")[1].splitlines()) <= 15
    assert "With a leak" in check_attack(names["Excess"]())[5]


def test_the_attack_that_learns_passes():
    names = {"LogisticRegression": LogisticRegression, "Learned": Learned, "features": features}
    exec(CODE[1], names)
    assert "With a leak" in check_attack(names["Learns"]())[5]
