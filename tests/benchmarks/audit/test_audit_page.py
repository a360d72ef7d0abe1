"""The page of an audit: its numbers are the audit's, its words fit what was found, nothing in it is markup of a file's.
About 10 seconds."""

import json
import re
from dataclasses import replace
from functools import partial
from html.parser import HTMLParser

import numpy as np
import pytest

from benchmarks.audit import audit, contents, plots, sentences, wording
from benchmarks.audit.page import page
from benchmarks.results.tables import number

EVIL = ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{ 7 * 7 }} ${x} &amp; <b>'"]
VOID = {"meta", "link", "br", "img", "input"}
N, C = 800, 4


class Seen(HTMLParser):
    """Tags with their attributes, the text that is seen and what of it is not folded, tables of texts."""

    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.text, self.tables, self.unfolded = [], [], "", [], ""
        self.feed(text)
        self.close()
        assert not self.open, self.open

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        if tag not in VOID:
            self.open.append(tag)
        if tag == "table":
            self.tables.append([])
        if tag == "tr":
            self.tables[-1].append([])
        if tag in ("th", "td"):
            self.tables[-1][-1].append([""])

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if "style" in self.open or "script" in self.open:
            return
        self.text += data
        if "details" not in self.open:
            self.unfolded += data
        if {"th", "td"} & set(self.open):
            self.tables[-1][-1][-1][0] += data

    def table(self, head):
        """The rows below the heads of the one table whose first head is this, as texts."""
        (found,) = [table for table in self.tables if table[0][0][0] == head]
        return found[1:]


def told(text):
    """Text with plain blanks, one between words."""
    return " ".join(text.replace("\u00a0", " ").split())


def arrays(gap, seed=0, n=N):
    """Logits of records that members' logits exceed by `gap`, twice as far in group a, and references' of 6 models."""
    rng = np.random.default_rng(seed)
    labels, member = rng.integers(C, size=n), rng.random(n) < 0.5
    group = rng.choice(["a", "b", "c", "tiny"], n, p=[0.33, 0.33, 0.33, 0.01])
    seen = rng.random((6, n)) < 0.5
    logits = rng.normal(size=(7, n, C))
    far = gap * np.where(group == "a", 2.0, 0.5)
    logits[:, np.arange(n), labels] += 1 + far * np.concatenate([member[None], seen])
    return {
        "labels": labels,
        "member": member,
        "logits": logits[0],
        "references": logits[1:],
        "trained_on": seen,
        "groups": {"kind": group},
        "ids": [f"id-{i}" for i in range(n)],
    }


TWO = ("loss", "gap", "lira-online", "lira-offline", "attack-p", "rmia")
made = partial(audit, attacks=TWO, name="somebody's model")


@pytest.fixture(scope="module")
def leaky():
    return made(**arrays(2.5), epsilon=0.5)


@pytest.fixture(scope="module")
def text(leaky):
    return page(leaky)


@pytest.fixture(scope="module")
def seen(text):
    return Seen(text)


@pytest.fixture(scope="module")
def silent():
    return made(**arrays(0.0, seed=4))


def one_sided():
    """Arrays of members that have two classes alone."""
    given = arrays(2.5)
    return given | {"labels": np.where(given["member"], given["labels"] % 2, given["labels"])}


@pytest.fixture(scope="module")
def warned():
    return made(**one_sided(), epsilon=0.25)


def test_it_holds_the_headline_and_what_it_stands_on(leaky, seen):
    text = told(seen.text)
    assert leaky.seen
    assert wording.verdict(leaky) in text
    found = wording.finding(leaky, "the records that it was trained on")
    assert found[0].upper() + found[1:] in text
    assert wording.basis(leaky) in text
    assert wording.headline(leaky) == f"{wording.verdict(leaky)[:-1]}: {wording.finding(leaky)}"
    assert "fewer than 1 of 1,000 audits would find as much by chance" in text
    assert "4 attacks played" in text
    assert "2 attacks could not play" in text


def parts(cell):
    """mean, low and high as a cell prints them, percent as shares; None where it says that records are too few."""
    text = told(cell[0])
    if text == "too few records":
        return None
    numbers = [float(x) for x in re.findall(r"-?\d+\.\d+", text)]
    return [x / 100 for x in numbers] if "%" in text else numbers


def near(cell, values):
    return np.allclose(parts(cell), values, atol=6e-4)


def test_the_table_of_attacks_is_the_audits_strongest_first(leaky, seen):
    rows = seen.table("attack")
    assert [row[0][0] for row in rows] == list(leaky.table["attack"])
    assert list(leaky.table["auc"]) == sorted(leaky.table["auc"], reverse=True)
    for row, (_, expected) in zip(rows, leaky.table.iterrows(), strict=True):
        assert near(row[1], [expected[f"auc{end}"] for end in ("", "_low", "_high")])
        assert near(row[2], [expected[f"tpr_at_1%_fpr{end}"] for end in ("", "_low", "_high")])
        assert parts(row[3]) is None
        assert expected["tpr_at_0.1%_fpr"] is None or np.isnan(expected["tpr_at_0.1%_fpr"])
        assert (row[4][0], row[5][0]) == (expected["access"], expected["needs"])


def test_what_heads_and_bounds_mean_is_said_in_words(leaky, seen):
    text = told(seen.text)
    legend = text[text.index("Sees, of each answer:") : text.index("Exposed records")]
    for record in leaky.attacked.records:
        assert f" {record.attack.access}, " in legend
        assert f" {record.attack.needs}, " in legend
    assert "One threshold for all groups: the score that 1 of 100 of all non-members reaches." in text
    quoted = text[text.index("Quote the first, by one run") : text.index("It holds if all of this is true:")]
    assert "one run" in leaky.epsilon[0].method
    assert "Gaussian" in leaky.epsilon[1].method
    assert "rates" in leaky.epsilon[2].method
    assert all(said in quoted for said in ("as Gaussian noise does", "The third, by rates", "is corrected for that"))


def test_the_exposed_records_are_the_first_twenty(leaky, seen):
    rows = seen.table("id")
    assert len(leaky.exposed) > len(rows) == contents.RECORDS
    records = leaky.records.iloc[leaky.exposed[: len(rows)]]
    assert [row[0][0] for row in rows] == list(records["id"])
    assert [int(row[1][0]) for row in rows] == list(records["label"])
    assert [row[2][0] for row in rows] == list(records["kind"])
    assert [row[3][0] for row in rows] == [number("p", p) for p in records["p"]]
    assert [row[4][0] for row in rows] == [number("p", q) for q in records["q"]]
    assert records["q"].max() <= 0.1
    assert f"The first 20 of {len(leaky.exposed):,}" in told(seen.text)


def test_records_without_ids_are_named_by_their_place_from_1(leaky):
    answers = replace(leaky.case.answers, ids=None)
    rows = Seen(page(replace(leaky, case=replace(leaky.case, answers=answers)))).table("record")
    assert [int(row[0][0]) for row in rows] == [place + 1 for place in leaky.exposed[: contents.RECORDS]]


def test_records_that_every_reference_saw_take_nobodys_place():
    given = arrays(2.5)
    given["trained_on"][:, :10] = True
    found = made(**given | {"ids": None})
    assert len(found.records) < N
    assert list(found.records["id"]) == [str(i + 1) for i in range(N) if not given["trained_on"][1:, i].all()]
    assert np.array_equal(found.records["label"], given["labels"][found.records["id"].astype(int) - 1])


def test_the_groups_are_the_audits(leaky, seen):
    (slicing,) = leaky.groups
    rows = seen.table("kind")
    assert slicing.verdict == "yes"
    assert [row[0][0] for row in rows] == [of.name for of in slicing.groups]
    for row, of in zip(rows, slicing.groups, strict=True):
        assert [int(row[1][0]), int(row[2][0])] == [of.members, of.others]
        for cell, value in zip(row[3:], (of.auc, of.found, of.alarms), strict=True):
            assert near(cell, [value.mean, value.low, value.high])
    text = told(seen.text)
    assert "Exposure differs by kind: a most" in text
    assert "fewer than 20 members or non-members: tiny." in text


def test_every_bound_stands_beside_all_that_it_assumes(leaky, seen):
    text = told(seen.text)
    for bound in leaky.epsilon:
        assert f"epsilon ≥ {bound.epsilon:.2f}" in text
        assert bound.beside(0.5) in text
        assert str(bound.assumptions.observed) in text
        assert bound.assumptions.threat in text
        assert all(need in text for need in bound.assumptions.needs)


def test_a_bound_above_the_claim_is_loud_and_others_are_not(leaky, warned):
    above = [bound for bound in leaky.epsilon if bound.above(0.5)]
    assert above
    for claimed, loud in ((0.5, len(above) + 1), (50.0, 0), (None, 0)):
        text = page(replace(leaky, claimed=claimed))
        assert text.count('class="notice"') == loud
        assert ("Do not publish epsilon" in text) == (loud > 0)
    assert any(bound.above(0.25) for bound in warned.epsilon)
    assert page(warned).count('class="notice"') == 1  # the warning itself


def test_a_warned_audit_praises_no_number(warned):
    assert not warned.meant
    shown = Seen(page(warned))
    text = told(shown.text)
    assert wording.verdict(warned) == "This audit cannot tell what the model gives away."
    assert warned.warnings[0] in text
    assert wording.finding(warned) not in text
    numbers = told(wording.number(warned.strongest.auc))
    assert numbers in text
    assert numbers not in told(shown.unfolded)
    (step,) = sentences.steps(warned)
    assert "non-members of the same kind" in step


def test_what_is_out_of_order_stands_before_all_else(leaky):
    given = arrays(2.5)
    shifted = made(**given | {"trained_on": np.roll(given["trained_on"], 1, 0)})
    (said,) = shifted.doubts
    text = page(shifted)
    seen = told(Seen(text).text)
    assert text.count('class="notice"') == 1
    assert seen.count(said) == 1
    assert seen.index(f"Check the input first. {said}") < seen.index("How much?")
    assert sentences.steps(shifted)[0].startswith("Check the input")
    assert told(repr(shifted)).startswith(f"Check the input first. {said} As it stands: This model gives away")
    assert told(repr(shifted)).count(said) == 1
    assert leaky.doubts == ()


def test_nothing_found_is_no_proof(silent):
    text = told(Seen(page(silent)).text)
    assert not silent.seen
    assert "This model gives away nothing that this audit can see." in text
    assert "No single one of" in text
    assert "no proof that nothing is there" in text
    assert "Train the model with a defense" not in text
    assert "1e+0" not in text


def test_what_to_do_follows_from_what_was_found(leaky):
    said = " ".join(sentences.steps(leaky))
    assert "with a defense" in said
    assert "Look at the exposed records" in said
    assert "Look at the group a of kind" in said
    assert "needs 2,000 of them" in said
    assert "column of groups" not in said
    alone = {name: given for name, given in arrays(2.5).items() if name not in ("references", "trained_on", "groups")}
    said = " ".join(sentences.steps(made(**alone)))
    assert "Train 8 reference models" in said
    assert "column of groups" in said


def test_markup_in_a_file_stays_text(seen):
    given = arrays(2.5)
    ids = [f"{EVIL[i % 3]} {i}" for i in range(N)]
    groups = {EVIL[1]: np.where(given["groups"]["kind"] == "a", EVIL[0], EVIL[2])}
    evil = made(**given | {"ids": ids, "groups": groups}, epsilon=0.5, name=EVIL[0])
    shown = Seen(page(evil))
    names = [tag for tag, _ in shown.tags]
    assert names.count("script") == 1
    assert set(names) == {tag for tag, _ in seen.tags}
    for tag, attributes in shown.tags:
        assert not [k for k in attributes if k.startswith("on") or k in ("src", "srcset", "xlink:href")], tag
    assert all(word in shown.text for word in EVIL)
    assert "49" not in shown.table("id")[0][0][0]


def test_it_links_to_the_files_beside_it_and_to_nothing_else(leaky, seen, text, tmp_path):
    links = {a["href"] for tag, a in seen.tags if tag == "a"}
    assert links == {"records.csv", "attacks.csv", "summary.json"}
    assert {a["href"] for tag, a in seen.tags if "href" in a and tag != "a" and not a["href"].startswith("#")} == set()
    assert not {"img", "iframe", "link", "object", "form"} & {tag for tag, _ in seen.tags}
    assert not re.search(r"https?:|url\((?!#)|@import", text)
    leaky.report(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == links | {"report.html"}
    assert json.loads((tmp_path / "summary.json").read_text())["headline"] == wording.headline(leaky)
    assert (tmp_path / "report.html").read_text() == text


def test_ids_are_not_used_twice_and_every_image_has_words(seen):
    ids = [attributes["id"] for _, attributes in seen.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    drawn = [a for t, a in seen.tags if t == "svg" and a.get("aria-hidden") != "true"]
    assert len(drawn) == 2
    assert all(a["role"] == "img" and len(a["aria-label"]) > 60 for a in drawn)


def test_the_same_answers_make_the_same_page_to_the_byte(text):
    assert text == page(made(**arrays(2.5), epsilon=0.5))


def test_the_strongest_curve_is_what_the_headline_says(leaky):
    curve = plots.roc(leaky).chart.keywords["series"][0][2]
    at = list(curve.fpr).index(0.01)
    tpr = leaky.strongest.tpr[0.01]
    assert tpr.low <= curve.low[at] + 0.02
    assert abs(curve.tpr[at] - tpr.mean) < 0.02
    names = [record.attack.name for record in plots.shown(leaky)]
    assert names == [name for name in leaky.table["attack"] if name in names]
    assert {"target", "reference", "shadow"} == {record.attack.needs for record in plots.shown(leaky)}


def test_places_of_members_average_to_the_auc(leaky):
    found = plots.places(leaky).chart.keywords
    middle = (found["edges"][1:] + found["edges"][:-1]) / 2
    assert abs((found["members"] * middle).sum() - leaky.strongest.auc.mean) < 0.025  # half a bin
    assert np.allclose(found["others"], 0.05, atol=0.005)


def test_members_that_all_score_above_are_all_in_the_last_place(leaky):
    member = leaky.case.answers.member
    name = leaky.strongest.attacks[0]
    scores = {name: np.where(member, 2.0, np.arange(len(member)) / len(member))}
    sure = replace(
        leaky,
        attacked=replace(leaky.attacked, scores=scores),
        strongest=replace(leaky.strongest, attacks=(name, name)),
    )
    assert plots.places(sure).chart.keywords["members"].tolist() == [0.0] * 19 + [1.0]
