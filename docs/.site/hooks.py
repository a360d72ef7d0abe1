"""What the site's generator is told beside mkdocs.yml.

Pages are written for GitHub: they link to files outside of docs/, and their lists follow CommonMark. Here the files
that they link to become pages, and lists are written as the generator's dialect wants them.
"""

import posixpath
import re
from pathlib import Path

from mkdocs.structure.files import File

ROOT = Path(__file__).parents[2]
LINK = re.compile(r"(\]\()([^)\s#]+)(#[^)\s]*)?(\))")
RESULTS = re.compile(r"results/[\w./-]+\.md")
LANGUAGES = {".py": "python", ".toml": "toml", ".yml": "yaml"}
ITEM = re.compile(r"( *)([-*]|\d+\.) ")
SEARCH = {
    "concepts": {"boost": 8},
    "tutorials": {"boost": 4},
    "results": {"boost": 0.1},
    "source": {"exclude": True},
}
FENCE = re.compile(r" *```")
CELL = re.compile(r"<td[^>]*>[^<]*</td>")
INTERVAL = re.compile(r"\[([-+]?[\d.,]+), ([-+]?[\d.,]+)\]")


def home_of(page):
    """Where a page of the site lies in the repository."""
    if page == "contributing.md":
        return "CONTRIBUTING.md"
    return page if page.startswith(("results/", "source/")) else f"docs/{page}"


def page_of(path):
    """The page of the site that shows a file or folder of the repository."""
    if path.startswith("docs/"):
        return path.removeprefix("docs/")
    if path == "CONTRIBUTING.md":
        return "contributing.md"
    return path if path.startswith("results/") and path.endswith(".md") else f"source/{path.lstrip('.')}.md"


def linked(text, home):
    """The files and folders outside of docs/ that a page links to."""
    found = {target(m[2], home) for m in LINK.finditer(text) if "://" not in m[2]}
    return {path for path in found if not path.startswith("docs/") and (ROOT / path).exists()}


def target(link, home):
    return posixpath.normpath(posixpath.join(posixpath.dirname(home), link))


def text_of(path):
    """The text of a page outside of docs/: Markdown as it is, code in a block, a folder with all its files."""
    place = ROOT / path
    if place.suffix == ".md":
        return place.read_text("utf-8")
    files = sorted(p for p in place.rglob("*") if p.suffix in LANGUAGES) if place.is_dir() else [place]
    shown = [f"## {p.relative_to(ROOT)}\n\n{code(p)}" if place.is_dir() else code(p) for p in files]
    return f"# {path}\n\n" + "\n\n".join(shown) + "\n"


def code(path):
    return f"````{LANGUAGES[path.suffix]}\n{path.read_text('utf-8')}````"


def on_files(files, config):
    """Add the pages that lie outside of docs/: those of the contents, and whatever pages link to."""
    waiting = {"CONTRIBUTING.md", *RESULTS.findall(str(config.nav))}
    for file in files.documentation_pages():
        waiting |= linked(Path(file.abs_src_path).read_text("utf-8"), home_of(file.src_uri))
    done = set()
    while waiting - done:
        path = min(waiting - done)
        done.add(path)
        text = text_of(path)
        files.append(File.generated(config, page_of(path), content=text))
        if path.endswith(".md"):
            waiting |= linked(text, path)
    return files


def on_page_markdown(markdown, page, config, files):
    """Point links at the pages of the site, write lists as the generator reads them, and say what a search finds first:
    explanations, then results.
    """
    here = page.file.src_uri
    page.meta["search"] = SEARCH.get(here.partition("/")[0], {})

    def moved(match):
        path = target(match[2], home_of(here))
        if "://" in match[2] or not (ROOT / path).exists():
            return match[0]
        to = posixpath.relpath(page_of(path), posixpath.dirname(here) or ".")
        return f"{match[1]}{to}{match[3] or ''}{match[4]}"

    return plain_lists(LINK.sub(moved, markdown)) if not here.startswith("source/") else markdown


def plain_lists(markdown):
    """Lists of CommonMark as the generator reads them: after a blank line, nested ones four blanks further in."""
    made, inside = [], False
    for line in markdown.split("\n"):
        if FENCE.match(line):
            inside = not inside
        item = None if inside else ITEM.match(line)
        if item and not item[1] and made and made[-1].strip() and not ITEM.match(made[-1]) and made[-1][0] != " ":
            made.append("")
        made.append(f"{' ' * 4 * -(-len(item[1]) // 4)}{line[len(item[1]) :]}" if item else line)
    return "\n".join(made)


def on_page_content(html, page, config, files):
    """Keep the ends of an interval in a table on one line."""
    return CELL.sub(lambda cell: INTERVAL.sub(r"[\1,&nbsp;\2]", cell[0]), html)
