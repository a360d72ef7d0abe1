"""Boards: ranks and ties by hand, every cell from its record, and the committed ones to the byte."""

import json
import re
import shutil
from pathlib import Path

import pytest
from invented import record

from benchmarks.leaderboard import leaderboard, overall
from benchmarks.leaderboard.__main__ import boards, main
from benchmarks.leaderboard.cells import difference, number, p_value, rank, tied, word
from benchmarks.leaderboard.overall import average_ranks, critical_difference
from benchmarks.leaderboard.ranking import Run
from benchmarks.results import records

ROOT = Path(__file__).parents[2]
COMMITTED = ROOT / "results" / "boards"


def value(mean, low, high):
    return {"mean": mean, "low": low, "high": high}


def cells(text, heading):
    """The cells of the first table below a heading, row by row."""
    lines = text.split(f"{heading}\n\n")[1].split("\n\n")[0].splitlines()
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in (lines[0], *lines[2:])]


def run(suite="digits", **changes):
    """Three attacks against two defenses."""
    strengths = {"strong": 0.6, "middle": 0.55, "weak": 0.1}
    return [
        record(suite, defense, attack, d * factor, accuracy=accuracy, **changes)
        for defense, factor, accuracy in (("none", 1.0, 0.9), ("l2", 0.5, 0.8))
        for attack, d in strengths.items()
    ]


def test_ties_by_hand():
    values = [value(0.9, 0.8, 0.95), value(0.85, 0.75, 0.9), value(0.78, 0.7, 0.8), value(0.72, 0.65, 0.79)]
    assert tied(values) == [(1, 3), (1, 3), (1, 3), (4, 4)]  # the last overlaps the third, but not the first
    assert tied([*values, value(0.7, 0.6, 0.71)]) == [(1, 3), (1, 3), (1, 3), (4, 5), (4, 5)]
    assert tied(values[::-1]) == [(1, 3), (1, 3), (1, 3), (4, 4)]  # where the lowest is the best
    assert tied([]) == []
    assert [rank(p) for p in ((1, 3), (4, 4))] == ["1-3", "4"]


def test_difference_of_a_published_example():
    def wilson(hits, n):
        z, p = 1.959964, hits / n
        middle, half = p + z**2 / (2 * n), z * (p * (1 - p) / n + z**2 / (4 * n**2)) ** 0.5
        return value(p, (middle - half) / (1 + z**2 / n), (middle + half) / (1 + z**2 / n))

    found = difference(wilson(56, 70), wilson(48, 80))  # Newcombe 1998, Table II, example (a), method 10
    assert (found["mean"], found["low"], found["high"]) == pytest.approx((0.2, 0.0524, 0.3339), abs=1e-4)
    assert difference(wilson(1, 2), value(None, None, None))["mean"] is None


def test_critical_difference_of_a_published_example():
    assert critical_difference(4, 14) == pytest.approx(1.25, abs=0.01)  # Demšar 2006, section 3.2.4


def test_average_ranks_by_hand():
    one = {"a": value(0.9, 0.8, 1.0), "b": value(0.8, 0.7, 0.9), "c": value(0.5, 0.4, 0.6), "d": value(1, 1, 1)}
    two = {"a": value(0.9, 0.89, 0.91), "b": value(0.8, 0.79, 0.81), "c": value(0.5, 0.4, 0.6)}
    assert average_ranks([one, two], -1) == [
        ("a", 1.25, [(1, 2), (1, 1)]),
        ("b", 1.75, [(1, 2), (2, 2)]),
        ("c", 3.0, [(3, 3), (3, 3)]),
    ]
    assert [name for name, _, _ in average_ranks([two], 1)] == ["c", "b", "a"]


def test_numbers_as_they_are_written():
    assert number(value(0.63149, 0.6, 0.7)) == "0.631 [0.600, 0.700]"
    assert number(value(-0.0004, -0.01, 0.0004), 1, 100) == "0.0 [-1.0, 0.0]"
    assert number(value(None, None, None)) == "-"
    assert [p_value(p) for p in (None, 0.0002, 0.012, 0.0951, 1.0)] == ["-", "< 0.001", "0.012", "0.095", "1.000"]


def test_attacks_are_ranked_and_cells_come_from_the_record():
    made = run()
    head, *rows = cells(leaderboard(made), "## Attacks on the undefended model")
    assert head[:3] == ["rank", "attack", "AUC"]
    assert [row[:2] for row in rows] == [["1-2", "strong"], ["1-2", "middle"], ["3", "weak"]]
    verdicts = cells(leaderboard(made), "### Their verdicts")[1:]
    for row, says, of in zip(rows, verdicts, made[:3], strict=True):
        auc, verdict = of["ranking"]["auc"], of["verdicts"][2]
        assert row[2] == f"{auc['mean']:.3f} [{auc['low']:.3f}, {auc['high']:.3f}]"
        assert says[:2] == [row[1], str(sum(verdict["tp"]))]
        assert says[2].startswith(f"{100 * verdict['precision']['mean']:.1f} %")


def test_defenses_are_ranked_by_the_worst_case():
    head, *rows = cells(leaderboard(run()), "## Defenses, by the strongest attack against each")
    assert [row[:3] for row in rows] == [["1", "l2", "strong"], ["2", "none", "strong"]]
    lost = head.index("loss, points")
    assert rows[0][lost].startswith("10.0 [")
    assert rows[1][lost] == "-"


def test_the_matrix_holds_every_pair_and_says_what_was_not_run():
    made = run()[:-1]
    head, *rows = cells(leaderboard(made), "### AUC")
    assert head == ["attack", "none", "l2"]
    assert [row[0] for row in rows] == ["strong", "middle", "weak"]
    assert rows[2][2] == "not run"
    assert [row[1].startswith("**") for row in rows] == [True, False, False]


def test_many_defenses_are_split_into_tables_side_by_side():
    made = [record("digits", f"d{i}", "strong", 0.5) for i in range(5)]
    text = leaderboard([*made, record("digits", "none", "strong", 0.5)])
    heads = [line for line in text.split("### AUC")[1].split("###")[0].splitlines() if line.startswith("| attack")]
    assert [re.findall(r"none|d\d", head) for head in heads] == [["none", "d0", "d1", "d2"], ["d3", "d4"]]


def test_what_data_cannot_resolve_is_a_dash_with_its_reason():
    made = run(members=500)
    for one in made:
        one["histograms"]["score"]["others"] = [1500, 500]  # of four trials
    text = leaderboard(made)
    row = cells(text, "## Attacks on the undefended model")[1]
    assert row[4] == "-"
    assert "`-` at 0.1 % FPR: 500 non-members a trial cannot resolve the rate." in text
    assert "non-members a trial" not in leaderboard(run(members=1000))


def test_a_claim_of_nobody_and_a_demand_that_was_not_met_have_their_notes():
    made = run()
    verdict = made[0]["verdicts"][2]
    verdict.update(tp=[0] * 4, fp=[0] * 4, precision=value(None, None, None), reached=[True, False, True, True])
    text = leaderboard(made)
    assert cells(text, "### Their verdicts")[1][:3] == ["strong", "0*", "-"]
    assert "`-` as precision: the attack claims nobody." in text
    assert "`*`: in some trial no threshold met the demand" in text


def test_what_is_behind_says_what_is_corrected_and_what_is_no_lead():
    made = run()
    found = {"difference": -0.1, "low": -0.2, "high": -0.01, "p": 0.43}
    for one in made[1:3]:
        one["paired"] = [{"other": "strong", **dict.fromkeys(("auc", "tpr_at_1%_fpr", "tp_at_0.98"), found)}]
    text = leaderboard(made)
    assert "Intervals are uncorrected, p is corrected by Holm for the 2 comparisons of its column" in text
    assert "More TP at a lower precision are no lead" in text


def test_provenance_stands_below_every_table():
    made = run(synthetic=True)
    text = leaderboard(made)
    tables = len(re.findall(r"^\|:", text, re.M))
    assert tables >= 5
    assert text.count(f"`{made[0]['command']}`") == tables + 1
    assert "**Synthetic data**" in text


@pytest.mark.parametrize("name", ["a|b", "a\nb", "<script>alert(1)</script>", "[x](http://y)", "`a`", "*a*"])
def test_a_name_breaks_no_table(name):
    made = run()
    for one in made:
        if one["attack"]["name"] == "strong":
            one["attack"]["name"] = name
    text = leaderboard(made)
    head, *rows = cells(text, "## Attacks on the undefended model")
    assert {len(row) for row in rows} == {len(head)}
    assert "\n" not in word(name)
    assert not set("|<>`*_[]") & set(re.sub(r"\\.", "", word(name)))


def changed(made, key, value):
    made[-1] = {**made[-1], key: value}
    return made


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (changed(run(), "command", "another"), "differ in command"),
        (changed(run(), "adversary", "unaware"), "differ in adversary"),
        (run() + run("letter"), "differ in suite"),
        ([*run(), run()[0]], "two of none / strong"),
        ([], "got none"),
    ],
)
def test_records_of_several_runs_are_refused(made, words):
    with pytest.raises(ValueError, match=words):
        Run(made)


def test_suites_that_cannot_be_compared_are_refused():
    with pytest.raises(ValueError, match="each suite once"):
        overall([run(), run()])
    unaware = [{**r, "adversary": "unaware"} for r in run("letter")]
    with pytest.raises(ValueError, match="one adversary"):
        overall([run(), unaware])


def test_a_run_without_the_undefended_model_still_has_a_board():
    made = [r for r in run() if r["defense"]["name"] != "none"]
    text = leaderboard(made)
    assert "No trial of `none` is complete" in text
    assert cells(text, "## Defenses, by the strongest attack against each")[1][1] == "l2"


def test_regenerating_the_committed_boards_changes_no_byte():
    made = boards(COMMITTED)
    assert len(made) == 5
    for path, text in made.items():
        assert path.read_text() == text


def test_the_readme_shows_the_committed_board():
    shown = (ROOT / "README.md").read_text().split("## What it prints")[1].split("\n## ")[0]
    board = (COMMITTED / "digits" / "leaderboard.md").read_text()
    tables = re.findall(r"(?:^\|.*\n)+", shown, re.M)
    assert len(tables) == 3
    assert all(table in board for table in tables)


@pytest.fixture
def copy(tmp_path):
    """Two suites of the committed records, two attacks each."""
    for suite in ("digits", "letter"):
        home = tmp_path / "boards" / suite / "records"
        home.mkdir(parents=True)
        for path in (COMMITTED / suite / "records").glob("*--*loss.json"):
            shutil.copy(path, home)
    return tmp_path / "boards"


def test_the_command_writes_all_boards_and_again_the_same_bytes(copy, capsys):
    assert main([str(copy)]) == 0
    made = {p: p.read_bytes() for p in copy.rglob("*.md")}
    assert {str(p.relative_to(copy)) for p in made} == {"README.md", "digits/leaderboard.md", "letter/leaderboard.md"}
    assert main([str(copy)]) == 0
    assert {p: p.read_bytes() for p in copy.rglob("*.md")} == made


def edit(folder, how):
    path = sorted((folder / "letter" / "records").glob("*.json"))[0]
    made = json.loads(path.read_text())
    if how == "another schema":
        made["schema"] = 1
    if how == "edited by hand":
        made["ranking"]["auc"]["mean"] = 0.99
    if how == "NaN":
        made["ranking"]["auc"]["mean"] = float("nan")
    if how == "of another run":
        made["command"] += " --seed 1"
        records.write({k: v for k, v in made.items() if k != "sha256"}, [], path.parent)
    elif how == "no records":
        shutil.rmtree(path.parent)
        path.parent.mkdir()
    else:
        path.write_text(json.dumps(made))


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ("another schema", "schema 2, got 1"),
        ("edited by hand", "sha256"),
        ("NaN", "finite"),
        ("of another run", "differ in command"),
        ("no records", "found none"),
    ],
)
def test_unusable_records_are_one_sentence_and_nothing_is_written(copy, capsys, how, words):
    edit(copy, how)
    assert main([str(copy)]) == 2
    text = capsys.readouterr().err
    assert words in text
    assert "letter" in text
    assert text.count("\n") == 1
    assert not list(copy.rglob("*.md"))


@pytest.mark.parametrize(
    ("arguments", "words"), [([], "DIR"), (["/nonexistent"], "/nonexistent"), (["a", "b"], "b"), (["."], "found none")]
)
def test_bad_input_is_one_sentence_and_exit_code_2(arguments, words, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 2
    text = capsys.readouterr().err
    assert words in text
    assert text.count("\n") == 1
