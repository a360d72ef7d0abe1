"""What a terminal shows of an audit: the verdict first, short, narrow, and the audit's own numbers."""

import io
import re
import sys
from dataclasses import replace

import numpy as np
import pytest
from invented import edited
from test_audit_command import QUICK, files, run  # noqa: F401  # files: a fixture
from test_audit_page import arrays, made, one_sided

from benchmarks.audit import wording
from benchmarks.audit.attacking import LeftOut
from benchmarks.audit.groups import Slicing
from benchmarks.audit.screen import screen
from benchmarks.results.screens import LINES, WIDTH

LEAKY, SILENT, WARNED = made(**arrays(2.5), epsilon=0.5), made(**arrays(0.0, seed=4)), made(**one_sided(), epsilon=0.25)
BELOW = ["as a page: output/x/report.html"]


def texts(audit, width=WIDTH, below=()):
    return [line.text for line in screen(audit, below, width)]


def on_one_line(lines):
    return " ".join(" ".join(lines).split())


def crowded(audit):
    """The audit with as much to say as there may be: a claim, notes, groups, and many who could not play."""
    columns = tuple(Slicing(f"column-{i} " + "x" * 80, (), ("a",), None) for i in range(9))
    left = tuple(LeftOut(f"other-{i}", "none", f"needs number {i}, " + "and so on " * 12, False) for i in range(40))
    records = tuple(
        edited(audit.attacked.records[i % len(audit.attacked.records)], {"attack/name": f"attack-{i}-" + "y" * 60})
        for i in range(30)
    )
    attacked = replace(audit.attacked, left=left, records=records)
    warnings = (*audit.warnings, *(f"Of warning {i} there is much to say, " + "and so on " * 12 for i in range(6)))
    return replace(audit, groups=columns, attacked=attacked, warnings=warnings, claimed=0.01)


@pytest.mark.parametrize("width", [WIDTH, 80, 60])
@pytest.mark.parametrize("audit", [LEAKY, SILENT, WARNED])
def test_it_fits_a_terminal(audit, width):
    for one in (audit, crowded(audit)):
        lines = texts(one, width, BELOW)
        assert len(lines) <= LINES < 40
        assert max(map(len, lines)) <= width
        assert lines[-1:] == BELOW


def test_the_verdict_comes_first_and_stands_out():
    for audit, style in ((LEAKY, "warn"), (SILENT, "head"), (WARNED, "warn")):
        first = screen(audit)[0]
        assert on_one_line(texts(audit)).startswith(wording.headline(audit))
        assert first.style == style
    count = sum(of.above(0.5) for of in LEAKY.epsilon)
    said = f" {count} of 3 bounds are above the claimed epsilon 0.5: it, or one of their assumptions, is wrong. "
    assert said in on_one_line(texts(LEAKY))
    for audit in (SILENT, WARNED):
        assert "above the claimed" not in on_one_line(texts(audit))


def test_its_numbers_are_those_of_the_audit():
    lines = texts(LEAKY)
    rows = [line for line in lines if re.match(r"  (loss|gap|lira-o\w+) ", line)]
    assert [line.split()[0] for line in rows] == list(LEAKY.table["attack"])
    for line, record in zip(rows, LEAKY.table.itertuples(), strict=True):
        assert f"{record.auc:.3f} [{record.auc_low:.3f}, {record.auc_high:.3f}]" in line
    assert [line for line in lines if re.match(r"  \d+\.\d\d  (not )?above 0\.5  by ", line)] == [
        f"  {of.epsilon:.2f}  {'above' if of.above(0.5) else 'not above'} 0.5  by {of.method}" for of in LEAKY.epsilon
    ]


def test_an_interval_stays_on_one_line():
    for width in range(60, WIDTH + 1):
        assert not [line for line in texts(LEAKY, width) if line.count("[") != line.count("]")], width


def test_numbers_that_mean_nothing_are_said_to():
    assert "Attacks, of which none tells what the model gives away" in texts(WARNED)


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_the_command_draws_it_for_a_terminal_and_plain_where_it_is_piped(files, capsys, monkeypatch):  # noqa: F811
    assert run(files, *QUICK) == 0
    plain = capsys.readouterr().out
    assert "\x1b" not in plain
    assert plain.endswith(f"\nas a page: {files / 'out' / 'report.html'}\n")
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    drawn = Terminal()
    monkeypatch.setattr(sys, "stdout", drawn)
    assert run(files, *QUICK) == 0
    assert drawn.getvalue().startswith("\x1b[1;35mThis model gives away records")
    assert re.sub(r"\x1b\[[\d;]*m", "", drawn.getvalue()) == plain


def test_a_quiet_audit_prints_nothing_but_where_it_wrote(files, capsys):  # noqa: F811
    assert run(files, *QUICK, "--quiet") == 0
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.splitlines()[-1].startswith("written: ")
    assert (files / "out" / "report.html").exists()


def test_what_nobody_resolves_has_no_column():
    few = {k: v for k, v in arrays(2.5, n=60).items() if k in ("labels", "member", "logits")}
    lines = texts(made(**few))
    assert not [line for line in lines if "TPR at 1 % FPR" in line and line.startswith("  attack")]
    assert np.all([record.metrics["auc"].mean is not None for record in made(**few).attacked.records])
