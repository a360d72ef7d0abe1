"""The font of charts on paper: letters of the whole one, as they are there."""

import io
import re
from pathlib import Path

import matplotlib
from fontTools.ttLib import TTFont

from benchmarks.report import font
from benchmarks.report.chart import Axis, Chart, Guide
from benchmarks.report.drawing import on_paper
from benchmarks.report.plot import Plot

ORIGINAL = Path(matplotlib.get_data_path(), "fonts", "ttf", "DejaVuSans.ttf").read_bytes()


def test_every_letter_of_it_looks_the_same_and_is_as_wide():
    whole, plain = (TTFont(io.BytesIO(of)) for of in (ORIGINAL, font.plain(ORIGINAL)))
    known, kept = whole.getBestCmap(), plain.getBestCmap()
    assert {*kept} == {letter for letter in known if any(letter in some for some in font.LETTERS)}
    assert {*map(ord, "aZ09\u00e4\u03b1\u0416\u2212\u2026\u2264\u00a0")} <= {*kept}
    for letter, name in kept.items():
        was = known[letter]
        assert plain["hmtx"][name] == whole["hmtx"][was]
        assert plain["glyf"][name].getCoordinates(plain["glyf"]) == whole["glyf"][was].getCoordinates(whole["glyf"])
    pairs = [of["kern"].kernTables[0].kernTable for of in (whole, plain)]
    assert pairs[1] == {pair: by for pair, by in pairs[0].items() if {*pair} <= {*plain.getGlyphOrder()}}
    assert (whole["name"].getDebugName(1), plain["name"].getDebugName(1)) == (font.ORIGINAL, font.NAME)


def test_it_is_the_same_file_at_all_times():
    assert font.plain(ORIGINAL) == font.plain(ORIGINAL)


def test_it_is_made_again_where_it_is_gone_or_damaged(monkeypatch, tmp_path):
    monkeypatch.setattr(matplotlib, "get_cachedir", lambda: str(tmp_path))
    assert font.parameters.__wrapped__()["font.family"][0] == font.NAME
    [made] = tmp_path.iterdir()
    for damage in (b"", b"junk", made.read_bytes()[:1000]):
        made.write_bytes(damage)
        font.parameters.__wrapped__()
        assert made.read_bytes() == font.plain(ORIGINAL)


def test_a_pdf_holds_it_once_as_outlines_that_publishers_take():
    axis = Axis("efficient flow", 0, 1, ((0.0, "0"), (1.0, "fi 10\u00a0%")))
    plot = Plot("affine", "", lambda: Chart(axis, axis, (Guide((0, 1), (0, 1)),)), legend=False)
    made = on_paper([plot], ["pdf", "svg"])
    pdf = made["pdf"]
    assert pdf.count(b"/FontFile2") == 1
    assert b"DejaVuSansPlain" in pdf
    assert b"/Type3" not in pdf
    looked_for = f"'{font.NAME}', '{font.ORIGINAL}', sans-serif"  # by a browser, in this order
    assert looked_for in made["svg"].decode()


def test_a_letter_that_it_lacks_comes_from_the_whole_one():
    axis = Axis("\u05d0 \u2713", 0, 1, ((0.0, "0"), (1.0, "1")))
    plot = Plot("rare", "", lambda: Chart(axis, axis, ()), legend=False)
    assert not {0x5D0, 0x2713} & {*TTFont(io.BytesIO(font.plain(ORIGINAL))).getBestCmap()}
    pdf = on_paper([plot], ["pdf"])["pdf"]
    assert {b"DejaVuSans", b"DejaVuSansPlain"} <= {*re.findall(rb"[+/](DejaVu\w+)", pdf)}
