"""docs/own-outputs.md: its code makes files that an audit reads, and trains nothing a second time."""

import re
import runpy
from pathlib import Path

import numpy as np

from benchmarks.audit import outputs, references
from benchmarks.audit.refitting import design

PAGE = Path(__file__).parents[3] / "docs" / "own-outputs.md"


def test_the_code_of_the_page_makes_files_for_an_audit(tmp_path, monkeypatch, capsys, one_thread):
    code = re.search(r"```python\n(# from_python.py\n.*?)```", PAGE.read_text("utf-8"), re.DOTALL)[1]
    (tmp_path / "from_python.py").write_text(code, "utf-8")
    monkeypatch.chdir(tmp_path)
    runpy.run_path("from_python.py")
    for name in ("forest", "net"):
        answers = outputs.read(tmp_path / f"{name}.npz")
        made = references.read([tmp_path / f"{name}-references.npz"], answers)
        np.testing.assert_array_equal(made.trained_on, design(1797, 4))
        said = made.said.values.argmax(2) == answers.labels
        assert 0.75 < said[~made.trained_on].mean() < said[made.trained_on].mean()
    entries = sorted((tmp_path / "store" / "outputs").iterdir())
    written = [entry.stat().st_mtime_ns for entry in entries]
    assert len(entries) == 8
    runpy.run_path("from_python.py")
    assert [entry.stat().st_mtime_ns for entry in sorted((tmp_path / "store" / "outputs").iterdir())] == written
    assert capsys.readouterr().err == ""
