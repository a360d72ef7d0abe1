"""Boards show a record's words and nothing else: read by a markdown parser that is not ours."""

import re

import msgspec
import pytest
from invented import compared, record
from markdown_it import MarkdownIt

from benchmarks.leaderboard.board import leaderboard
from benchmarks.leaderboard.overall import overall
from benchmarks.results.checking import checked
from benchmarks.results.provenance import facts
from benchmarks.results.record import Record
from benchmarks.results.tables import code, word

HOSTILE = [
    *("# forged", "## x ##", "- x", "+ x", "12. x", "3) x", "===", "---", "***", "- - -", "> x", "~~~", "```", "x #"),
    *("<img src=x onerror=alert(1)>", "<!-- x", "<script>", "</details>", "&lt;b&gt; &#60; &amp", "http://a/?b&c=d"),
    *("[x](http://evil.example)", "![x](y)", "[x]: y", "[^1]: x", "[!NOTE]", "<http://evil.example>"),
    *("*a* **b**", "_a_ __b__ a_b _", "~~a~~ ~b~", "`a`", "`` ` ``", "`", "a | b |", "x \\", "\\| x", "$x$ $$y$$"),
    *('=HYPERLINK("http://evil.example")', "+1", "@SUM(1)"),
]
PLAIN = ("schema", "adversary", "access", "needs", "unit", "dataset_digest", "queries", "uses", "holds")


def spoiled(made, text):
    """The record with `text` in every place where it may hold any."""

    def walk(value, key=""):
        if isinstance(value, dict):
            free = key in ("recipe", "changed", "settings", "facts", "versions")
            return {f"{k} {text}" if free else k: v if k in PLAIN else walk(v, k) for k, v in value.items()}
        if isinstance(value, list):
            return value if key in ("keys", "scores") else [walk(v, key) for v in value]
        return text if isinstance(value, str) and key not in ("inputs", "outputs") else value

    plain = msgspec.to_builtins(made)
    return checked({**walk(plain), "games": plain["games"], "attack": {**walk(plain["attack"]), "name": text}}, Record)


def records(text, suite):
    """Two attacks against two defenses, their names and all other words of `text`."""
    about = {"synthetic": True, "changed": {"epochs": [60, "6"]}, "recipe": {"epochs": 60, "optimizer": "adam"}}
    made = []
    for defense, factor in (("none", 1.0), (text, 0.5)):  # so far apart that no order is by name
        for attack, d in ((text, 0.9), (f"{text} 2", 0.1)):
            plain = msgspec.to_builtins(record("x", "x", "x", d * factor, trials=2, **about))
            plain["defense"]["facts"] = {"chosen": ["a", "b"], "of": {"them": "c"}}
            plain["attack"]["facts"] = {"queries a record": 3, "kind": "x"}
            plain["outside"] = {"mine": {"title": "mine", "unit": "ratio", "about": "mine"}}
            plain["metrics"]["mine"] = plain["metrics"]["auc"]
            one = msgspec.to_builtins(spoiled(checked(plain, Record), text))
            one["suite"]["name"], one["defense"]["name"], one["attack"]["name"] = f"{text}{suite}", defense, attack
            made.append(checked(one, Record))
    return made


def board(text):
    made = records(text, "")
    found = compared(made[:2], **{f"{text} 2": (-0.1, -0.2, -0.01, 0.43)})
    return leaderboard(made, [found]), overall([made, records(text, " other")])


def read(text):
    """What a parser makes of markdown: its structure, its words and its code."""
    tokens = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(text)
    flat = [t for token in tokens for t in (token, *(token.children or ()))]
    shown = [t.content for t in flat if t.type in ("text", "code_inline")]
    structure = [t.type for t in flat if t.type not in ("text", "inline")]
    return structure, shown


@pytest.mark.parametrize("text", HOSTILE)
def test_no_word_of_a_record_is_markup(text):
    for tame, hostile in zip(board("tame"), board(text), strict=True):
        structure, shown = read(hostile)
        expected, words = read(tame)
        assert structure == expected
        assert shown == [w.replace("tame", text) for w in words]
        outside = re.sub(r"(`+).*?\1", "", re.sub(r"\\.", "", hostile))
        assert "$" not in outside  # which opens a formula on some hosts


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("before", ["", "- ", "> ", "# "])
def test_a_word_stands_anywhere(text, before):
    structure, shown = read(f"{before}{word(text)}")
    assert structure == read(f"{before}tame")[0]
    assert shown == [text]


@pytest.mark.parametrize("text", HOSTILE)
def test_code_is_ended_by_nothing_of_its_own(text):
    structure, shown = read(f"a {code(text)} b")
    assert structure.count("code_inline") == 1
    assert shown == ["a ", text, " b"]


def test_plain_words_stay_as_they_are():
    for text in ("learning_rate 0.001", "Mlp(hidden=(128, 64), activation='tanh')", "2.13.0+cpu", "-0.5", "a-b", "1.5"):
        assert word(text) == text


def test_facts_are_told_in_few_words():
    assert facts({"epochs": [12, 31, 12, 20, 14], "rule": "rdp", "epsilon": 7.99612}) == (
        "epochs 12 to 31, rule rdp, epsilon 7.996"
    )
    assert facts({"a": [1, 2, 1], "b": list("xyzzw"), "c": None, "d": {"e": [1, 1]}}) == (
        "a 1 / 2, b x / y / z / 1 others, c none, d (e 1)"
    )


def test_facts_of_a_defense_are_on_the_board():
    made = msgspec.to_builtins(record(defense="nearest"))
    made["defense"] = {"name": "nearest", "settings": {}, "version": 3, "facts": {"sharpness": 0.1}}
    text = leaderboard([checked(made, Record)])
    assert "nearest: no hyperparameters (sharpness 0.1)" in text
    assert "\n### Facts of defenses\n\n- nearest: sharpness 0.1\n" in text
    assert "Facts of defenses" not in leaderboard([record(defense="l2")])
