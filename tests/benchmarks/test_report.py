"""The report as its reader meets it: one page that nothing can inject into, whole files, errors in one sentence."""

import shutil
from html.parser import HTMLParser
from pathlib import Path

import pytest
from invented import edited, many, page_of, record

from benchmarks.report.__main__ import main, read
from benchmarks.report.section import sections
from benchmarks.report.writing import write
from benchmarks.results import reading, writing
from benchmarks.results.exchange import UNFINISHED
from datasets import drafts

EVIL = ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "_$\\frac{1} --> &amp; ${title} '"]
FORMULA = '=HYPERLINK("http://evil.example")'


def put(folder, *made):
    folder.mkdir(parents=True, exist_ok=True)
    for one in made:
        writing.write(one, [], folder)
    return folder


def evil():
    """Names and data that would break out of HTML, SVG, LaTeX or CSV if anything let them."""
    made = []
    for defense, attack in [("none", name) for name in EVIL] + [(FORMULA, EVIL[0])]:
        one = record("</title><b onclick=alert(1)>", defense, attack, source="<i>", changed={"<u>": [2, 1]})
        frame = "</code><iframe src=//evil.example>"
        reference = "</dd><script>alert(2)</script>"
        made.append(edited(one, {"attack/reference": reference, "command": frame, "device": frame}))
    return made


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    """The report of two suites in folders of their own, one of them hostile."""
    home = tmp_path_factory.mktemp("report")
    put(home / "in" / "a", *evil())
    put(home / "in" / "b" / "records", record(defense="none"), record(defense="hamp", d=0.1))
    assert main([str(home / "in"), "--output", str(home / "out")]) == 0
    return home


class Seen(HTMLParser):
    """Every tag with its attributes, and all text."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.text = [], ""
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))

    def handle_data(self, data):
        self.text += data


def test_nothing_can_be_injected(done):
    text = (done / "out" / "report.html").read_text()
    seen = Seen(text)
    names = [tag for tag, _ in seen.tags]
    assert names.count("script") == 1
    assert not {"img", "iframe", "i", "u", "object", "link", "form"} & set(names)
    for tag, attributes in seen.tags:
        assert not [k for k in attributes if k.startswith("on") or k in ("src", "srcset", "xlink:href")], (
            tag,
            attributes,
        )
        assert attributes.get("href", "#").startswith(("#", "tables/"))
    assert all(name in seen.text for name in EVIL)
    assert "script-src 'sha256-" in text
    assert "http://evil.example" not in "".join(str(a) for t, a in seen.tags if t not in ("svg", "div", "th", "td"))


def test_every_image_has_words(done):
    tags = Seen((done / "out" / "report.html").read_text()).tags
    drawn = [a for t, a in tags if t == "svg" and a.get("aria-hidden") != "true"]
    assert len(drawn) > 15
    assert all(a["role"] == "img" and len(a["aria-label"]) > 20 for a in drawn)


def test_ids_are_not_used_twice(done):
    ids = [a["id"] for _, a in Seen((done / "out" / "report.html").read_text()).tags if "id" in a]
    assert len(ids) == len(set(ids)) > 12


STEMS = ["defenses", "matrix", "cost", "attacks--none", "attacks--hamp"]


def links_of(output):
    """The files that the page links to."""
    tags = Seen((output / "report.html").read_text()).tags
    return {a["href"] for t, a in tags if t == "a" and not a["href"].startswith("#")}


def test_every_table_is_a_file_too_and_the_page_links_to_all_of_them(done):
    found = {p.relative_to(done / "out").as_posix() for p in (done / "out").rglob("*") if p.is_file()}
    endings = (".csv", ".tex", "--column.tex")
    assert {n for n in found if "/digits--" in n} == {f"tables/digits--{s}{end}" for s in STEMS for end in endings}
    assert links_of(done / "out") == found - {"report.html", "files.txt"}
    assert not list((done / "out").rglob("*draft*"))


def size(folder):
    """Bytes of all files, and of the page."""
    return sum(p.stat().st_size for p in folder.rglob("*") if p.is_file()), (folder / "report.html").stat().st_size


@pytest.mark.parametrize("suites", [15, pytest.param(50, marks=pytest.mark.slow)])
def test_a_report_of_many_suites_is_small(suites, tmp_path):
    """50 suites of 6 attacks x 4 defenses stay under 5 MB, page, tables and all."""
    write(sections(many(suites)), tmp_path)
    whole, page = size(tmp_path)
    print(f"{suites} suites: {whole / 1e6:.2f} MB, of which the page {page / 1e6:.2f}")
    assert whole < suites * 0.095e6
    assert page < suites * 0.055e6


def test_axes_that_several_charts_share_are_written_once(done):
    tags = Seen((done / "out" / "report.html").read_text()).tags
    used = [a["href"] for t, a in tags if t == "use"]
    known = [a["id"] for t, a in tags if t == "g" and "id" in a]
    assert {f"#{i}" for i in known} == set(used)
    assert len(known) == len(set(known)) < len(used)


def test_pictures_are_drawn_when_they_are_asked_for(tmp_path):
    put(tmp_path / "in", record(defense="none"), record(defense="hamp", d=0.1))
    arguments = [str(tmp_path / "in"), "--output", str(tmp_path / "out"), "--on", "here"]
    assert main([*arguments, "--pictures", "roc,trade-off"]) == 0
    found = {p.name for p in (tmp_path / "out" / "figures").iterdir()}
    assert found == {f"digits--{s}.{k}" for s in ("trade-off", "roc--none", "roc--hamp") for k in ("png", "svg", "pdf")}
    assert {f"figures/{name}" for name in found} <= links_of(tmp_path / "out")
    for kind, start in (("png", b"\x89PNG\r\n\x1a\n"), ("pdf", b"%PDF-"), ("svg", b"<?xml")):
        assert all(p.read_bytes().startswith(start) for p in (tmp_path / "out" / "figures").glob(f"*.{kind}"))
    assert main(arguments) == 0  # the next report without pictures has none, nor links to any
    assert not list((tmp_path / "out" / "figures").iterdir())
    assert not [name for name in links_of(tmp_path / "out") if name.startswith("figures")]


def test_every_picture_can_be_drawn(tmp_path):
    put(tmp_path / "in", record(defense="none"))
    assert main([str(tmp_path / "in"), "--output", str(tmp_path / "out"), "--pictures", "all", "--on", "here"]) == 0
    stems = {p.name.partition(".")[0] for p in (tmp_path / "out" / "figures").iterdir()}
    of_none = ("roc", "precision-recall", "scores", "difficulty")
    assert stems == {
        f"digits--{s}" for s in ("trade-off", "defenses", "cost", "matrix", *(f"{p}--none" for p in of_none))
    }


@pytest.mark.parametrize(
    ("option", "said"),
    [
        (["--attacks", "gapp"], "--attacks: 'gapp' is in none of the records; did you mean gap"),
        (["--defenses", "hamp"], "--defenses: 'hamp' is in none of the records; "),
        (["--pictures", "rocs"], "--pictures: unknown 'rocs'; did you mean roc?"),
        (["--pictures", "roc,trade-of"], "--pictures: unknown 'trade-of'; did you mean trade-off?"),
        (["--data", "nowhere"], "--data: expected a folder, got nowhere"),
        (["--columns", "acu"], "--columns: unknown 'acu'; did you mean auc"),
    ],
)
def test_what_there_is_not_is_refused_with_the_nearest(option, said, tmp_path, capsys):
    put(tmp_path / "in", record(attack="gap"), record(attack="loss", d=0.3))
    assert main([str(tmp_path / "in"), "--output", str(tmp_path / "out"), *option]) == 2
    assert said in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_attacks_and_columns_can_be_chosen(tmp_path):
    put(tmp_path / "in", *(record(attack=name, d=d) for name, d in (("gap", 0.1), ("loss", 0.3), ("lira", 0.6))))
    chosen = ["--attacks", "lira", "gap", "--columns", "tpr-at-1-fpr,rank"]
    assert main([str(tmp_path / "in"), "--output", str(tmp_path / "out"), *chosen]) == 0
    table = (tmp_path / "out" / "tables" / "digits--attacks--none.tex").read_text()
    assert "lira" in table
    assert "loss" not in table
    assert "attack & rank & " in table
    assert "AUC" not in table.partition("toprule")[2]
    page = (tmp_path / "out" / "report.html").read_text()
    assert '<th scope="row">lira</th>' in page
    assert '<th scope="row">loss</th>' not in page
    assert "1 further attack of these records is not shown; a stronger one may be among them." in page
    defenses = (tmp_path / "out" / "tables" / "digits--defenses.tex").read_text()
    assert "each by the strongest attack against it of those shown" in defenses


def test_all_attacks_are_shown_unless_some_are_chosen(tmp_path):
    put(tmp_path / "in", record(attack="gap"), record(attack="loss", d=0.3))
    assert read(tmp_path / "in")[0].of_all == ""
    assert [section.unshown for section in read(tmp_path / "in", ["gap"])] == [["loss"]]
    assert read(tmp_path / "in", ["gap", "loss"])[0].of_all == ""


def test_the_same_records_make_the_same_files(tmp_path):
    put(tmp_path / "in", record())
    for name in ("one", "two"):
        assert main([str(tmp_path / "in"), "--output", str(tmp_path / name)]) == 0
    files = [p.relative_to(tmp_path / "one") for p in (tmp_path / "one").rglob("*") if p.is_file()]
    assert len(files) > 10
    assert all((tmp_path / "one" / f).read_bytes() == (tmp_path / "two" / f).read_bytes() for f in files)


def test_synthetic_and_reduced_are_said_where_the_suite_is_named():
    made = [record("twin", synthetic=True), record("small", changed={"epochs": [9, 3]}, reduced=True)]
    text = Seen(page_of(made)).text
    assert text.count("Synthetic data") == 3  # beside the answers, at the head of its section, in the notice
    assert text.count("Reduced run") == 3
    assert "epochs 3 (the suite: 9)" in text


def test_a_rate_too_fine_for_the_data_falls_back_and_says_so():
    text = page_of([record(members=500)])
    assert "Worst TPR at 1 % FPR against test accuracy" in text
    assert "too few to resolve 0.1" in text


def spoil(path, old, new):
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


BAD = {
    "empty": (lambda path: path.unlink(), ["found none"]),
    "another schema": (lambda path: spoil(path, '"schema":3', '"schema":1'), [".json", "schema"]),
    "no record": (lambda path: path.write_text('"hello"'), [".json", "not a record"]),
    "NaN": (lambda path: spoil(path, '"duplicates":3', '"duplicates":NaN'), [".json", "as it was written"]),
    "edited by hand": (
        lambda path: spoil(path, '"duplicates":3', '"duplicates":0'),
        [".json", "not as it was written"],
    ),
    "cut short": (lambda path: path.write_text(path.read_text()[:2000]), [".json", "not a record"]),
    "twice": (lambda path: shutil.copytree(path.parent, path.parent / "again"), ["digits", "two"]),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_records_are_one_sentence_and_exit_code_2(case, tmp_path, capsys):
    spoiled, words = BAD[case]
    spoiled(next(put(tmp_path / "in", record()).glob("*.json")))
    assert main([str(tmp_path / "in"), "--output", str(tmp_path / "out")]) == 2
    text = capsys.readouterr().err
    assert text.count("\n") == 1, text
    assert all(word in text for word in words), text
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("arguments", [["nowhere", "--output", "out"], ["."], ["a", "b", "--output", "c"]])
def test_bad_arguments(arguments, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def report(*arguments):
    return main([str(a) for a in arguments[:1]] + ["--output", str(arguments[1])])


def test_nobody_elses_files_are_overwritten(tmp_path, capsys):
    put(tmp_path / "in", record())
    (tmp_path / "out" / "tables").mkdir(parents=True)
    for name in ("tables/digits--matrix.csv", "report.html", "files.txt"):
        (tmp_path / "out" / name).write_text("mine")
        assert report(tmp_path / "in", tmp_path / "out") == 2
        assert f"{name} is there and no report wrote it" in capsys.readouterr().err
        assert {p.read_text() for p in (tmp_path / "out").rglob("*") if p.is_file()} == {"mine"}
        (tmp_path / "out" / name).unlink()
    assert report(tmp_path / "in", next((tmp_path / "in").glob("*.json"))) == 2
    assert capsys.readouterr().err.count("--output") == 1


def test_a_second_report_takes_the_place_of_the_first_and_of_nothing_else(tmp_path):
    out = tmp_path / "out"
    (out / "figures").mkdir(parents=True)
    (out / "tables").mkdir()
    mine = [out / "notes.md", out / "figures" / "mine.png", out / "tables" / "digits--mine.csv"]
    for path in mine:
        path.write_text("mine")
    assert report(put(tmp_path / "one", record(defense="none"), record(defense="hamp")), out) == 0
    assert (out / "tables" / "digits--attacks--hamp.csv").exists()
    assert report(put(tmp_path / "two", record(defense="none")), out) == 0
    assert not list(out.rglob("*--hamp.*"))
    assert [path.read_text() for path in mine] == ["mine"] * 3
    listed = (out / "files.txt").read_text().split()
    found = {p.relative_to(out).as_posix() for p in out.rglob("*") if p.is_file() and p not in mine}
    assert set(listed) | {"files.txt"} == found


def test_what_an_interrupted_report_leaves_is_known_as_its_own(tmp_path, monkeypatch):
    put(tmp_path / "one", record(defense="none"), record(defense="hamp"))
    put(tmp_path / "two", record(defense="none"), record(defense="l2"))
    assert report(tmp_path / "one", tmp_path / "out") == 0
    moved, move = [], drafts.rename

    def interrupted(path, target):
        moved.extend([target] if UNFINISHED in path.parts else [])
        if len(moved) == 5:
            raise OSError(5, "Input/output error")
        return move(path, target)

    monkeypatch.setattr(drafts, "rename", interrupted)
    assert report(tmp_path / "two", tmp_path / "out") == 2
    monkeypatch.undo()
    assert report(tmp_path / "one", tmp_path / "out") == 0
    found = {p.relative_to(tmp_path / "out").as_posix() for p in (tmp_path / "out").rglob("*") if p.is_file()}
    assert found == {*(tmp_path / "out" / "files.txt").read_text().split(), "files.txt"}
    assert not [name for name in found if "l2" in name]


def test_a_list_of_files_reaches_nothing_outside(tmp_path):
    out, outside = tmp_path / "out", tmp_path / "keep.png"
    outside.write_text("mine")
    assert report(put(tmp_path / "in", record()), out) == 0
    more = "../keep.png\nfigures/../../keep.png\nfigures/..\nnotes.md\nfigures/\n"
    (out / "notes.md").write_text("mine")
    (out / "files.txt").write_text((out / "files.txt").read_text() + more)
    assert report(tmp_path / "in", out) == 0
    assert outside.read_text() == (out / "notes.md").read_text() == "mine"


def test_a_link_in_the_place_of_a_folder_is_not_followed(tmp_path, capsys):
    put(tmp_path / "in", record())
    for folder in (tmp_path / "out", tmp_path / "elsewhere"):
        folder.mkdir()
    (tmp_path / "out" / "tables").symlink_to(tmp_path / "elsewhere")
    assert report(tmp_path / "in", tmp_path / "out") == 2
    assert "tables" in capsys.readouterr().err
    assert not list((tmp_path / "elsewhere").iterdir())


def test_what_is_no_record_is_passed_over_and_named_once(tmp_path, capsys):
    put(tmp_path / "in" / "records", record())
    for name in ("paper/numbers.json", "store/models/ab/spec.json", "store/models/ab/facts.json", "\x1b[2Jx.json"):
        path = tmp_path / "in" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text('{"any": [1]}')
    assert report(tmp_path / "in", tmp_path / "out") == 0
    said = capsys.readouterr().err
    assert said.count("passed over: 4 files without a record") == 1
    assert "\x1b" not in said


def test_a_full_disk_leaves_the_old_report_alone(tmp_path, capsys, monkeypatch):
    put(tmp_path / "in", record())
    arguments = [str(tmp_path / "in"), "--output", str(tmp_path / "out")]
    assert main(arguments) == 0
    before = {p: p.read_bytes() for p in (tmp_path / "out").rglob("*") if p.is_file()}

    def full(*_arguments, **_options):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("matplotlib.backends.backend_agg.FigureCanvasAgg.print_png", full)
    assert main([*arguments, "--pictures", "cost", "--on", "here"]) == 2
    assert "No space left" in capsys.readouterr().err
    assert {p: p.read_bytes() for p in (tmp_path / "out").rglob("*") if p.is_file()} == before


def test_a_report_of_before_there_were_lists_is_replaced_and_what_others_wrote_is_not(tmp_path, capsys):
    records = put(tmp_path / "in", record(attack="gap"))
    assert main([str(records), "--output", str(tmp_path / "out")]) == 0
    wanted = {p.relative_to(tmp_path): p.read_bytes() for p in (tmp_path / "out").rglob("*") if p.is_file()}
    (tmp_path / "out" / "files.txt").unlink()
    (tmp_path / "out" / "tables" / "mine.csv").write_text("mine")
    page = tmp_path / "out" / "report.html"
    page.write_bytes(page.read_bytes() + b"<!-- older -->")
    assert main([str(records), "--output", str(tmp_path / "out")]) == 0
    found = {p.relative_to(tmp_path): p.read_bytes() for p in (tmp_path / "out").rglob("*") if p.is_file()}
    assert found.pop(Path("out") / "tables" / "mine.csv") == b"mine"
    assert found == wanted
    (tmp_path / "out" / "files.txt").unlink()
    page.write_text("<title>mine</title>")
    assert main([str(records), "--output", str(tmp_path / "out")]) == 2
    assert "no report wrote it" in capsys.readouterr().err
    assert page.read_text() == "<title>mine</title>"


def test_drafts_and_what_was_cut_off_are_no_records(tmp_path, capsys):
    records = put(tmp_path / "in" / "records", record(attack="gap"))
    for name in (".draft-0123456789abcdef", ".other"):
        put(tmp_path / "in" / name / "records", record(attack="gap"), record(attack="loss"))
    [section] = read(tmp_path / "in")
    assert section.attacks == ["gap"]
    assert not capsys.readouterr().err
    put(tmp_path / "in" / ".unfinished" / "records", record(attack="loss"))
    for folder in (tmp_path / "in", tmp_path):
        assert main([str(folder), "--output", str(tmp_path / "out")]) == 2
        assert "was stopped before its end" in capsys.readouterr().err
    with pytest.raises(ValueError, match="stopped before its end"):
        reading.records(records)
