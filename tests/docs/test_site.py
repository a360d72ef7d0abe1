"""The documentation site: whole, without a dead link or a foreign file, and in order on a desk and on a phone."""

import importlib.util
import os
import subprocess
import sys
import time
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from markdown_it import MarkdownIt

from tests.benchmarks.browser import Browser, chromium

ROOT = Path(__file__).parents[2]
if importlib.util.find_spec("material") is None or importlib.util.find_spec("mkdocstrings_handlers") is None:
    pytest.skip("the extra `docs` is not installed", allow_module_level=True)
COUNTED = ("li", "table", "tr", "td", "pre")
LOOKED_AT = ("index", "tutorials/first-run", "attacks", "api", "hp-mia", "results/boards/README", "concepts/glossary")


def build(home, site):
    """What the generator says of the folder `home`, and its exit code; the site goes to `site`."""
    command = [sys.executable, "-m", "mkdocs", "build", "--config-file", home / "mkdocs.yml", "-d", site]
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(list(map(str, command)), cwd=home, env=environment, capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


class Page(HTMLParser):
    """What a page links to and loads, its anchors, and how many tags of each kind its article has."""

    def __init__(self, path):
        super().__init__()
        self.links, self.loaded, self.anchors = [], [], set()
        self.counts, self.within = dict.fromkeys(COUNTED, 0), 0
        self.feed(path.read_text("utf-8"))

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        self.anchors |= {given[key] for key in ("id", "name") if given.get(key)}
        if tag == "a" and given.get("href"):
            self.links.append(given["href"])
        if tag in ("script", "img", "iframe") and given.get("src"):
            self.loaded.append(given["src"])
        if tag == "link" and given.get("rel") in ("stylesheet", "icon", "preconnect"):
            self.loaded.append(given["href"])
        if tag == "article":
            self.within += 1
        if self.within and tag in self.counts:
            self.counts[tag] += 1

    def handle_endtag(self, tag):
        self.within -= tag == "article"


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    code, said = build(ROOT, folder)
    assert code == 0, said
    assert "WARNING" not in said, said
    return folder


@pytest.fixture(scope="module")
def pages(site):
    return {path: Page(path) for path in site.rglob("*.html")}


def test_every_page_is_in_it(site):
    shown = [path.relative_to(ROOT / "docs") for path in (ROOT / "docs").rglob("*.md")]
    assert len(shown) > 30
    assert [path for path in shown if not (site / path).with_suffix(".html").is_file()] == []


def test_no_interval_in_a_table_is_broken_over_lines(site):
    page = (site / "hamp.html").read_text("utf-8")
    assert "59.4 % [58.5,&nbsp;60.4]</td>" in page
    assert "[58.5, 60.4]</td>" not in page


def test_no_link_is_dead_and_nothing_is_loaded_from_elsewhere(site, pages):
    dead = []
    for path, page in pages.items():
        if path.name == "404.html":  # whose links are those of a server
            continue
        for link in [*page.links, *page.loaded]:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                dead += [(path.name, link)] if link in page.loaded else []
                continue
            to = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            sound = to.is_file() and site in to.parents
            if sound and parts.fragment and to.suffix == ".html":
                sound = unquote(parts.fragment) in pages[to].anchors
            dead += [] if sound else [(path.name, link)]
    assert dead == []


OWN_WORDS = ("api", "glossary")  # pages that use the generator's own blocks
PLAIN = [path for path in sorted((ROOT / "docs").rglob("*.md")) if path.stem not in OWN_WORDS]


@pytest.mark.parametrize("path", PLAIN, ids=lambda path: path.stem)
def test_lists_and_tables_are_read_as_commonmark_reads_them(path, site, pages):
    html = MarkdownIt("commonmark", {"html": True}).enable("table").render(path.read_text("utf-8"))
    found = pages[(site / path.relative_to(ROOT / "docs")).with_suffix(".html")].counts
    assert found == {tag: html.count(f"<{tag}>") + html.count(f"<{tag} ") for tag in COUNTED}


@pytest.mark.parametrize(
    ("page", "words"),
    [
        ("[gone](nowhere.md)", "nowhere.md"),
        ("[gone](install.md#nowhere)", "#nowhere"),
        ("[gone](../results/nowhere.md)", "nowhere.md"),
    ],
)
def test_a_dead_link_fails_the_build(page, words, tmp_path):
    for name in ("results", "benchmarks", "attacks", "defenses", "datasets", "tests", ".github", "CONTRIBUTING.md"):
        (tmp_path / name).symlink_to(ROOT / name)
    (tmp_path / "docs" / ".site").mkdir(parents=True)
    (tmp_path / "docs" / ".site" / "hooks.py").write_bytes((ROOT / "docs" / ".site" / "hooks.py").read_bytes())
    (tmp_path / "docs" / "index.md").write_text(f"# A page\n\n{page}\n", "utf-8")
    (tmp_path / "docs" / "install.md").write_text("# Set up\n", "utf-8")
    text = (ROOT / "mkdocs.yml").read_text("utf-8").partition("\nnav:")[0]
    (tmp_path / "mkdocs.yml").write_text(text, "utf-8")
    code, said = build(tmp_path, tmp_path / "site")
    assert code == 1
    assert words in said


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    if not chromium():
        pytest.skip("no Chromium")
    opened = Browser(tmp_path_factory.mktemp("profile"))
    yield opened
    opened.close()


@pytest.mark.parametrize("page", LOOKED_AT)
def test_it_is_in_order_on_desk_and_phone_in_both_schemes(page, site, browser):
    wide = "document.documentElement.scrollWidth - window.innerWidth"
    shade = "getComputedStyle(document.body).backgroundColor.match(/\\d+/g).slice(0, 3).reduce((a, b) => a + +b, 0)"
    shades = {}
    for width in (390, 1400):
        for scheme in ("light", "dark"):
            browser.events.clear()
            browser.open(site / f"{page}.html", width=width, scheme=scheme)
            assert browser.ask(wide) <= 0, (width, scheme)
            shades[scheme] = browser.ask(shade)
            assert browser.reported("Runtime.exceptionThrown", "Log.entryAdded", "Runtime.consoleAPICalled") == []
            asked = [m["params"]["request"]["url"] for m in browser.reported("Network.requestWillBeSent")]
            assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
    assert shades["light"] > 600 > 200 > shades["dark"]


def test_a_search_finds_without_a_server(site, browser):
    browser.open(site / "concepts" / "limits.html", width=1400)
    browser.events.clear()
    box = "document.querySelector('[data-md-component=search-query]')"
    browser.ask(f"{box}.focus()")
    browser.ask(f"{box}.value = 'shadow model'; {box}.dispatchEvent(new Event('keyup'))")
    found = "[...document.querySelectorAll('.md-search-result__link')].map(a => a.getAttribute('href'))"
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and not browser.ask(f"{found}.length"):
        time.sleep(0.1)
    links = browser.ask(found)
    assert any("concepts/" in link for link in links[:3]), links
    assert browser.reported("Runtime.exceptionThrown", "Log.entryAdded") == []
