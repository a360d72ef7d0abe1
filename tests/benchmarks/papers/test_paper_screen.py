"""What a terminal shows of a reproduction, from the committed numbers."""

from pathlib import Path

import pytest

from benchmarks.naming import registry
from benchmarks.papers.kit import saving
from benchmarks.papers.kit.claims import judge
from benchmarks.papers.kit.page import over
from benchmarks.papers.kit.screen import screen
from benchmarks.results.screens import LINES

RESULTS = Path(__file__).parents[3] / "results"
PAPERS = ("hp-mia", "hamp")


def of(name):
    paper = registry.find(registry.PAPERS, name).value
    return paper, saving.read_all(paper, RESULTS / name / "numbers")


@pytest.mark.parametrize("width", [60, 80, 100])
@pytest.mark.parametrize("name", PAPERS)
def test_it_fits_a_terminal(name, width):
    lines = screen(*of(name), width)
    assert len(lines) <= LINES
    assert max(len(line.text) for line in lines) <= width


@pytest.mark.parametrize("name", PAPERS)
def test_every_claim_has_its_verdict_and_where_it_got_it(name):
    paper, found = of(name)
    said = " ".join(" ".join(line.text for line in screen(paper, found, 100)).split())
    for number, claim in enumerate(paper.claims, 1):
        judged = judge(claim, found)
        part = said.partition(f"{number}. {claim.text}")[2].partition(f" {number + 1}. ")[0]
        assert f"the paper's data: {over(paper, judged, found, 'paper')}" in part
        for suite, verdict in judged.items():
            assert f"{verdict.word}: " in part
            assert paper.suites[suite].title in part


def test_where_there_is_no_room_for_every_data_set_the_verdicts_stay():
    paper, found = of("hp-mia")
    lines = [line.text for line in screen(paper, found, 30)]
    assert sum(line.startswith("   the paper's data:") for line in lines) == len(paper.claims)
    assert not [line for line in lines if "Location30" in line]
    assert [line for line in (of.text for of in screen(paper, found, 80)) if "Location30" in line]
