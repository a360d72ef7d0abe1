"""A page with code as a notebook: prose and code blocks in turn. `python notebooks.py PAGE.md` writes PAGE.ipynb."""

import json
import re
import sys
from pathlib import Path


def cells(page):
    """(kind, text) of a page's parts: its blocks of Python are code, all else is markdown."""
    parts = re.split(r"^```python\n(.*?)^```\n", page, flags=re.DOTALL | re.MULTILINE)
    made = [("code" if i % 2 else "markdown", part.strip("\n")) for i, part in enumerate(parts)]
    return [(kind, text) for kind, text in made if text]


def notebook(page):
    """The notebook (nbformat 4.5) as text."""
    made = []
    for number, (kind, text) in enumerate(cells(page)):
        lines = text.splitlines(keepends=True)
        cell = {"cell_type": kind, "id": f"cell-{number}", "metadata": {}, "source": lines}
        made.append(cell | ({"execution_count": None, "outputs": []} if kind == "code" else {}))
    about = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
    whole = {"cells": made, "metadata": about, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(whole, indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    path = Path(sys.argv[1])
    path.with_suffix(".ipynb").write_text(notebook(path.read_text("utf-8")), "utf-8")
