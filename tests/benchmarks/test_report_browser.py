"""The page in a real browser: headless Chromium, without a network."""

import pytest
from browser import Browser, chromium
from invented import ATTACKS, DEFENSES, page_of, record, runs
from test_report import evil

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
    rows = f"[...document.querySelectorAll('table')[{table}].tBodies[0].rows]"
    return browser.ask(f"{rows}.map(r => r.cells[{number}].dataset.key ?? r.cells[{number}].textContent)")


def test_a_click_on_a_head_sorts_and_a_second_turns_round(browser, path):
    browser.open(path)
    count = browser.ask("document.querySelectorAll('table').length")
    table = count - 2  # attacks against the last defense of the last suite
    head = f"document.querySelectorAll('table')[{table}].querySelectorAll('thead th')"
    for number in (2, 3):
        before = [float(x) for x in column(browser, table, number)]
        browser.ask(f"{head}[{number}].querySelector('button').click()")
        assert [float(x) for x in column(browser, table, number)] == sorted(before, reverse=True)
        browser.ask(f"{head}[{number}].querySelector('button').click()")
        assert [float(x) for x in column(browser, table, number)] == sorted(before)
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


def test_what_is_missing_sorts_last_both_ways(browser, path):
    browser.open(path)
    matrix = 1  # of the hostile suite, whose second defense met one attack alone
    before = column(browser, matrix, 2)
    assert sorted(map(bool, before)) == [False, False, True]
    for _ in range(2):
        browser.ask("document.querySelectorAll('table')[1].querySelectorAll('thead th')[2].firstChild.click()")
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


def test_pointing_at_a_name_shows_its_interval_alone(browser, path):
    browser.open(path)
    plot = "document.querySelector('.plots')"
    shown = f"[...{plot}.querySelectorAll('.b')].filter(e => getComputedStyle(e).display !== 'none').length"
    assert browser.ask(shown) == 2
    browser.ask(f"{plot}.querySelector('.k1').focus()")
    assert browser.ask(shown) == 1
    assert float(browser.ask(f"getComputedStyle({plot}.querySelector('.s1')).opacity")) == 1


def test_a_large_page_is_small(browser, tmp_path):
    """One suite of 12 attacks x 4 defenses; three of them must stay under 5 MB."""
    large = tmp_path / "report.html"
    large.write_text(page_of(runs()[: len(ATTACKS) * len(DEFENSES)]), encoding="utf-8")
    print(f"{large.stat().st_size / 1e6:.2f} MB, loaded in {browser.open(large):.2f} s")
    assert 3 * large.stat().st_size < 5e6


@pytest.mark.slow
def test_12_attacks_4_defenses_3_suites(browser, tmp_path):
    large = tmp_path / "report.html"
    large.write_text(page_of(runs()), encoding="utf-8")
    browser.events.clear()
    print(f"{large.stat().st_size / 1e6:.2f} MB, loaded in {browser.open(large):.2f} s")
    assert large.stat().st_size < 5e6
    assert not browser.reported("Runtime.exceptionThrown", "Log.entryAdded")
