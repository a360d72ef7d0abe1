"""docs/audit.md and its notebook: the same cells, which run one after another and say what the page says of them."""

import json
from pathlib import Path

from notebooks import notebook

DOCS = Path(__file__).parents[3] / "docs"


def test_the_notebook_is_the_page():
    assert (DOCS / "audit.ipynb").read_text("utf-8") == notebook((DOCS / "audit.md").read_text("utf-8"))


def test_the_cells_run(tmp_path, monkeypatch, capsys, one_thread):
    monkeypatch.chdir(tmp_path)
    names = {"__name__": "notebook"}
    said = []
    for cell in json.loads((DOCS / "audit.ipynb").read_text("utf-8"))["cells"]:
        if cell["cell_type"] == "code":
            exec(compile("".join(cell["source"]), "audit.ipynb", "exec"), names)
            said.append(capsys.readouterr().out)
    first, second, exposed, _, net = said
    for of in (first, second, net):
        assert of.startswith("This model gives away records that it was trained on: ")
    assert "half of the records' memberships" in " ".join(first.split())
    assert "8 reference models, one of which is a shadow model" in " ".join(second.split())
    assert names["full"].strongest.auc.mean > names["alone"].strongest.auc.mean
    assert len(exposed.splitlines()) == 6
    assert " True " in exposed
    assert sorted(path.name for path in (tmp_path / "output" / "forest").iterdir()) == [
        "attacks.csv", "records.csv", "report.html", "summary.json"]  # fmt: skip
    assert len(list((tmp_path / "store" / "outputs").iterdir())) == 16
