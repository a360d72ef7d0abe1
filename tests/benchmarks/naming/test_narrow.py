"""What `list` and `show` print where a terminal is narrow, and where there is none."""

import pytest

from benchmarks import list as listing
from benchmarks import show
from benchmarks.naming import registry


@pytest.mark.parametrize("width", [60, 80, 120])
def test_a_list_fits_a_terminal_and_no_name_is_cut(width, monkeypatch, capsys):
    monkeypatch.setattr(listing, "width_of_stdout", lambda _: width)
    assert listing.main([]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= width
    every = {name for kind in listing.tables().values() for name in kind}
    assert every - {"(built in)"} <= {line.split()[0] for line in lines if line.startswith("  ") and line[2] != " "}


def test_a_list_that_is_piped_has_a_line_a_plugin(capsys):
    assert listing.main(["attacks"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 1 + len(registry.names(registry.ATTACKS))
    assert any(line.split(maxsplit=3)[:3] == ["lira-online-uncentred", "Online", "LiRA"] for line in lines)


def test_a_line_ends_with_its_sentence():
    for lines in listing.tables().values():
        for name, line in lines.items():
            assert not line.endswith((",", "between", "and")), name
    assert listing.tables()["networks"]["densenet"].endswith("that halve channels and sides.")


@pytest.mark.parametrize("width", [60, 80])
@pytest.mark.parametrize("name", ["two-stage", "hamp", "digits-half", "rmia-offline", "dp-sgd"])
def test_what_is_shown_fits_a_terminal(name, width, monkeypatch, capsys):
    monkeypatch.setattr(show, "width_of_stdout", lambda _: width)
    assert show.main([name]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert not [line for line in lines if len(line) > width and " " in line[20:].strip()]  # a path is not broken
