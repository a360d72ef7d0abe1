"""The pages that list what is built in are those that it makes."""

import re

import pytest
from listing import PAGES, ROOT


@pytest.mark.parametrize("name", PAGES)
def test_the_page_lists_what_there_is(name):
    assert (ROOT / "docs" / name).read_text("utf-8") == PAGES[name]()


def test_the_menu_names_each_page_once():
    named = re.findall(r"[\w/-]+\.md", (ROOT / "mkdocs.yml").read_text("utf-8").partition("\nnav:")[2])
    assert len(named) > 30
    assert sorted(named) == sorted(set(named))
