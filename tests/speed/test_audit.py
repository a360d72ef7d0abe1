"""The whole audit against SACRO-ML: marks, reduction and page, against numbers worked by hand."""

import json
import sys

import pytest

from benchmarks.speed import home, results
from benchmarks.speed.audit import measuring
from benchmarks.speed.audit.__main__ import main
from benchmarks.speed.audit.marks import PARTS, Marks
from benchmarks.speed.audit.page import section

ABOUT = {"device": "CPU, 2 threads", "kind": "cpu", "versions": {"torch": "2"}}


def test_an_inner_part_is_not_counted_in_the_outer_one():
    clock = iter([0.0, 1.0, 3.0, 7.0, 15.0, 31.0, 63.0])
    marks = Marks(lambda: next(clock))
    inner = marks.around(lambda: "made", "imports")
    with marks.part("training"):
        assert inner() == "made"
    with marks.part("rest"):
        pass
    assert marks.seconds == {"rest": 1.0 + 16.0 + 32.0, "training": 2.0 + 8.0, "imports": 4.0}


def test_marked_functions_are_there_and_called_by_the_command():
    run = "".join((home.checkout() / "benchmarks" / name).read_text() for name in ("run.py", "engine.py"))
    for module, function in PARTS.values():
        assert callable(getattr(__import__(module, fromlist=[function]), function))
        assert f"{function}(" in run


def said(*parts):
    return [{"parts": of, "versions": {"sacroml": "2.0.1"}} for of in parts]


@pytest.fixture
def audit():
    seconds = {"ours": [4.0, 5.0, 3.0], "other": [8.0, 8.0, 12.0], "marked": [6.0, 7.0, 9.0]}
    ours = said({"imports": 2.0, "rest": 1.0}, {"imports": 2.5, "rest": 1.5}, {"imports": 4.0, "rest": 1.0})
    theirs = said({"imports": 3.0, "attack": 4.0}, {"imports": 3.0, "attack": 4.5}, {"imports": 5.0, "attack": 6.0})
    return measuring.record(seconds, {"marked": ours, "other": theirs}, ABOUT)


def test_record_by_hand(audit):
    assert audit["seconds"] == {"ours": [4.0, 5.0, 3.0], "other": [8.0, 8.0, 12.0]}
    assert audit["parts"]["ours"] == {"imports": 2.5, "rest": 1.0, "start and end": 3.0}
    assert audit["parts"]["other"] == {"imports": 3.0, "attack": 4.5, "start and end": 1.0}
    assert json.loads(results.dumps(audit)) == audit


def test_page_has_the_figures_and_the_verdict(audit):
    text = "\n\n".join(section(audit))
    assert "| ours                            |  3.00 s |   4.00 s |     5.00 s |" in text
    assert "| ours / SACRO-ML, round by round |    0.25 |     0.50 |       0.62 |" in text
    assert "processor time: met (0.50)" in text
    assert "Ours: start and end of Python 3.00; imports 2.50; reading data and planning 1.00" in text
    slower = {**audit, "seconds": {**audit["seconds"], "ours": [4.1, 5.0, 7.0]}}
    assert "processor time: not met (0.58)" in "\n\n".join(section(slower))


def test_processor_seconds_are_those_of_the_whole_process():
    work = "import time\nwhile time.process_time() < 0.3: pass\nprint('a')\nprint('b')"
    idle = "import time\ntime.sleep(0.4)\nprint('b')"
    busy, last = measuring.processor_seconds([sys.executable, "-c", work], {})
    assert last == "b"
    assert 0.3 <= busy < 3
    assert measuring.processor_seconds([sys.executable, "-c", idle], {})[0] < 0.3


def test_a_job_that_fails_is_named():
    with pytest.raises(ValueError, match="expected exit code 0, got 3: no such thing"):
        measuring.processor_seconds(
            [sys.executable, "-c", "import sys; print('no such thing', file=sys.stderr); sys.exit(3)"], {}
        )


def test_unusable_input_is_one_sentence(capsys):
    assert main(["--other", "nowhere/python"]) == 2
    assert capsys.readouterr().err.startswith("error: --other: ")
    assert main(["--other", sys.executable, "--times", "2"]) == 2
    assert "--times" in capsys.readouterr().err


def test_audit_of_another_schema_is_refused(tmp_path, audit):
    assert results.beside(tmp_path, results.AUDIT) is None
    (tmp_path / "audit.json").write_text(results.dumps(audit | {"schema": 9}))
    with pytest.raises(ValueError, match="schema 1, got 9"):
        results.beside(tmp_path, results.AUDIT)
    assert results.read(tmp_path) == ([], None)
