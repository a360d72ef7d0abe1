"""Numbers on disk: what is edited, foreign, of another type or of another run is refused in one sentence."""

import json
import random
from pathlib import Path

import pytest
from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml

from benchmarks.papers import kit, publishing
from benchmarks.papers.hp_mia.paper import PAPER
from benchmarks.papers.kit import saving
from benchmarks.papers.kit.about import About, conflict
from benchmarks.papers.kit.paper import Figure, Measure, Models, Paper, Setting, Table
from benchmarks.papers.publishing import publish
from benchmarks.results.checking import digest_of
from benchmarks.training.executors import Here

LETTER = Path(__file__).parents[3] / "results" / "hp-mia" / "numbers" / "letter.json"
ABOUT = {
    **{"suite": "digits", "epochs": 20, "references": 5, "likelihood": None, "trials": 2, "part": 299},
    **{"precision": "fp32", "network": "Mlp()", "changed": {}, "synthetic": False, "lossless": True},
    **{"source": "UCI", "digest": "0" * 64, "seed": 0, "models": 7, "seconds": 1.5, "device": "CPU"},
    "versions": {"torch": "2"},
}
RUN = {"about": ABOUT, "auc": {"mean": 0.6, "low": 0.5, "high": 0.7}}


def paper(**changes):
    parts = {
        "table1": Table(caption="AUC", suites=("digits",), make=lambda settings, numbers: "| table |"),
        "figure1": Figure(caption="AUC", suites=("digits",), make=lambda suites, numbers: None),
    }
    whole = {
        **{"name": "tiny", "settings": (Setting("digits", "Digits"),), "parts": parts},
        **{"models": {"all": Models(lambda job, suite, pool: None)}, "measures": {"main": Measure("all", None)}},
    }
    return Paper(**{**whole, **changes})


def test_numbers_come_back_as_they_were(tmp_path):
    saving.save(paper(), {"digits": RUN}, tmp_path)
    assert saving.read_all(paper(), tmp_path) == {"digits": RUN}
    assert not list(tmp_path.glob(".*"))


def test_what_was_not_measured_again_stays_and_what_lies_there_is_made_of_the_new_numbers(tmp_path, capsys):
    def table(name):
        def make(settings, numbers):
            return f"| {sorted(numbers['digits'])} |"

        return Table(caption=name, suites=("digits",), make=make)

    parts = {"table1": table("AUC"), "table2": table("more")}
    whole = paper(parts=parts)
    publish(whole, {"digits": RUN}, {"table1": parts["table1"]}, tmp_path, tmp_path, Here())
    publish(whole, {"digits": {"more": [1, 2]}}, {"table2": parts["table2"]}, tmp_path, tmp_path, Here())
    assert saving.read_all(whole, tmp_path / "numbers") == {"digits": {**RUN, "more": [1, 2]}}
    assert [("more" in (tmp_path / "tables" / f"table{n}.md").read_text()) for n in (1, 2)] == [True, True]
    assert "### Table 1" not in capsys.readouterr().out.partition("### Table 2")[2]
    assert not list(tmp_path.glob(".*"))


def test_where_the_page_cannot_be_written_nothing_is(tmp_path, monkeypatch):
    """A figure of the page is to go, and a folder bears its name."""
    whole, docs = paper(), tmp_path / "docs"
    (docs / "figure.png").mkdir(parents=True)
    (tmp_path / "out").mkdir()
    monkeypatch.setattr(publishing, "_page", lambda *arguments: ["figure.png"])
    with pytest.raises(ValueError, match="expected a file, got a folder"):
        publish(whole, {"digits": RUN}, {"table1": whole.parts["table1"]}, tmp_path / "out", docs, Here())
    assert not list((tmp_path / "out").iterdir())
    assert [p.name for p in docs.iterdir()] == ["figure.png"]


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (lambda text: text.replace("0.6", "0.65"), "not as they were written"),
        (lambda text: text.replace('"tiny"', '"other"'), "of the paper 'other', expected 'tiny'"),
        (lambda text: "{}", "they lack the seal"),
        (lambda text: "[1]", "they lack the seal"),
        (lambda text: text[:-9], "digits.json"),
        (lambda text: "[" * 100_000, "recursion"),
        (lambda text: '{"seal": 3}', "they lack the seal"),
        (lambda text: "\udcff", "codec"),
    ],
)
def test_damaged_edited_and_foreign_files_are_refused_in_one_sentence(tmp_path, edit, said):
    path = tmp_path / "digits.json"
    path.write_bytes(edit(saving.text_of(paper(), "digits", RUN)).encode("utf-8", "surrogateescape"))
    with pytest.raises(ValueError, match=said) as error:
        saving.read_all(paper(), tmp_path)
    assert str(error.value).startswith(f"{path}: holds no numbers of tiny")
    assert "\n" not in str(error.value)


def test_numbers_of_another_suite_or_with_an_interval_upside_down_are_refused(tmp_path):
    with pytest.raises(ValueError, match="of the suite 'digits', expected 'letter'"):
        saving.text_of(paper(), "letter", RUN)
    for wrong in (
        {"mean": 0.4},
        {"mean": 0.8},
        {"mean": None},
        {"mean": "0.6"},
        {},
        {"difference": 0.8},
        {"low": None},
    ):
        with pytest.raises(ValueError, match="low <= "):
            saving.text_of(paper(), "digits", {**RUN, "rows": [{"auc": {"low": 0.5, "high": 0.7, **wrong}}]})
    with pytest.raises(ValueError, match="do not say what they were made with"):
        saving.text_of(paper(), "digits", {"auc": RUN["auc"]})
    with pytest.raises(ValueError, match="not JSON compliant"):
        saving.text_of(paper(), "digits", {**RUN, "auc": float("nan")})


def test_numbers_that_are_signed_but_not_of_the_papers_type_are_refused(tmp_path):
    typed = paper(numbers=dict[str, About])
    assert saving.text_of(typed, "digits", {"about": ABOUT})
    for wrong, said in (
        ({**ABOUT, "seed": -1}, "seed"),
        ({**ABOUT, "digest": "abc"}, "digest"),
        ({**ABOUT, "more": 1}, "does not know"),
        ({**ABOUT, "device": "\x1b[2J"}, "control characters"),
        ({k: v for k, v in ABOUT.items() if k != "seed"}, "missing required field `seed`"),
    ):
        with pytest.raises(ValueError, match=said):
            saving.text_of(typed, "digits", {"about": wrong})
        path = tmp_path / "digits.json"
        path.write_text(signed({"about": wrong}))  # a right digest, of wrong content
        with pytest.raises(ValueError, match=said):
            saving.read(typed, path)


def signed(run, name="tiny"):
    seal = {"paper": name, "sha256": digest_of({"paper": name, "numbers": run})}
    return json.dumps({**run, "seal": seal})


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"seed": 1}, "measured with seed 0, and this run has seed 1"),
        ({"epochs": 3}, "epochs 20, and this run has epochs 3"),
        ({"changed": {"trials": [2, 4]}}, "changes none, and this run has changes trials=4"),
        ({"digest": "1" * 64}, "digest 000000000000, and this run has digest 111111111111"),
        ({"likelihood": 9}, "likelihood None"),
        ({}, ""),
        ({"seconds": 99.0, "device": "GPU"}, ""),
    ],
)
def test_numbers_of_another_run_are_not_mixed(change, said):
    found = conflict({"digits": RUN}, "digits", {"": {**ABOUT, **change}})
    assert (said in found) if said else (found == "")


def test_other_blocks_share_seed_data_and_epochs_and_other_suites_the_seed():
    more = {"trials": 9, "changed": {"trials": [2, 9]}}
    assert conflict({"digits": RUN}, "digits", {"lambdas": {**ABOUT, **more}}) == ""
    assert "epochs" in conflict({"digits": RUN}, "digits", {"lambdas": {**ABOUT, "epochs": 1}})
    assert conflict({"digits": RUN}, "letter", {"": {**ABOUT, "suite": "letter", "epochs": 1, "digest": "1"}}) == ""
    assert "seed" in conflict({"digits": RUN}, "letter", {"": {**ABOUT, "suite": "letter", "seed": 1}})


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"settings": (Setting("digits", "Digits", "papre"),)}, "unknown group 'papre'; did you mean paper"),
        ({"settings": (Setting("digit", "Digits"),)}, "table1: unknown suite 'digits'; did you mean digit?"),
        ({"measures": {"main": Measure("al", None)}}, "main: unknown models 'al'; did you mean all?"),
        ({"measures": {"mian": Measure("all", None)}}, "table1: unknown measure 'main'; did you mean mian?"),
        ({"parts": {"figure2": Table(caption="", suites=(), make=None)}}, "expected a name such as table1"),
        ({"claims": (kit.Claim("It leaks.", "", ("table2",), None),)}, "claim 1: unknown part 'table2'"),
    ],
)
def test_a_paper_that_names_what_is_not_there_is_refused(change, said):
    with pytest.raises(ValueError) as error:
        paper(**change)
    assert said in str(error.value)


def test_lists_that_stand_side_by_side_are_of_one_length():
    text = saving.text_of(
        paper(), "digits", {**RUN, "roc": {"fpr": [0, 1], "tpr": [0, 1]}, "bins": {"edges": [0, 1], "n": [3]}}
    )
    assert text.startswith("{")
    for wrong in ({"fpr": [0, 1], "tpr": [0]}, {"tp": [], "fp": []}, {"edges": [0, 1], "n": [3, 4]}):
        with pytest.raises(ValueError, match="of one length"):
            saving.text_of(paper(), "digits", {**RUN, "block": wrong})


def mutilated(data, rng):
    """Cut short, bytes changed, bytes missing, or bytes too many."""
    place = rng.randrange(len(data))
    way = rng.randrange(4)
    if way == 0:
        return data[:place]
    if way == 1:
        return data[:place] + bytes([data[place] ^ rng.randrange(1, 256)]) + data[place + 1 :]
    if way == 2:
        return data[:place] + data[place + rng.randrange(1, 200) :]
    return data[:place] + rng.randbytes(5) + data[place:]


def leaves(value, before=()):
    """The paths of all numbers, words and lists, the latter by their first two entries."""
    if isinstance(value, dict | list):
        pairs = value.items() if isinstance(value, dict) else list(enumerate(value))[:2]
        yield from [before] if isinstance(value, list) else []
        for key, child in pairs:
            yield from leaves(child, (*before, key))
    else:
        yield before


def test_no_mutilated_file_is_read(tmp_path):
    rng, path = random.Random(0), tmp_path / "letter.json"
    for _ in range(100):
        path.write_bytes(mutilated(LETTER.read_bytes(), rng))
        with pytest.raises(ValueError) as error:
            saving.read(PAPER, path)
        assert "\n" not in str(error.value)


def test_of_one_field_changed_and_signed_again_comes_a_page_or_one_sentence(tmp_path):
    rng, path, refused = random.Random(0), tmp_path / "letter.json", []
    sound = json.loads(LETTER.read_bytes())
    del sound["seal"]
    paths = list(leaves(sound))
    for _ in range(150):
        run = json.loads(json.dumps(sound))
        *way, last = rng.choice(paths)
        place = run
        for key in way:
            place = place[key]
        place[last] = rng.choice([None, -1, 7.5, "x", "\x1b[2J", [], {}, [[]], 1e308, True, -0.5, 10**400])
        path.write_text(signed(run, "hp-mia"))
        try:
            assert PAPER.page({"letter": saving.read(PAPER, path)}, [])
        except ValueError as error:
            refused.append(str(error))
    assert len(refused) > 120
    assert not [line for line in refused if "\n" in line]


def dicts(value, before=()):
    """The paths of all that stands under a name, in lists by their first entry."""
    if isinstance(value, dict):
        for key, child in value.items():
            yield (*before, key)
            yield from dicts(child, (*before, key))
    elif isinstance(value, list) and value:
        yield from dicts(value[0], (*before, 0))


@pytest.mark.slow
@pytest.mark.parametrize("suite", ["letter", "cifar10_alexnet", "fashion_mnist"])
def test_numbers_that_lack_anything_and_are_signed_again_make_a_page_or_one_sentence(tmp_path, suite):
    lacking(tmp_path, suite, every=1)


@pytest.mark.parametrize("suite", ["letter", "fashion_mnist"])
def test_numbers_that_lack_a_block_and_are_signed_again_make_a_page_or_one_sentence(tmp_path, suite):
    lacking(tmp_path, suite, every=50)


def lacking(tmp_path, suite, every):
    """Whatever stands under a name is left out once: all blocks, and beyond them one in `every`."""
    path = tmp_path / f"{suite}.json"
    sound = json.loads(LETTER.with_name(f"{suite}.json").read_bytes())
    del sound["seal"]
    paths = sorted(dicts(sound), key=str)
    refused, kept = [], []
    for way in [p for i, p in enumerate(paths) if len(p) == 1 or i % every == 0]:
        run = json.loads(json.dumps(sound))
        place = run
        for key in way[:-1]:
            place = place[key]
        del place[way[-1]]
        path.write_text(signed(run, "hp-mia"))
        said = ""
        try:
            found = saving.read(PAPER, path)
        except ValueError as error:
            said = str(error)
        if said:
            assert said.startswith(f"{path}: holds no numbers of hp-mia: ")
            assert said.isprintable()
            refused.append(way)
        else:
            kept.append(way)
            assert PAPER.page({suite: found}, list(PAPER.parts))
    assert len(refused) > len(kept)


@pytest.mark.parametrize("text", ["<img src=x onerror=alert(1)>", "a | b", "[x](http://evil.example)", "`a` **b**"])
def test_words_of_signed_numbers_are_shown_and_are_no_markup(text):
    numbers = saving.read(PAPER, LETTER)
    plain = MarkdownIt("commonmark", {"html": True}).enable("table").render(PAPER.page({"letter": numbers}, []))
    about = {**numbers["about"], "device": text, "precision": text, "changed": {text: [9, 8]}}
    made = PAPER.page({"letter": {**numbers, "about": about}}, [])
    shown = MarkdownIt("commonmark", {"html": True}).enable("table").render(made)
    for sign in ("<img", "<a ", "<code>", "<strong>", "<td"):
        assert shown.count(sign) == plain.count(sign), sign
    assert shown.count(escapeHtml(text)) >= 2
