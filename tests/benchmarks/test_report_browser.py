"""The page in a real browser: headless Chromium, without a network."""

import base64
import re
import struct
import xml.etree.ElementTree as ET

import pytest
from browser import Browser, chromium
from invented import ATTACKS, DEFENSES, page_of, record, runs
from test_report import evil

from benchmarks.report.html import environment, whole
from benchmarks.results.tables import Column, Table

pytestmark = pytest.mark.skipif(chromium() is None, reason="needs Chromium (apt-get install chromium)")


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    tab = Browser(tmp_path_factory.mktemp("profile"))
    yield tab
    tab.close()


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    """A page of a hostile suite and of a plain one."""
    plain = [record("plain", d, a, s * f) for d, f in list(DEFENSES.items())[:2] for a, s in list(ATTACKS.items())[:4]]
    path = tmp_path_factory.mktemp("page") / "report.html"
    path.write_text(page_of([*evil(), *plain]), encoding="utf-8")
    return path


def test_it_loads_without_errors_and_asks_for_nothing(browser, path):
    browser.events.clear()
    seconds = browser.open(path)
    print(f"loaded in {seconds:.2f} s")
    assert not browser.reported("Runtime.exceptionThrown", "Log.entryAdded", "Runtime.consoleAPICalled")
    asked = [e["params"]["request"]["url"] for e in browser.reported("Network.requestWillBeSent")]
    assert asked == [path.resolve().as_uri()]


def test_the_policy_stops_scripts_that_are_not_the_pages_own(browser, path):
    browser.open(path)
    browser.ask("document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=\"window.hit = 1\">')")
    browser.ask("new Promise(done => setTimeout(done, 300))")
    assert browser.ask("window.hit === undefined") is True


def column(browser, table, number):
    """The cells of a column without their intervals, "" where there is nothing."""
    rows = f"[...document.querySelectorAll('table')[{table}].tBodies[0].rows]"
    text = f"r.cells[{number}].querySelector('.none') ? '' : r.cells[{number}].firstChild.textContent.trim()"
    return browser.ask(f"{rows}.map(r => {text})")


def number_of(text):
    return float(text.replace(",", "").replace("<", "").split()[0])


def test_a_click_on_a_head_sorts_and_a_second_turns_round(browser, path):
    browser.open(path)
    count = browser.ask("document.querySelectorAll('table').length")
    table = count - 2  # attacks against the last defense of the last suite
    head = f"document.querySelectorAll('table')[{table}].querySelectorAll('thead th')"
    for number in (2, 3):
        before = [number_of(x) for x in column(browser, table, number)]
        browser.ask(f"{head}[{number}].querySelector('button').click()")
        assert [number_of(x) for x in column(browser, table, number)] == sorted(before, reverse=True)
        browser.ask(f"{head}[{number}].querySelector('button').click()")
        assert [number_of(x) for x in column(browser, table, number)] == sorted(before)
        assert browser.ask(f"{head}[{number}].getAttribute('aria-sort')") == "ascending"
    names = column(browser, table, 0)
    browser.ask(f"{head}[0].querySelector('button').click()")
    assert column(browser, table, 0) == sorted(names)
    assert browser.ask(f"{head}[3].hasAttribute('aria-sort')") is False


def test_places_sort_as_numbers(browser, tmp_path):
    apart = [record(attack=f"a{i}", d=0.25 * i) for i in range(11)]
    page = tmp_path / "report.html"
    page.write_text(page_of(apart), encoding="utf-8")
    browser.open(page)
    table = browser.ask("document.querySelectorAll('table').length") - 2
    browser.ask(f"document.querySelectorAll('table')[{table}].querySelectorAll('thead th')[1].firstChild.click()")
    assert [float(x) for x in column(browser, table, 1)] == list(range(1, 12))


def test_numbers_sort_as_they_are_meant(browser, tmp_path):
    kinds = {
        "seconds": [1234.5, 99.0, 3.0],
        "share": [0.5, 1.0, 0.062],
        "p": [0.0004, 0.001, 0.2],
        "count": [9, 1e4, -3],
    }
    for kind, values in kinds.items():
        table = Table("t", "c", [Column("name"), Column(kind, kind)], [[str(v), v] for v in values])
        page = tmp_path / "page.html"
        body = '{% from "parts.html" import show %}{% block body %}{{ show(table) }}{% endblock %}'
        made = environment().from_string('{% extends "base.html" %}' + body)
        page.write_text(whole(made, series=0, table=table), encoding="utf-8")
        browser.open(page)
        browser.ask("document.querySelectorAll('thead th')[1].firstChild.click()")
        assert [float(x) for x in column(browser, 0, 0)] == sorted(values, reverse=True), kind


def test_a_head_that_is_pointed_at_says_what_it_means_as_the_list_does(browser, path):
    browser.open(path)
    heads = "[...document.querySelectorAll('thead th')].filter(th => th.textContent.startsWith('accuracy lost'))"
    said = "Test accuracy without a defense minus that with it, in points."
    assert browser.ask(f"{heads}.map(th => th.title)") == [said] * 2
    listed = "[...document.querySelectorAll('#columns dt')].find(dt => dt.textContent === 'accuracy lost')"
    assert browser.ask(f"{listed}.nextElementSibling.textContent.trim()") == said


def test_a_mark_in_a_legend_has_no_dashes_around_it(browser, tmp_path):
    page = tmp_path / "report.html"
    page.write_text(page_of([record("plain", f"d{i}", "gap") for i in range(14)]), encoding="utf-8")
    browser.open(page)
    strokes = "[...document.querySelectorAll('.key path[class]')].map(e => getComputedStyle(e).stroke)"
    assert set(browser.ask(strokes)) == {"none"}


def test_what_is_missing_sorts_last_both_ways(browser, path):
    browser.open(path)
    captions = "[...document.querySelectorAll('caption')].map(c => c.textContent.startsWith('AUC of every attack'))"
    matrix = browser.ask(f"{captions}.indexOf(true)")  # of the hostile suite, whose second defense met one attack alone
    before = column(browser, matrix, 2)
    assert sorted(map(bool, before)) == [False, False, True]
    for _ in range(2):
        browser.ask(
            "document.querySelectorAll('table')[" + f"{matrix}].querySelectorAll('thead th')[2].firstChild.click()"
        )
        assert [bool(x) for x in column(browser, matrix, 2)] == [True, False, False]


def test_every_image_has_a_text_alternative(browser, path):
    browser.open(path)
    silent = "e => !(e.getAttribute('aria-label') || e.alt || e.getAttribute('aria-hidden') === 'true')"
    images = "[...document.querySelectorAll('svg, img, [role=img], canvas')]"
    assert browser.ask(f"{images}.length") > 20
    assert browser.ask(f"{images}.filter({silent}).length") == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_it_fits_its_screen_in_both_schemes(browser, path, width, scheme):
    browser.open(path, width, 844, scheme)
    assert browser.ask("document.documentElement.scrollWidth") <= width
    ground, ink = browser.ask("['backgroundColor', 'color'].map(c => getComputedStyle(document.body)[c])")
    light = [sum(map(int, colour[4:-1].split(","))) for colour in (ground, ink)]
    assert (light[0] > light[1]) == (scheme == "light")
    browser.ask("document.querySelector('.scheme').click()")
    assert browser.ask("getComputedStyle(document.body).backgroundColor") != ground


FONTS = ("DejaVu Sans", "Liberation Sans Narrow", "monospace")  # what a browser falls back to, wide and narrow


@pytest.mark.parametrize("width", [390, 320])
@pytest.mark.parametrize("font", FONTS)
def test_it_fits_a_phone_whatever_its_font_and_the_names(browser, tmp_path, font, width):
    long = [record("w" * 120, d, a, licence="l" * 300) for d in ("none", "d" * 150) for a in ("W" * 200, "gap")]
    page = tmp_path / "report.html"
    page.write_text(page_of([*evil(), *long]), encoding="utf-8")
    browser.open(page, width, 844)
    rule = f"* {{ font-family: '{font}', {font} !important }}"
    browser.ask("document.querySelectorAll('details').forEach(d => d.open = true)")
    browser.ask(f"document.head.append(Object.assign(document.createElement('style'), {{textContent: \"{rule}\"}}))")
    assert browser.ask("document.documentElement.scrollWidth") <= width
    wide = "e => e.getBoundingClientRect().right > innerWidth + 1 && !e.closest('.scroll table, svg')"
    assert browser.ask(f"[...document.querySelectorAll('body *')].filter({wide}).map(e => e.outerHTML)") == []


def test_no_line_starts_with_the_comma_behind_a_name(browser, path):
    lone = """[...document.querySelectorAll('bdi')].filter(e => {
        const next = e.nextSibling;
        if (next?.nodeType !== 3 || !/^[,.:;)]/.test(next.data)) return false;
        const sign = new Range();
        sign.setStart(next, 0);
        sign.setEnd(next, 1);
        return sign.getBoundingClientRect().left < e.getBoundingClientRect().left;
    }).map(e => e.parentElement.textContent)"""
    for width in range(320, 460, 10):
        browser.open(path, width, 844)
        browser.ask("document.querySelectorAll('details').forEach(d => d.open = true)")
        assert browser.ask(lone) == [], width


def drawn(browser, plot, what):
    """The numbers of the curves (s) or bands (b) of a plot that are there to be seen."""
    seen = "filter(e => getComputedStyle(e).display !== 'none').map(e => e.getAttribute('class'))"
    classes = browser.ask(f"[...{plot}.querySelector('figure').querySelectorAll('.{what}')].{seen}")
    return {int(re.search(rf"\b{what}(\d+)", name)[1]) for name in classes}


@pytest.fixture
def twelve(browser, tmp_path):
    """The plot of ROC curves of twelve attacks, on a page that is open."""
    page = tmp_path / "report.html"
    page.write_text(page_of([record("plain", "none", a, d) for a, d in ATTACKS.items()]), encoding="utf-8")
    browser.open(page)
    return "document.querySelectorAll('.plots')[1]"


def test_a_name_reached_by_keyboard_shows_its_curve_and_interval_alone(browser, twelve):
    assert drawn(browser, twelve, "b") == {0, 1, 2}
    browser.ask(f"{twelve}.querySelector('.k8').focus()")
    key = {"key": "Tab", "code": "Tab", "windowsVirtualKeyCode": 9}
    for kind in ("rawKeyDown", "keyUp"):
        browser.call("Input.dispatchKeyEvent", type=kind, **key)
    assert drawn(browser, twelve, "b") == {9}
    assert drawn(browser, twelve, "s") == {0, 1, 2, 3, 4, 5, 9}
    assert float(browser.ask(f"getComputedStyle({twelve}.querySelector('.s9')).opacity")) == 1


def test_a_click_shows_and_hides_a_curve_and_never_more_than_six(browser, twelve):
    assert drawn(browser, twelve, "s") == {0, 1, 2, 3, 4, 5}
    click = f"{twelve}.querySelector('.k%d').click()"
    browser.ask(click % 9)  # the weakest of those that are shown gives way
    assert drawn(browser, twelve, "s") == {0, 1, 2, 3, 4, 9}
    browser.ask(click % 0)
    assert drawn(browser, twelve, "s") == {1, 2, 3, 4, 9}
    assert browser.ask(f"{twelve}.querySelector('.k0').getAttribute('aria-pressed')") == "false"


SAVE = """new Promise(async done => {{
    const figure = document.querySelectorAll('.pair figure')[{figure}], kept = URL.createObjectURL;
    HTMLAnchorElement.prototype.click = function () {{ window.named = this.download; }};
    URL.createObjectURL = blob => {{
        URL.createObjectURL = kept;
        const reader = new FileReader();
        reader.onload = () => done(reader.result);
        reader.readAsDataURL(blob);
        return '';
    }};
    [...figure.querySelectorAll('.files button')].find(b => b.textContent === '{kind}').click();
}})"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_figure_without_files_is_saved_as_it_is_seen(browser, path, scheme):
    browser.open(path, scheme=scheme)
    figures = browser.ask("document.querySelectorAll('.pair figure').length")
    assert figures > 5
    saved = browser.ask(SAVE.format(figure=figures - 2, kind="SVG"))
    root = ET.fromstring(base64.b64decode(saved.partition(",")[2]))
    assert browser.ask("window.named") == "plain--attacks--l2--Verdicts.svg"
    texts = [e.text for e in root.iter("{http://www.w3.org/2000/svg}text")]
    assert "recall: share of members named" in texts
    assert not list(root.iter("{http://www.w3.org/2000/svg}use"))
    text = ET.tostring(root, encoding="unicode")
    assert "var(" not in text
    ground = next(root.iter("{http://www.w3.org/2000/svg}rect")).get("fill")
    assert (ground == "rgb(255, 255, 255)") == (scheme == "light")
    saved = browser.ask(SAVE.format(figure=figures - 2, kind="PNG"))
    image = base64.b64decode(saved.partition(",")[2])
    assert image.startswith(b"\x89PNG")
    assert struct.unpack(">II", image[16:24]) == (3 * 360, 3 * (275 + 31))  # and two lines of names
    assert [name for name in texts if name in ATTACKS] == list(ATTACKS)[:4]


def test_contents_follow_on_a_desk_and_fold_on_a_phone(browser, path):
    fold = "document.querySelector('.toc details').open"
    browser.open(path, 1400)
    assert browser.ask(fold) is True
    here = "document.querySelector('.toc [aria-current]').textContent"
    assert browser.ask(here) == "Answers"
    browser.ask("document.documentElement.style.scrollBehavior = 'auto'")
    browser.ask("[...document.querySelectorAll('.toc a')].find(a => a.hash === '#plain--cost').click()")
    browser.ask("new Promise(done => setTimeout(done, 300))")
    assert browser.ask(here) in ("Costs", "How made")  # the last screen may hold both
    assert browser.ask("document.querySelector('.toc').getBoundingClientRect().top") >= 0
    browser.open(path, 390, 844)
    assert browser.ask(fold) is False


def test_every_entry_of_the_contents_leads_somewhere(browser, path):
    browser.open(path)
    lost = "a => !document.getElementById(decodeURIComponent(a.hash.slice(1)))"
    assert browser.ask(f"[...document.querySelectorAll('a[href^=\"#\"]')].filter({lost}).map(a => a.hash)") == []


def test_a_phone_shows_few_columns_and_the_rest_by_a_tap(browser, path):
    heads = "[...document.querySelectorAll('.table')].at(-2).querySelectorAll('thead th')"
    seen = f"[...{heads}].filter(e => e.getClientRects().length).length"
    browser.open(path, 1400)
    every = browser.ask(seen)
    browser.open(path, 390, 844)
    browser.ask("document.querySelectorAll('details').forEach(d => d.open = true)")
    assert browser.ask(seen) < every
    region = "[...document.querySelectorAll('.table')].at(-2).querySelector('.scroll')"
    assert browser.ask(f"{region}.scrollWidth - {region}.clientWidth") <= 1  # nothing scrolls sideways
    browser.ask("[...document.querySelectorAll('.table')].at(-2).querySelector('.all input').click()")
    assert browser.ask(seen) == every


def test_of_many_suites_the_first_stands_open_and_a_link_opens_the_others(browser, tmp_path):
    page = tmp_path / "report.html"
    page.write_text(page_of([record(f"suite{i}", "none", a) for i in range(5) for a in ("gap", "loss")]), "utf-8")
    browser.open(page, 1400)
    opened = "[...document.querySelectorAll('.suite')].map(d => d.open === true)"
    assert browser.ask(opened)[-5:] == [True, False, False, False, False]
    browser.ask("[...document.querySelectorAll('.toc a')].find(a => a.hash === '#suite3').click()")
    assert browser.ask(opened)[-5:] == [True, False, False, True, False]


@pytest.mark.parametrize("count", [12, 13])
def test_of_very_many_suites_the_answers_are_folded_but_for_the_first(browser, tmp_path, count):
    page = tmp_path / "report.html"
    page.write_text(page_of([record(f"suite{i}", "none", a) for i in range(count) for a in ("gap", "loss")]), "utf-8")
    browser.open(page, 390, 844)
    seen = "e => e.checkVisibility({contentVisibilityAuto: true})"
    shown = f"[...document.querySelectorAll('#answers .answers')].filter({seen}).length"
    assert browser.ask(shown) == (1 if count > 12 else 1 + count)
    browser.ask("document.querySelector('#answers summary')?.click()")
    assert browser.ask(shown) == 1 + count


def test_a_large_page_is_small(browser, tmp_path):
    """One suite of 12 attacks x 4 defenses; three of them must stay under 3 MB."""
    large = tmp_path / "report.html"
    large.write_text(page_of(runs()[: len(ATTACKS) * len(DEFENSES)]), encoding="utf-8")
    print(f"{large.stat().st_size / 1e6:.2f} MB, loaded in {browser.open(large):.2f} s")
    assert 3 * large.stat().st_size < 3e6


@pytest.mark.slow
def test_12_attacks_4_defenses_3_suites(browser, tmp_path):
    large = tmp_path / "report.html"
    large.write_text(page_of(runs()), encoding="utf-8")
    browser.events.clear()
    print(f"{large.stat().st_size / 1e6:.2f} MB, loaded in {browser.open(large):.2f} s")
    assert large.stat().st_size < 3e6
    assert not browser.reported("Runtime.exceptionThrown", "Log.entryAdded")
