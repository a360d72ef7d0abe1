"""The tutorials and their notebooks: the same cells, which run one after another and show what the pages say."""

import json
import re
import sys
import types
from pathlib import Path

import matplotlib
import pytest
import torch
from notebooks import notebook

matplotlib.use("agg")
FOLDER = Path(__file__).parents[2] / "docs" / "tutorials"
PAGES = sorted(path.stem for path in FOLDER.glob("*.md"))


@pytest.mark.parametrize("page", PAGES)
def test_the_notebook_is_the_page(page):
    text = (FOLDER / f"{page}.md").read_text("utf-8")
    assert (FOLDER / f"{page}.ipynb").read_text("utf-8") == notebook(text)


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """One folder for all pages, so that digits' models are trained once."""
    return tmp_path_factory.mktemp("tutorials")


@pytest.fixture
def cells(place, monkeypatch, capsys):
    """Run the cells of a page as a notebook does, its classes in `__main__`; returns what each printed."""
    monkeypatch.chdir(place)
    monkeypatch.setattr(sys, "path", [*sys.path])
    main = types.ModuleType("__main__")
    monkeypatch.setitem(sys.modules, "__main__", main)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # tests beside this one have the others

    def run(page):
        said = []
        for cell in json.loads((FOLDER / f"{page}.ipynb").read_text("utf-8"))["cells"]:
            if cell["cell_type"] == "code":
                exec(compile("".join(cell["source"]), f"{page}.ipynb", "exec"), main.__dict__)
                said.append(capsys.readouterr().out)
        return said

    yield run
    torch.set_num_threads(threads)


def number(pattern, text):
    return float(re.search(pattern, text)[1])


def test_a_first_run(cells, place):
    said = cells("first-run")
    assert said[0].startswith("digits: 6 attacks, defenses none, l2; the strongest against none:\n")
    assert [line.split()[0] for line in said[2].splitlines()] == ["none", "l2"]
    assert number(r"none +test accuracy ([\d.]+)", said[3]) > 0.9
    assert said[4].count("digits") == 12
    assert (place / "roc.png").stat().st_size > 10_000


def test_an_attack_of_ones_own(cells):
    said = cells("own-attack")
    assert "- With a leak" in said[2]
    assert "Excess" in said[3]
    assert [line.split()[0] for line in said[4].splitlines()[1:]] == [
        f"precision_at_{a}" for a in (0.9, 0.95, 0.98, 1.0)
    ]
    assert number(r"highest score, (\d+) are the same", said[5]) < 10  # those of the loss are easy for all models
    assert "Learns(strength=0.01)" in said[6] or "Learns(0.01)" in said[6]


def test_a_defense_of_ones_own(cells, place):
    said = cells("own-defense")
    assert said[1].startswith("- ")
    assert re.findall(r"^(\S+) ", said[2], re.MULTILINE) == ["none", "__main__:Flooding", "__main__:Flooding(1.0)"]
    assert (place / "trade-off.png").stat().st_size > 10_000
    assert said[4].count("\n") == 5


def test_data_and_a_network_of_ones_own(cells):
    said = cells("own-data-network")
    assert said[-1].count("test accuracy") == 2
    assert all(number(rf"{name} .*AUC ([\d.]+)", said[-1]) > 0.5 for name in ("two layers", "one wide layer"))


def test_reading_the_store(cells, place):
    said = cells("reading-the-store")
    assert "lira-offline" in said[1]
    assert "against" in said[2]
    assert re.search(r"members among the records: 299 of 598", said[3])
    assert number(r"on members ([\d.]+)", said[4]) >= number(r"on others ([\d.]+)", said[4])
    assert "of shape (8, 8, 1)" in said[5]
    assert [line.split()[0] for line in said[6].splitlines()] == ["models", "outputs", "outcomes"]
    assert "spec.json" in said[6]
