"""docs/epsilon.md: its code prints what stands below it."""

import re
import runpy
from pathlib import Path

PAGE = Path(__file__).parents[4] / "docs" / "epsilon.md"


def test_the_page_shows_what_its_code_prints(capsys, tmp_path):
    code, printed = re.search(r"```python\n(.*?)```\s+```text\n(.*?)```", PAGE.read_text("utf-8"), re.S).groups()
    (tmp_path / "example.py").write_text(code, "utf-8")
    runpy.run_path(str(tmp_path / "example.py"))
    assert capsys.readouterr().out == printed
