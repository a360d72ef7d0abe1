"""A metric of another package, from the run to the board and the report: one object, and no page knows it by name."""

import csv
import json
import subprocess
import sys

import pytest
from test_outside import ROOT, installed, run
from test_report import Seen

MODULE = '''
class Gap:
    """Mean score of members minus that of others."""

    key, title, unit = "mean_gap", "mean | gap <b>", "number"

    def measure(self, played):
        return played.scores[played.member].mean() - played.scores[~played.member].mean()
'''


def test_a_metric_of_another_package_is_a_column_of_board_and_report(tmp_path):
    environment = installed(tmp_path, {"metrics": "gap = outside:Gap"}, MODULE)
    out = tmp_path / "out"
    sizes = ["--references", 2, "--trials", 4, "--epochs", 1, "--device", "cpu"]  # fewer games have no interval
    done = run(environment, "--attacks", "loss", *sizes, "--store", tmp_path / "store", "--output", out)
    assert done.returncode == 0, done.stderr
    kept = json.loads(next((out / "records").glob("*.json")).read_text())
    gap = kept["metrics"]["mean_gap"]
    assert gap["mean"] == pytest.approx(sum(gap["values"]) / 4, rel=1e-5)
    text = (out / "leaderboard.md").read_text()
    row = next(line for line in text.splitlines() if line.startswith("| 1 ") and " loss " in line)
    assert r"mean \| gap \<b\>" in text
    assert f"{gap['mean']:.3f} [{gap['low']:.3f}, {gap['high']:.3f}]" in row
    command = [sys.executable, "-m", "benchmarks.report", str(out), "--output", str(tmp_path / "page")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)  # where the package is not installed
    assert done.returncode == 0, done.stderr
    page = (tmp_path / "page" / "report.html").read_text()
    assert "mean | gap <b>" in Seen(page).text
    assert "<dt>mean | gap &lt;b&gt;</dt><dd><p>Mean score of members minus that of others.</p></dd>" in page
    with (tmp_path / "page" / "tables" / "digits--attacks--none.csv").open(newline="") as file:
        heads, numbers = csv.reader(file)
    at = heads.index("mean | gap <b>")
    assert [float(x) for x in numbers[at : at + 3]] == [gap[k] for k in ("mean", "low", "high")]
