"""Every command as a process meets it: light, patient with consoles, and one sentence on whatever it is given."""

import importlib
import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.__main__ import COMMANDS
from benchmarks.naming.consoles import lasting

ROOT = Path(__file__).parents[3]
HOME = ROOT / "benchmarks"
MODULES = [  # of all commands
    str(path.relative_to(HOME).with_suffix("")).replace(os.sep, ".")
    for path in sorted(HOME.rglob("*.py"))
    if "    return answered(" in path.read_text(encoding="utf-8") and path.stem != "options"
]
HEAVY = {"matplotlib", "numpy", "pandas", "scipy", "seaborn", "sklearn", "torch", "torchvision"}
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT)}


def test_all_commands_are_found():
    assert {"run", "regression", "report.__main__", "speed.audit.__main__", "results.migrate"} <= set(MODULES)


def python(*arguments, **rest):
    return subprocess.run([sys.executable, *arguments], cwd=ROOT, env=ENVIRONMENT, text=True, **rest)


@pytest.mark.parametrize(
    ("module", "words"), [*((m, ["--help"]) for m in MODULES), ("run", ["--list"]), ("regression", ["check", "--help"])]
)
def test_help_and_lists_import_nothing_heavy(module, words):
    code = f"""
import sys
from benchmarks.{module} import main
assert main({words!r}) == 0
print(sorted({HEAVY!r} & set(sys.modules)), file=sys.stderr)
"""
    done = python("-c", code, capture_output=True)
    assert (done.returncode, done.stderr) == (0, "[]\n")
    assert len(done.stdout) > 100


def test_the_check_for_heavy_imports_sees_them():
    done = python("-c", f"import sys, torch; print(sorted({HEAVY!r} & set(sys.modules)))", capture_output=True)
    assert "torch" in done.stdout


def test_the_package_lists_its_commands(tmp_path):
    done = python("-m", "benchmarks", capture_output=True)
    assert (done.returncode, done.stderr) == (0, "")
    for name in COMMANDS:
        assert f"  {name} " in done.stdout
        assert python("-m", f"benchmarks.{name}", "--help", stdout=subprocess.DEVNULL).returncode == 0
    done = python("-m", "benchmarks", "rn", capture_output=True)
    assert done.returncode == 2
    assert "did you mean run?" in done.stderr


@pytest.mark.parametrize("module", [*MODULES, "__main__"])
def test_a_command_started_as_a_file_says_how(module, tmp_path):
    path = ROOT / "benchmarks" / f"{module.replace('.', '/')}.py"
    done = subprocess.run([sys.executable, "-S", path], cwd=tmp_path, capture_output=True, text=True)
    name = f"benchmarks.{module}".removesuffix(".__main__")
    assert (done.returncode, done.stderr) == (2, f"error: start it as a module: python -m {name}\n")


def closed_pipe():
    reading, writing = os.pipe()
    os.close(reading)
    return writing


@pytest.mark.parametrize("options", [["--list"], ["--help"]])
def test_a_reader_that_has_gone_stops_nothing(options):
    for stream in (closed_pipe(), os.open("/dev/full", os.O_WRONLY)):
        done = python("-m", "benchmarks.run", *options, stdout=stream, stderr=subprocess.PIPE)
        os.close(stream)
        assert (done.returncode, done.stderr) == (0, "")


def test_an_error_that_nobody_reads_has_its_exit_code():
    stream = closed_pipe()
    assert python("-m", "benchmarks.run", "--wrong", stdout=stream, stderr=stream).returncode == 2
    os.close(stream)
    words = " ".join([sys.executable, "-m", "benchmarks.run", "--list", ">&-", "2>&-"])
    assert subprocess.run(["sh", "-c", words], cwd=ROOT, env=ENVIRONMENT).returncode == 0


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "utf-8"])
def test_what_a_console_cannot_encode_is_replaced(encoding, monkeypatch):
    written = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(written, encoding=encoding))
    before = sys.stdout
    with lasting():
        print("1 → 7 \udcff")
    assert sys.stdout is before
    assert written.getvalue().decode(encoding) == ("1 → 7 ?\n" if encoding == "utf-8" else "1 ? 7 ?\n")


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("a\x1b[31mred\x07\n", "a\\x1b[31mred\\x07\n"),
        ("\x9b2J\u2028\u202e", "\\x9b2J\\u2028\\u202e"),
        (
            "\r 40%|\u2588\u2588  |\tgar\u00e7on \u0e01\u0e38 \U0001f469\u200d\U0001f52c",
            None,
        ),  # harmless, whatever its script
    ],
)
def test_what_would_steer_a_terminal_is_escaped(text, seen, monkeypatch):
    shown = io.StringIO()
    monkeypatch.setattr(sys, "stderr", shown)
    with lasting():
        print(text, end="", file=sys.stderr)
    assert shown.getvalue() == (text if seen is None else seen)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--output", ""], "--output: expected a folder, got ''"),
        (["--output=--"], "--output: expected a folder, got '--'"),
        (["--store", "a\x1bb"], "--store: expected a folder, got 'a\\x1bb'"),
        (["--data", " "], "--data: expected a folder, got ' '"),
        (
            ["--seed", "9" * 400],
            f"--seed: expected a whole number from 0 to 9223372036854775807, got '{'9' * 60}'... (400 characters)",
        ),
        (["--seed", "9223372036854775808"], "--seed: expected a whole number from 0 to 9223372036854775807"),
        (["--attacks", ""], "--attacks: expected a word, got ''"),
        (["--suite", "\n"], "--suite: expected a suite, got '\\n'"),
        (["--attacks", "9" * 400], "--attacks: unknown attack '99"),
    ],
)
def test_values_that_mean_nothing_are_refused(words, sentence, capsys):
    assert importlib.import_module("benchmarks.run").main(["--dry-run", *words]) == 2
    assert capsys.readouterr().err.startswith(f"error: {sentence}")
