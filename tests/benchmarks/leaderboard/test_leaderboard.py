"""Boards: ranks and ties by hand, every cell from its record, and the committed ones to the byte."""

import json
import re
import shutil
from pathlib import Path
from urllib.parse import unquote

import msgspec
import pytest
from invented import compared, edited, record

from benchmarks.games.from_store import lacking_in
from benchmarks.leaderboard.__main__ import boards, main
from benchmarks.leaderboard.board import leaderboard
from benchmarks.leaderboard.overall import average_ranks, critical_difference, overall
from benchmarks.leaderboard.screen import screen
from benchmarks.naming.registry import ATTACKS, choose
from benchmarks.report.contents import attack_table
from benchmarks.report.section import sections
from benchmarks.results import reading
from benchmarks.results.checking import digest_of
from benchmarks.results.ranking import Run, difference, tied
from benchmarks.results.record import Value
from benchmarks.results.tables import Places, said, word
from benchmarks.training.request import Request

ROOT = Path(__file__).parents[3]
COMMITTED = ROOT / "results" / "boards"


value = Value


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


def test_what_attacks_say_of_their_work_stands_below_their_table():
    made = run()
    assert "queries" not in leaderboard(made)
    made[1] = edited(made[1], {"attack/facts": {"queries a record": 312, "constant": [0.5, 0.25]}})
    made[4] = edited(made[4], {"attack/facts": {"queries a record": 7}})  # of another defense
    text = leaderboard(made)
    table = text.split("## Attacks on the undefended model\n\n")[1].split("\n\n")
    assert table[1] == "- middle: constant 0.5 / 0.25, queries a record 312"
    assert "record 7" not in text


def test_ties_by_hand():
    values = [value(0.9, 0.8, 0.95), value(0.85, 0.75, 0.9), value(0.78, 0.7, 0.8), value(0.72, 0.65, 0.79)]
    assert tied(values) == [
        Places(1, 3),
        Places(1, 3),
        Places(1, 3),
        Places(4, 4),
    ]  # the last overlaps the third, but not the first
    assert tied([*values, value(0.7, 0.6, 0.71)]) == [
        Places(1, 3),
        Places(1, 3),
        Places(1, 3),
        Places(4, 5),
        Places(4, 5),
    ]
    assert tied(values[::-1]) == [
        Places(1, 3),
        Places(1, 3),
        Places(1, 3),
        Places(4, 4),
    ]  # where the lowest is the best
    assert tied([]) == []
    assert [str(p) for p in (Places(1, 3), Places(4, 4))] == ["1-3", "4"]


def test_difference_of_a_published_example():
    def wilson(hits, n):
        z, p = 1.959964, hits / n
        middle, half = p + z**2 / (2 * n), z * (p * (1 - p) / n + z**2 / (4 * n**2)) ** 0.5
        return value(p, (middle - half) / (1 + z**2 / n), (middle + half) / (1 + z**2 / n))

    found = difference(wilson(56, 70), wilson(48, 80))  # Newcombe 1998, Table II, example (a), method 10
    assert found.ends == pytest.approx((0.2, 0.0524, 0.3339), abs=1e-4)
    assert difference(wilson(1, 2), value(None, None, None)).mean is None


def test_critical_difference_of_a_published_example():
    assert critical_difference(4, 14) == pytest.approx(1.25, abs=0.01)  # Demšar 2006, section 3.2.4


def test_average_ranks_by_hand():
    one = {"a": value(0.9, 0.8, 1.0), "b": value(0.8, 0.7, 0.9), "c": value(0.5, 0.4, 0.6), "d": value(1, 1, 1)}
    two = {"a": value(0.9, 0.89, 0.91), "b": value(0.8, 0.79, 0.81), "c": value(0.5, 0.4, 0.6)}
    assert average_ranks([one, two], -1) == [
        ("a", 1.25, [Places(1, 2), Places(1, 1)]),
        ("b", 1.75, [Places(1, 2), Places(2, 2)]),
        ("c", 3.0, [Places(3, 3), Places(3, 3)]),
    ]
    assert [name for name, _, _ in average_ranks([two], 1)] == ["c", "b", "a"]


def test_numbers_as_they_are_written():
    assert said("ratio", value(0.63149, 0.6, 0.7)) == "0.631 [0.600, 0.700]"
    assert said("share", value(0.63149, 0.6, 0.7)) == "63.1 % [60.0, 70.0]"
    assert said("points", value(-0.0004, -0.01, 0.0004)) == "0.0 [-1.0, 0.0]"
    assert said("ratio", value(None, None, None)) == said("count", None) == "-"
    assert said("count", 12345.0) == "12345"
    assert said("count", value(-12345.0, -20000.0, 3.0)) == "-12345 [-20000, 3]"
    assert [said("p", p) for p in (None, 0.0002, 0.012, 0.0951, 1.0)] == ["-", "< 0.001", "0.012", "0.095", "1.000"]


def test_attacks_are_ranked_and_cells_come_from_the_record():
    made = run()
    head, *rows = cells(leaderboard(made), "## Attacks on the undefended model")
    assert head[:3] == ["rank", "attack", "AUC"]
    assert [row[:2] for row in rows] == [["1-2", "strong"], ["1-2", "middle"], ["3", "weak"]]
    verdicts = cells(leaderboard(made), "### Their verdicts")[1:]
    for row, says, of in zip(rows, verdicts, made[:3], strict=True):
        auc, precision = of.auc, of.metrics["precision_at_0.98"]
        assert row[2] == f"{auc.mean:.3f} [{auc.low:.3f}, {auc.high:.3f}]"
        assert says[:2] == [row[1], str(sum(of.verdict(0.98).tp))]
        assert says[2].startswith(f"{100 * precision.mean:.1f} %")


def test_defenses_are_ranked_by_the_worst_case():
    head, *rows = cells(leaderboard(run()), "## Defenses, by the strongest attack against each")
    assert [row[:3] for row in rows] == [["1", "l2", "strong"], ["2", "none", "strong"]]
    lost = head.index("accuracy lost, points")
    assert rows[0][lost].startswith("10.0 [")
    assert rows[1][lost] == "-"


def test_a_defense_that_not_every_attack_has_met_has_no_rank():
    """Against `new` the weakest attack alone was played: its worst case is unknown, and it must not look the best."""
    made = [*run(), record(defense="new", attack="weak", d=0.01)]
    board = leaderboard(made)
    _, *rows = cells(board, "## Defenses, by the strongest attack against each")
    assert [row[:3] for row in rows] == [["1", "l2", "strong"], ["2", "none", "strong"], ["-", "new", "weak"]]
    assert "(attacks played: new 1 of 3)" in board
    assert "| new " not in overall([made]).split("## Defenses")[1].split("\n## How")[0]


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
    made = [edited(one, {"histograms/score/others": [0] * 38 + [1500, 500]}) for one in run(members=500)]
    text = leaderboard(made)
    row = cells(text, "## Attacks on the undefended model")[1]
    assert row[4] == "-"
    assert "`-` at 0.1 % FPR: 500 non-members a trial cannot resolve the rate." in text
    assert "non-members a trial" not in leaderboard(run(members=1000))


def test_a_claim_of_nobody_and_a_demand_that_was_not_met_have_their_notes():
    made = run()
    made[0] = edited(
        made[0],
        {
            "verdicts/2/reached": [True, False, True, True],
            "metrics/tp_at_0.98/values": [0] * 4,
            "metrics/precision_at_0.98": dict.fromkeys(("mean", "low", "high")) | {"values": [None] * 4},
        },
    )
    text = leaderboard(made)
    assert cells(text, "### Their verdicts")[1][:3] == ["strong", "0*", "-"]
    assert "`-` as precision: the attack claims nobody." in text
    assert "`*`: in some trial no threshold met the demand" in text


def test_what_is_behind_says_what_is_corrected_and_what_is_no_lead():
    made = run()
    found = compared(made[:3], middle=(-0.1, -0.2, -0.01, 0.43), weak=(-0.3, -0.4, -0.2, 0.0))
    text = leaderboard(made, [found])
    assert cells(text, "### Behind strong, the strongest")[1][:3] == ["middle", "-0.100 [-0.200, -0.010]", "0.430"]
    assert "Intervals are uncorrected, p is corrected by Holm for the 2 comparisons of its column" in text
    assert "More TP at a lower precision are no lead" in text


def test_a_difference_that_a_comparison_lacks_is_a_dash():
    made = run()
    found = compared(made[:3], middle=(-0.1, -0.2, -0.01, 0.43), weak=(-0.3, -0.4, -0.2, 0.02))
    place = [row.attack for row in found.rows].index("middle")
    less = {k: v for k, v in msgspec.to_builtins(found.rows[place].differences).items() if k != "auc"}
    partial = edited(found, {f"rows/{place}/differences": less})
    _, *rows = cells(leaderboard(made, [partial]), "### Behind strong, the strongest")
    assert rows[0][:4] == ["middle", "-", "-", "-10.0 [-20.0, -1.0]"]
    assert rows[1][:3] == ["weak", "-0.300 [-0.400, -0.200]", "0.020"]
    table = attack_table(sections(made, [partial])[0], "none")
    assert [row[-2:] for row in table.rows if row[0] == "middle"] == [[None, None]]
    assert [row[-1] for row in table.rows if row[0] == "weak"] == [0.02]
    none = edited(found, {f"rows/{i}/differences": {} for i in range(2)})
    assert "### Behind" not in leaderboard(made, [none])
    assert attack_table(sections(made, [none])[0], "none").rows


def test_a_comparison_with_what_is_no_longer_there_is_left_out():
    made = run()
    found = compared(made[:3], middle=(-0.1, -0.2, -0.01, 0.43), weak=(-0.3, -0.4, -0.2, 0.0))
    again = [edited(made[1], {"scores/0": "f" * 32}), *made[2:]]
    stronger = record(attack="stronger", d=0.9, accuracy=0.9)
    for others in ([made[0], *again], [*made, stronger], made[1:]):
        assert "### Behind" not in leaderboard(others, [found])
    assert "### Behind strong" in leaderboard(made, [found])


def test_provenance_is_said_once():
    made = run(synthetic=True)
    text = leaderboard(made)
    assert text.partition("## How these numbers were made")[2].count(f"`{made[0].command}`") == 1
    assert text.count(f"`{made[0].command}`") == text.count(made[0].suite.licence) == 1
    assert "**Synthetic data**" in text


@pytest.mark.parametrize("name", ["a|b", "<script>alert(1)</script>", "[x](http://y)", "`a`", "*a*"])
def test_a_name_breaks_no_table(name):
    made = [edited(one, {"attack/name": name}) if one.attack.name == "strong" else one for one in run()]
    text = leaderboard(made)
    head, *rows = cells(text, "## Attacks on the undefended model")
    assert {len(row) for row in rows} == {len(head)}
    assert not set("|<>`*_[]") & set(re.sub(r"\\.", "", word(name)))


def changed(made, place, value):
    made[-1] = edited(made[-1], {place: value})
    return made


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (changed(run(), "games/outputs", "f" * 32), "the same games of l2"),
        (changed(run(), "suite/seed", 1), "differ in suite"),
        (changed(run(), "adversary", "unaware"), "differ in adversary"),
        (run() + run("letter"), "differ in suite"),
        ([*run(), run()[0]], "two of none / strong"),
        ([], "got none"),
    ],
)
def test_records_of_several_runs_are_refused(made, words):
    with pytest.raises(ValueError, match=words):
        Run(made)


def test_records_of_several_commands_and_machines_stand_on_one_board_and_each_is_named_once():
    made = changed(changed(run(), "command", "another"), "device", "another machine")
    text = leaderboard(made)
    assert f"`{made[0].command}` · `another`" in text
    last = text.splitlines()[-1]
    assert last.startswith("- Reproduce: ")
    assert last.count("cpu (2 threads)") == last.count("another machine") == 1


def test_suites_that_cannot_be_compared_are_refused():
    with pytest.raises(ValueError, match="got digits in a, digits in b: move all but one of them away"):
        overall([run(), run()], ["a", "b"])
    unaware = [edited(r, {"adversary": "unaware"}) for r in run("letter")]
    with pytest.raises(ValueError, match="one adversary"):
        overall([run(), unaware])


def test_a_run_without_the_undefended_model_still_has_a_board():
    made = [r for r in run() if r.defense.name != "none"]
    text = leaderboard(made)
    assert "No attack has a record against `none`." in text
    assert cells(text, "## Defenses, by the strongest attack against each")[1][1] == "l2"


def test_regenerating_the_committed_boards_changes_no_byte():
    made = boards(COMMITTED)
    assert len(made) == 5
    for path, text in made.items():
        assert path.read_text() == text


def test_the_readme_shows_the_screen_of_the_committed_board():
    shown = (ROOT / "README.md").read_text().split("```text\n")[1].split("\n```")[0]
    plan = Request("digits", ("l2", "hamp")).plan()
    lacking = {attack.name: lacking_in(plan, attack.value) for attack in choose(ATTACKS, ["all"])}
    left = {name: why for name, why in lacking.items() if why}
    run = Run([record for record, _ in reading.board(COMMITTED / "digits")])
    assert {record.attack.name for record in run.records} == lacking.keys() - left.keys()  # all that play today
    below = shown.splitlines()[-2:]
    assert below == [
        "whole board: output/digits/leaderboard.md",
        "as a page:   .venv/bin/mia-arena report output/digits --output output/digits",
    ]
    assert shown.splitlines() == [line.text for line in screen(run, left, below)]


def test_the_readmes_board_is_what_make_run_prints():
    """The committed records that the README shows were made by the very command of `make run`."""
    (told,) = re.findall(r"`make run` is `\.venv/bin/(mia-arena run[^`]*)`", (ROOT / "README.md").read_text())
    rule = (ROOT / "Makefile").read_text().split("\nrun:")[1].split("\n\n")[0]
    assert f"$(BIN)/{told}\n" in f"{rule}\n"
    made = {json.loads(p.read_text())["command"] for p in (COMMITTED / "digits" / "records").glob("*.json")}
    options = told.removeprefix("mia-arena run ")
    assert {command.partition(" --")[2] for command in made} == {f"suite digits {options}"}


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


def test_boards_are_linked_where_they_lie(copy):
    (copy / "letter").rename(copy / "my letters (2)")
    assert main([str(copy)]) == 0
    links = re.findall(r"\[board\]\((.*?)\)", (copy / "README.md").read_text())
    assert [unquote(link) for link in links] == ["digits/leaderboard.md", "my letters (2)/leaderboard.md"]
    assert all((copy / unquote(link)).is_file() for link in links)


def linked(folder):
    (folder / "letter").rename(folder.parent / "elsewhere")
    (folder / "letter").symlink_to(folder.parent / "elsewhere")


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (linked, "letter: expected a place inside"),
        (
            lambda folder: (folder / "letter" / "leaderboard.md").mkdir(),
            "leaderboard.md: expected a file, got a folder",
        ),
    ],
)
def test_a_place_that_cannot_be_written_is_said_before_anything_is(copy, capsys, spoil, words):
    (copy / "README.md").write_text("old")
    spoil(copy)
    for _ in range(2):
        assert main([str(copy)]) == 2
        text = capsys.readouterr().err
        assert words in text
        assert text.count("\n") == 1
    assert (copy / "README.md").read_text() == "old"
    assert not (copy / ".unfinished").exists()


def spoil(folder, how):
    path = sorted((folder / "letter" / "records").glob("*.json"))[0]
    made = json.loads(path.read_text())
    if how == "another schema":
        made["schema"] = 1
    if how == "edited by hand":
        made["metrics"]["auc"]["mean"] = 0.99
    if how == "NaN":
        made["metrics"]["auc"]["mean"] = float("nan")
    if how in ("of another run", "out of range"):
        del made["sha256"]
        made["games"]["inputs"] = "f" * 32
        made["metrics"]["auc"]["high"] = 7.0 if how == "out of range" else 1.0
        made["sha256"] = digest_of(made)
    if how == "no records":
        shutil.rmtree(path.parent)
        path.parent.mkdir()
    else:
        path.write_text(json.dumps(made))


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ("another schema", "schema 3, got '1'"),
        ("edited by hand", "sha256"),
        ("NaN", "sha256"),
        ("out of range", "auc from 0 to 1"),
        ("of another run", "the same games"),
        ("no records", "found none"),
    ],
)
def test_unusable_records_are_one_sentence_and_nothing_is_written(copy, capsys, how, words):
    spoil(copy, how)
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


def test_average_and_worst_case_stand_side_by_side():
    """Of every defense the greatest of its records that say something, in the suite with canaries and in no other."""
    records = [of for of, _ in reading.board(ROOT / "results" / "canaries" / "digits-canaries")]
    text = overall([records])
    section = text.partition("### Average and worst case")[2].partition("###")[0]
    rows = {line.split("|")[1].strip(): line for line in section.splitlines() if line.startswith("| ")}
    for defense in ("none", "hamp"):
        for key in ("tpr_at_1%_fpr", "canary_tpr_at_1%_fpr"):
            found = [r.metrics[key] for r in records if r.defense.name == defense]
            most = max(of.mean for of in found if of.high - of.low <= 0.5)
            assert f"{100 * most:.1f} %" in rows[defense]
    plain = [of for of, _ in reading.board(COMMITTED / "digits")]
    assert "worst case" not in overall([plain]).partition("### The worst AUC")[2]


def test_an_attack_that_is_passed_over_for_its_width_is_said_below_the_board():
    note = "An attack whose interval is wider than half of the scale is passed over"
    board = [of for of, _ in reading.board(ROOT / "results" / "canaries" / "digits-canaries")]
    assert note in leaderboard(board)
    assert note not in leaderboard([r for r in board if r.attack.name != "gap"])
