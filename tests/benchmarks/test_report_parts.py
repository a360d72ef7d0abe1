"""The parts of the report, against answers worked by hand."""

import csv
import io
import itertools
import re
import subprocess
import xml.etree.ElementTree as ET

import numpy as np
import pytest
from invented import compared, edited, page_of, record
from jinja2 import UndefinedError

from benchmarks.naming.wording import counted
from benchmarks.report import drawing, figures, provenance, sentences
from benchmarks.report.chart import Axis, Chart, Curve, Spot, Steps, nice, powers
from benchmarks.report.contents import attack_table, matrix, tables
from benchmarks.report.headline import headline
from benchmarks.report.html import HERE, environment, render
from benchmarks.report.plot import Plot
from benchmarks.report.plots import colours, plots
from benchmarks.report.section import flags, sections, slug
from benchmarks.report.style import SERIES, line, styled
from benchmarks.report.svg import svg, thinned
from benchmarks.results.latex import latex
from benchmarks.results.latex import text as latex_text
from benchmarks.results.record import Value
from benchmarks.results.tables import Column, Table, number, to_csv
from benchmarks.training import facts


def run(**cells):
    """A section: `none_loss=0.2` is attack loss against none, whose members score 0.2 higher."""
    made = [record(defense=k.split("_")[0], attack=k.split("_")[1], d=d) for k, d in cells.items()]
    return sections(made)[0]


def html(table):
    """The table as the page has it."""
    return environment().from_string('{% from "parts.html" import show %}{{ show(table) }}').render(table=table)


def test_the_strongest_attack_is_that_of_greatest_auc():
    section = run(none_loss=0.2, none_gap=0.6, hamp_loss=0.4, hamp_gap=0.1)
    assert section.strongest("none").attack.name == "gap"
    assert section.strongest("hamp").attack.name == "loss"
    assert section.attacks == ["gap", "loss"]  # by their AUC on the undefended model


def test_an_attack_of_which_nothing_is_known_is_no_worst_case_where_another_is():
    rate = "tpr_at_1%_fpr"
    vague = {f"metrics/{rate}": {"mean": 0.7, "low": 0.001, "high": 1.0, "values": [0.7] * 4}}
    made = [record(attack="loss", d=0.2), edited(record(attack="gap", d=0.1), vague)]
    assert sections(made)[0].strongest("none", rate).attack.name == "loss"
    assert sections(made[1:])[0].strongest("none", rate).attack.name == "gap"
    far = {f"metrics/{rate}": {"mean": 0.7, "low": 0.3, "high": 1.0, "values": [0.7] * 4}}
    made[1] = edited(record(attack="gap", d=0.1), far)
    assert sections(made)[0].strongest("none", rate).attack.name == "gap"  # worse than the other whatever it is


def test_none_leads_and_the_best_defense_follows():
    assert run(weak_gap=0.5, none_gap=0.9, strong_gap=0.1).defenses == ["none", "strong", "weak"]


def test_a_missing_attack_is_a_dash_in_the_matrix():
    table = matrix(run(none_loss=0.2, none_gap=0.6, hamp_loss=0.4))
    assert [row[0] for row in table.rows] == ["gap", "loss"]
    assert table.rows[0][2] is None
    assert "not run" in html(table)


@pytest.mark.parametrize(("members", "metric"), [(2000, "tpr_at_0.1%_fpr"), (500, "tpr_at_1%_fpr"), (50, "auc")])
def test_the_finest_metric_that_the_data_resolve(members, metric):
    assert sections([record(members=members)])[0].finest[0] == metric


def test_runs_of_one_suite_that_differ_get_sections_of_their_own():
    full, small = record(), record(changed={"epochs": [60, 6]}, reduced=True)
    assert [s.title for s in sections([full, small])] == [
        "digits, adaptive, seed 0",
        "digits, adaptive, seed 0, epochs 6",
    ]
    assert [word for word, _ in flags([small])] == ["Reduced run"]
    assert [word for word, _ in flags([record(synthetic=True)])] == ["Synthetic data"]


def test_two_records_of_one_place_are_refused():
    with pytest.raises(ValueError, match=r"digits: .*got two of none / two-stage; name the folder"):
        sections([record(), record()])


def test_slugs_are_safe_and_keep_names_apart():
    assert slug("two-stage") == "two-stage"
    names = ["l2(0.1)", "l2[0.1]", "../../etc/passwd", "a" * 300, "a" * 301, ".hidden", "–", ""]
    made = [slug(n) for n in names]
    assert len(set(made)) == len(names)
    assert all("/" not in m and not m.startswith(".") and 0 < len(m) < 80 for m in made)


def test_pareto_keeps_what_nothing_beats_in_both():
    points = [(0.80, 0.10), (0.90, 0.30), (0.85, 0.35), (0.70, 0.10), (0.90, 0.30)]
    assert figures.pareto(points) == [0, 1, 4]


def test_stairs_keep_the_accuracy_of_the_left_point():
    assert figures.stairs([(1, 1), (2, 3)]) == ([1, 1, 2], [1, 3, 3])


def test_numbers_are_written_for_readers():
    kinds = {"ratio": "0.500", "share": "50.0", "count": "0", "seconds": "0.5", "p": "0.500"}
    assert {k: number(k, 0.5) for k in kinds} == kinds
    assert number("seconds", 1234.5) == "1,234"
    assert number("p", 0.0004) == "< 0.001"


TABLE = Table(
    "t",
    'A & B <i>"x"</i>',
    [Column("attack"), Column("AUC", "ratio", True), Column("n", "count")],
    [
        ["=1+2", Value(0.6314, 0.6, 0.66), -3],
        ['a,b\n"c"', Value(None, None, None), None],
    ],
)


def test_csv_keeps_numbers_whole_and_disarms_formulas():
    rows = list(csv.reader(io.StringIO(to_csv(TABLE))))
    assert rows == [
        ["attack", "AUC", "AUC low", "AUC high", "n"],
        ["'=1+2", "0.6314", "0.6", "0.66", "-3"],
        ['a,b\n"c"', "", "", "", ""],
    ]


def test_csv_has_no_ends_where_there_is_no_interval():
    few = Value(0.5, 0.25, 0.75, holds="values")
    rows = list(csv.reader(io.StringIO(to_csv(Table("t", "c", TABLE.columns, [["a", few, 2], ["b", "no", 1]])))))
    assert rows[1:] == [["a", "0.5", "", "", "2"], ["b", "no", "", "", "1"]]


@pytest.mark.parametrize("cell", ["=cmd|' /C calc'!A0", "+1", "-1+2", "@SUM(1)", "\t=1", "\r=1", "  =1", "＝1"])
def test_every_formula_is_disarmed(cell):
    made = to_csv(Table("t", "c", [Column("a")], [[cell]]))
    assert list(csv.reader(io.StringIO(made, newline="")))[1] == [f"'{cell}"]


def test_latex_prints_what_was_written():
    assert latex_text(r"50% of_a & {b} \input{x}") == r"50\% of\_a \& \{b\} \textbackslash{}input\{x\}"
    assert latex_text("$~^#<") == r"\$\textasciitilde{}\textasciicircum{}\#\textless{}"
    assert latex_text("a\u00a0b\u4e2d") == "a~b[U+4E2D]"
    table = latex(Table("t", "c", [Column("a"), Column("b", "ratio", True)], [["[x]", TABLE.rows[0][1]]]))
    assert "{}[x] & 0.631 \\\\\n{} & {\\scriptsize [0.600, 0.660]} \\\\" in table


def test_html_is_escaped_and_sortable():
    made = html(TABLE)
    assert "<i>" not in made
    assert "<td>0.631 <small>[0.600, 0.660]</small></td>" in made
    assert made.count('class="none"') == 2  # nothing to say sorts last


def test_a_template_escapes_whatever_is_no_markup_of_ours(tmp_path):
    name, text = sentences.name("<b>"), "{% from 'parts.html' import flags %}{{ flags([(word, '')]) }}"
    shown = [environment().from_string(text).render(word=w) for w in ("<i>", name, f"{name}")]
    assert [re.sub(r".*?\>(.*)</span>.*", r"\1", s) for s in shown] == [
        "&lt;i&gt;",
        "<bdi>&lt;b&gt;</bdi>",
        "&lt;bdi&gt;&amp;lt;b&amp;gt;&lt;/bdi&gt;",  # an f-string is text, and fails closed
    ]
    with pytest.raises(UndefinedError, match="contents"):
        render("answers.html", headline=("", ""))


def test_no_template_turns_escaping_off():
    for path in (HERE / "templates").iterdir():
        assert not re.search(r"\|\s*safe|autoescape|Markup", path.read_text()), path.name


def line_of(*points, name="a", number=0, **more):
    x, y = np.array(points, float).T
    return Curve(number, name, x, y, y - 0.1, y + 0.1, **more)


UNIT = Axis("x", 0, 1, ((0, "0"), (1, "1")))


def test_inline_svg_is_small_well_formed_and_escaped():
    evil = '"><script>alert(1)</script>'
    chart = Chart(Axis(evil, 0, 1, ((0, evil),)), UNIT, (line_of((0, 0), (0.5, 0.5), (1, 1), number=7),))
    made = svg(chart, 'say "1.25" <b>', (300, 100))
    root = ET.fromstring(made)
    assert root.get("aria-label") == 'say "1.25" <b>'
    assert [e.get("class") for e in root.iter() if e.get("class", "x")[0] in "sb"] == ["b b7", "s s7"]
    assert [e.text for e in root.iter("text") if e.text == evil] == [evil] * 2
    [drawn] = [e.get("d") for e in root.iter() if e.get("class") == "s s7"]
    assert len(re.findall(r"[\d.]+", drawn)) == 4  # from one corner to the other: the point between cannot be seen
    assert len(made) < 900


def test_a_thinned_line_is_nowhere_off_by_more_than_can_be_seen():
    rng = np.random.default_rng(0)
    points = np.column_stack([np.linspace(0, 300, 2000), np.cumsum(rng.normal(0, 0.5, 2000))])
    kept = thinned(points)
    assert len(kept) < 1000
    off = np.abs(np.interp(points[:, 0], kept[:, 0], kept[:, 1]) - points[:, 1])
    slope = np.abs(np.diff(kept[:, 1]) / np.diff(kept[:, 0]))
    steep = np.hypot(1, slope[np.clip(np.searchsorted(kept[:, 0], points[:, 0]) - 1, 0, len(slope) - 1)])
    assert (off / steep).max() <= 0.3 + 1e-9  # upright to the line, as the eye sees it
    assert thinned(points, 0).shape == points.shape


def test_stairs_are_as_high_as_their_values():
    """Two bins, 0.5 and 1 high, on axes from 0 to 1: worked by hand."""
    chart = Chart(UNIT, UNIT, (Steps("c0", "n", (0, 0.5, 1), (0.5, 1.0)),))
    margins, [drawn] = chart.margins(10), re.findall(r'class="steps c0" d="([^"]+)"', svg(chart, "", (130, 120)))
    wide, high = 130 - margins.left - margins.right, 120 - margins.top - margins.bottom
    numbers = [float(v) for v in re.findall(r"-?[\d.]+", drawn)]
    at_x, floor, up, half, more, rest, end = numbers
    ends = [margins.left, 120 - margins.bottom, 120 - margins.bottom]
    assert np.allclose([at_x, floor, end], [2 * v for v in ends], atol=0.51)  # in whole half points
    assert np.allclose([up, more, half, rest], [-high, -high, wide, wide], atol=1.01)


def test_places_on_axes():
    assert Axis("", 0.01, 1, (), log=True).place([0.001, 0.01, 0.1, 1, 2]).tolist() == [0, 0, 0.5, 1, 1]
    assert Axis("", -1, 3, ()).place([-1, 1, 3]).tolist() == [0, 0.5, 1]


def test_ticks_are_round_numbers():
    assert [words for _, words in nice(0.13, 0.61)] == ["0.2", "0.3", "0.4", "0.5", "0.6"]
    assert [words for _, words in nice(-3, 3, 4)] == ["\u22122", "0", "2"]
    assert str(nice(0, 0.6)[0][0]) == "0.0"  # no negative zero
    assert [words for _, words in powers(1e-4, 1)] == [
        "0.01\u00a0%",
        "0.1\u00a0%",
        "1\u00a0%",
        "10\u00a0%",
        "100\u00a0%",
    ]
    assert [words for _, words in powers(0.5, 3000, percent=False)] == ["1", "10", "100", "1,000"]


def test_at_most_six_curves_are_shown_and_the_others_are_at_hand():
    made = [record(attack=f"a{i:02}", d=1 - i / 20) for i in range(12)]
    section = sections(made)[0]
    series = [(i, r.attack.name, r) for i, r in enumerate(section.against("none"))]
    for chart in (figures.roc(series), figures.precision_recall(series)):
        curves = [m for m in chart.marks if isinstance(m, Curve)]
        assert [c.name for c in curves if c.shown] == [f"a{i:02}" for i in range(5, -1, -1)]  # the strongest on top
        assert svg(chart, "", (360, 275)).count(' off"') == 12 - 6 + 6  # curves and their bands
        assert all(axis.label for axis in (chart.across, chart.up))
    figure = drawing.drawn([Plot("ROC", "", lambda: figures.roc(series))])
    assert len(figure.axes[0].lines) == 6 + 1  # and the line of guessing


def test_every_chart_names_its_axes():
    section = run(none_loss=0.2, hamp_loss=0.4)
    for name, made in plots(section, colours([section])).items():
        for plot in made:
            chart = plot.chart()
            assert all(axis.label for axis in (chart.across, chart.up)), name
            axes = drawing.drawn([plot]).axes[0]
            assert (axes.get_xlabel(), axes.get_ylabel()) == (chart.across.label, chart.up.label)


@pytest.mark.parametrize("count", [1, 4])
def test_the_names_of_axes_have_their_place_beside_the_ticks_words(count):
    section = run(none_loss=0.2, hamp_loss=0.4)
    for made in plots(section, colours([section])).values():
        with styled():
            figure = drawing.drawn([made[0]] * count)
            for axes in figure.axes:
                across, up = (axis.label.get_window_extent() for axis in (axes.xaxis, axes.yaxis))
                words = [[t.get_window_extent() for t in a.get_ticklabels()] for a in (axes.xaxis, axes.yaxis)]
                assert 0 <= across.y0 < across.y1 <= min(box.y0 for box in words[0]) + 1
                assert 0 <= up.x0 < up.x1 <= min(box.x0 for box in words[1]) + 1


@pytest.mark.parametrize("count", [2, 6, 17, 40])
def test_numbers_of_a_heat_map_do_not_overlap(count):
    names = [f"defense-{i}" for i in range(count)]
    values = [[0.5 + i / 100 for i in range(count)]] * 3
    chart = figures.tiles(("a", "b", "c"), names, values, 0.5, 1.0, ("defense", "attack"))
    figure = drawing.drawn([Plot("AUC", "", lambda: chart, legend=False)])
    boxes = [text.get_window_extent() for text in figure.axes[0].texts]
    assert len(boxes) == (3 * count if count < 40 else 0)  # where there is no room, colours tell alone
    for one, other in itertools.pairwise(sorted(boxes, key=lambda box: (round(box.y0), box.x0))):
        assert one.x1 <= other.x0 or round(one.y0) != round(other.y0)


def test_a_defense_helps_only_where_the_intervals_part():
    section = run(none_gap=0.6, strong_gap=0.1, same_gap=0.59, worse_gap=0.9)
    assert [sentences.verdict(section, d) for d in ("strong", "same", "worse")] == ["helps", "unclear", "harms"]
    said = " ".join(sentences.help_of(section))
    assert "<bdi>strong</bdi> lowers the AUC most" in said
    assert "Not told apart" in said
    assert "same" in said.partition("Not told apart")[2]
    assert "More is given away" in said


def test_the_legend_says_whose_bands_are_drawn():
    made = [record(attack=f"a{i}", d=0.2 + i / 10) for i in range(8)]
    section = sections(made)[0]
    words = {2: "band: 95 % interval", 5: "band: 95 % interval, first 3"}
    words[8] = "the strongest 6 of 8; band: 95 % interval, first 3"
    for count, title in words.items():
        series = [(i, f"a{i}", r) for i, r in enumerate(section.against("none")[:count])]
        figure = drawing.drawn([Plot("ROC", "", lambda s=series: figures.roc(s))])
        assert figure.legends[0].get_title().get_text() == title
    figure = drawing.drawn([Plot("Privacy", "", lambda: figures.trade_off(section))])
    assert figure.legends[0].get_title().get_text() == ""


def test_the_legend_names_the_pareto_front_where_it_is_a_line():
    for accuracy, named in ((0.95, True), (0.8, False)):  # of "none", which gives away more: a second point, or beaten
        section = sections([record(defense="none", d=0.6, accuracy=accuracy), record(defense="hamp", d=0.2)])[0]
        figure = drawing.drawn([Plot("Privacy", "", lambda of=section: figures.trade_off(of))])
        words = [text.get_text() for text in figure.legends[0].get_texts()]
        assert words == ["none", "hamp", *["Pareto front"] * named]


def test_series_change_colour_before_dashes():
    assert len({line(n)["color"] for n in range(10)}) == 10
    assert [line(n)["linestyle"] == "-" for n in (9, 10)] == [True, False]
    assert len({str(line(n)) for n in range(30)}) == 30


def test_one_thing_is_counted_in_the_singular():
    assert [counted(n, "trial") for n in (0, 1, 1200)] == ["0 trials", "1 trial", "1,200 trials"]


def test_no_leak_is_said_to_be_none():
    section = run(none_gap=0.0)
    assert sentences.leak(section)[0].startswith("No attack tells members")
    assert headline([section])[0] == "No attack tells members from others better than guessing does."


def claim(record_, tp, *precision):
    """Two games of 100 members, `tp` claims of either kind at .98, and this precision."""
    ends = dict(zip(("mean", "low", "high"), precision, strict=True))
    changes = {"tp": tp, "fp": tp, "members": [100, 100], "reached": [True] * 2, "rehearsed_precision": [1] * 2}
    plain = {"verdicts/2": {"alpha": 0.98, **changes}, "metrics/precision_at_0.98": {**ends, "values": [None] * 2}}
    return edited(record_, plain)


def test_a_demand_is_kept_only_where_the_whole_interval_reaches_it():
    ends = [(0.98, 1.0), (0.97, 0.98), (0.629, 0.997), (0.9, 0.979)]
    told = [sentences.kept(Value(low, low, high)) for low, high in ends]
    assert told == ["keeps", "cannot tell", "cannot tell", "breaks"]


def test_claims_name_an_attack_that_is_shown_to_keep_the_demand():
    strong = claim(record(attack="strong", d=0.9, trials=2), [20, 20], 0.97, 0.9, 0.99)
    kept = [claim(record(attack=a, d=0.3, trials=2), [tp, tp], 0.995, 0.98, 1.0) for a, tp in (("one", 5), ("two", 7))]
    said = sentences.leak(sections([strong, *kept])[0])[2]
    assert "<bdi>two</bdi> names 14 of 200 members and keeps to that: <b>99.5" in said


def test_an_interval_that_is_merely_wide_keeps_nothing():
    strong = claim(record(attack="strong", d=0.9, trials=2), [5, 5], 0.8, 0.7, 0.9)
    wide = claim(record(attack="wide", d=0.3, trials=2), [7, 7], 0.91, 0.6, 0.997)
    said = sentences.leak(sections([strong, wide])[0])[2]
    assert (
        "no attack is shown to keep to that: 1 breaks it, of 1 the data are too few to tell. <bdi>strong</bdi> names 10"
        in said
    )
    assert "wide" not in said
    strong = claim(strong, [0, 0], None, None, None)
    assert (
        "shown to keep to that: of 1 the data are too few to tell. <bdi>strong</bdi> names nobody"
        in (sentences.leak(sections([strong, wide])[0])[2])
    )
    assert "no attack names anybody" in sentences.leak(sections([strong])[0])[2]


def test_how_far_from_the_strongest_is_signed_and_paired():
    made = [record(attack="strong", d=0.9), record(attack="weak", d=0.3)]
    found = compared(made, weak=(-0.2, -0.25, -0.15, 0.0001))
    rows = {r[0]: r for r in attack_table(sections(made, [found])[0], "none").rows}
    assert rows["weak"][-2:] == [Value(-0.2, -0.25, -0.15), 0.0001]  # negative: behind
    assert rows["strong"][-2:] == [None, None]


def test_attacks_that_tie_share_their_ranks():
    made = [record(attack=name, d=d) for name, d in (("a", 0.6), ("b", 0.59), ("c", 0.1))]
    assert {r[0]: str(r[1]) for r in attack_table(sections(made)[0], "none").rows} == {"a": "1-2", "b": "1-2", "c": "3"}


def test_what_an_attack_says_of_its_work_stands_below_its_table():
    strong, plain = (record(attack=name, d=d) for name, d in (("strong", 0.6), ("plain", 0.2)))
    one = edited(strong, {"attack/facts": {"queries a record": 31200.5, "<b>": "<i>"}})
    text = page_of([one, plain])
    assert "<bdi>strong</bdi>:</span> &lt;b&gt; &lt;i&gt;, queries a record 31200.5</p>" in text
    assert "<bdi>plain</bdi>:" not in text


def test_facts_of_a_defense_are_in_the_provenance():
    one = edited(record(defense="nearest"), {"defense/facts": {"sharpness": [0.1, 0.2]}, "defense/settings": {}})
    told = dict(provenance.facts(sections([one])[0]))["defenses"]
    assert told == "nearest: no hyperparameters (sharpness 0.1 / 0.2)"


def test_a_page_tells_version_commit_and_the_day_of_that_or_the_one_that_is_given(monkeypatch):
    shown = sections([record()])
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    monkeypatch.setattr(provenance, "ours", lambda: "0.1.0 (2eab69e04d11)")
    monkeypatch.setattr(provenance, "day", lambda: "2026-11-26")
    assert provenance.drawn(shown) == "Drawn by MIA Arena 0.1.0 (2eab69e04d11), 2026-11-26 from 1 record."
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1764115200")
    assert provenance.drawn(shown) == "Drawn by MIA Arena 0.1.0 (2eab69e04d11), 2025-11-26 from 1 record."
    monkeypatch.delenv("SOURCE_DATE_EPOCH")
    monkeypatch.setattr(provenance, "day", lambda: "")  # no clone
    assert provenance.drawn(shown) == "Drawn by MIA Arena 0.1.0 (2eab69e04d11) from 1 record."


@pytest.mark.skipif(not (HERE.parents[1] / ".git").exists(), reason="no clone")
def test_the_day_is_that_of_the_commit():
    said = subprocess.run(["git", "log", "-1", "--format=%cs"], cwd=HERE, capture_output=True, text=True, check=True)
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", facts.day())
    assert facts.day() == said.stdout.strip()


def test_defenses_that_tie_share_their_ranks():
    rows = tables(run(none_gap=0.6, same_gap=0.59, strong_gap=0.1))["defenses"].rows
    assert {row[0]: str(row[1]) for row in rows} == {"none": "2-3", "same": "2-3", "strong": "1"}


def test_every_table_has_rows_as_wide_as_its_heads():
    for table in tables(run(none_loss=0.2, hamp_loss=0.4)).values():
        assert all(len(row) == len(table.columns) for row in table.rows)


LIGHT, DARK = zip(*re.findall(r"--c\d: light-dark\((#\w+), (#\w+)\)", (HERE / "page.css").read_text()), strict=True)


def contrast(one, other):
    """WCAG 2.1's ratio of two colours."""
    light = sorted((_luminance(c) + 0.05 for c in (one, other)), reverse=True)
    return light[0] / light[1]


def _luminance(colour):
    rgb = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    return float(np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4) @ [0.2126, 0.7152, 0.0722])


def test_contrast_is_that_of_wcag():
    assert contrast("#ffffff", "#000000") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.005)  # the grey that just passes AA


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_what_is_drawn_stands_out_from_the_page(scheme):
    """3 : 1 for curves and marks (WCAG 2.1, 1.4.11), 4.5 : 1 for text (1.4.3)."""
    css = (HERE / "page.css").read_text()
    role = {name: ends for name, *ends in re.findall(r"--([\w-]+): light-dark\((#\w+), (#\w+)\)", css)}
    for ground in ("paper", "raised"):
        back = role[ground][scheme]
        assert all(contrast(role[f"c{i}"][scheme], back) >= 3 for i in range(10))
        assert all(contrast(role[name][scheme], back) >= 4.5 for name in ("ink", "muted", "link"))
    assert contrast(role["warn"][scheme], role["warn-back"][scheme]) >= 4.5


def test_the_page_and_the_files_share_their_light_colours():
    assert LIGHT == SERIES


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
def test_series_are_told_apart_by_the_colour_blind(palette):
    """Machado et al. (2009), severity 1, in linear RGB: no two of the ten come near each other for anybody."""
    blind = {
        "normal": np.eye(3),
        "protan": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
        "deutan": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
        "tritan": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
    }
    rgb = np.array([[int(c[i : i + 2], 16) / 255 for i in (1, 3, 5)] for c in palette])
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    for name, matrix_ in blind.items():
        seen = _lab(np.clip(linear @ np.array(matrix_).T, 0, 1))
        apart = np.linalg.norm(seen[:, None] - seen[None], axis=-1)[np.triu_indices(10, 1)]
        assert apart.min() > 15, name


def _lab(linear):
    """CIE L*a*b* (D65) of linear sRGB."""
    xyz = linear @ np.array([[0.4124, 0.2126, 0.0193], [0.3576, 0.7152, 0.1192], [0.1805, 0.0722, 0.9505]])
    f = np.cbrt(np.maximum(xyz / [0.9505, 1, 1.089], 1e-3))
    return np.stack([116 * f[:, 1] - 16, 500 * (f[:, 0] - f[:, 1]), 200 * (f[:, 1] - f[:, 2])], axis=1)


def test_a_figure_shows_the_strongest_against_its_own_defense():
    """Ten attacks, of which those that are weakest without a defense are the strongest against it."""
    made = [record(attack=f"a{i}", d=0.2 + i / 10) for i in range(10)]
    made += [record(attack=f"a{i}", defense="turned", d=1.2 - i / 10) for i in range(10)]
    section = sections(made)[0]
    drawn = plots(section, colours([section]))
    for defense, strongest in (("none", range(4, 10)), ("turned", range(6))):
        [plot] = drawn[f"roc--{defense}"]
        shown = {curve.name for curve in plot.chart().marks if isinstance(curve, Curve) and curve.shown}
        assert shown == {f"a{i}" for i in strongest}
        best = max(section.against(defense), key=lambda r: r.auc.mean)
        assert drawn[f"scores--{defense}"][0].title == best.attack.name


def test_a_defense_has_one_colour_all_over_a_report():
    """Each suite shows its defenses in an order of its own."""
    leaks = {"one": {"none": 1.0, "hamp": 0.2, "l2": 0.6}, "two": {"none": 1.0, "hamp": 0.6, "l2": 0.2}}
    made = [edited(record(defense=d, d=leak), {"suite/name": s}) for s, of in leaks.items() for d, leak in of.items()]
    shown = sections(made)
    assert [s.defenses for s in shown] == [["none", "hamp", "l2"], ["none", "l2", "hamp"]]
    for section in shown:
        spots = [m for m in figures.trade_off(section).marks if isinstance(m, Spot)]
        assert {s.name: s.number for s in spots} == {"none": 0, "hamp": 1, "l2": 2}
        assert [m.number for m in plots(section, colours(shown))["defenses"][0].chart().marks[:0:-1]] == [
            section.number(d) for d in section.defenses
        ]
