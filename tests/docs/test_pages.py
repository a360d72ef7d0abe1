"""The pages that list what is built in are those that it makes."""

import pytest
from listing import PAGES, ROOT


@pytest.mark.parametrize("name", PAGES)
def test_the_page_lists_what_there_is(name):
    assert (ROOT / "docs" / name).read_text("utf-8") == PAGES[name]()
