"""The tables of an audit as a spreadsheet reads them: plain decimals, nothing rounded away. About a second."""

import csv
import re

import numpy as np
import pytest

from benchmarks.audit import audit
from benchmarks.audit.saving import decimal

N, C = 400, 3


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.99990000000000001, "0.9999"),
        (1 / 3, "0.33333333333333"),
        (1e-5, "0.00001"),
        (1.25e-12, "0.00000000000125"),
        (-2.5e-7, "-0.00000025"),
        (1234567890123456.0, "1234567890123500"),
        (1e16, "10000000000000000"),
        (-0.0, "0"),
        (1e-300, "1e-300"),
        (1e300, "1e+300"),
    ],
)
def test_numbers_are_plain_decimals_of_fourteen_digits(value, text):
    assert decimal(value) == text


def test_the_files_hold_plain_decimals_and_small_p_values_stay(tmp_path):
    rng = np.random.default_rng(3)
    labels, member = rng.integers(C, size=N), rng.random(N) < 0.5
    logits = rng.normal(size=(N, C)) * 3
    logits[np.arange(N), labels] += 4 * member * (10.0 ** rng.uniform(-9, 1, N))
    made = audit(labels, member, logits=logits, attacks=("loss", "gap", "conf"))
    made.standing.p[:3] = 1e-7, 3.3e-9, 1 / 3  # as of ten million non-members
    made.report(tmp_path)
    for name in ("records", "attacks"):
        with open(tmp_path / f"{name}.csv", encoding="utf-8", newline="") as file:
            _, *rows = csv.reader(file)
        cells = [cell for row in rows for cell in row if re.match(r"[-+.\d]", cell)]
        assert len(cells) > 5
        assert [cell for cell in cells if not re.fullmatch(r"-?\d+(\.\d{1,40})?", cell)] == []
    with open(tmp_path / "records.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["p"] for row in rows[:3]] == ["0.0000001", "0.0000000033", "0.33333333333333"]
    np.testing.assert_allclose([float(row["p"]) for row in rows], made.standing.p, rtol=1e-8)
    for attack, scores in made.attacked.scores.items():
        written = np.array([float(row[f"score of {attack}"]) for row in rows])
        np.testing.assert_allclose(written, scores, rtol=1e-13)
        assert len(set(written)) == len(set(scores))
