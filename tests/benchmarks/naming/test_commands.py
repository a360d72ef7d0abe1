"""Every command as a process meets it: light, patient with consoles, and one sentence on whatever it is given."""

import importlib
import io
import os
import shlex
import subprocess
import sys
from pathlib import Path

import click
import pytest

from benchmarks.__main__ import COMMANDS
from benchmarks.__main__ import command as arena
from benchmarks.__main__ import main as one
from benchmarks.naming.consoles import lasting

ROOT = Path(__file__).parents[3]
HOME = ROOT / "benchmarks"
MODULES = [  # of all commands
    str(path.relative_to(HOME).with_suffix("")).replace(os.sep, ".")
    for path in sorted(HOME.rglob("*.py"))
    if "    return answered(" in path.read_text(encoding="utf-8") and path.stem != "options"
]
HEAVY = {"matplotlib", "numpy", "pandas", "ray", "scipy", "seaborn", "sklearn", "torch", "torchvision"}
LIGHT = [["--help"], ["--version"], ["list"], ["show", "two-stage"], ["show", "hamp"], ["run", "--help"]]
MOST = 400  # modules of a light command
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


@pytest.mark.parametrize("words", LIGHT)
def test_light_words_of_the_one_command_import_little(words):
    code = f"""
import sys
from mia_arena.__main__ import main
assert main({words!r}) == 0
print(len(sys.modules), sorted({HEAVY!r} & set(sys.modules)), file=sys.stderr)
"""
    done = python("-c", code, capture_output=True)
    count, _, heavy = done.stderr.partition(" ")
    assert heavy == "[]\n"
    assert int(count) < MOST


@pytest.mark.parametrize("package", ["benchmarks", "mia_arena"])
def test_the_package_lists_its_commands(package):
    done = python("-m", package, capture_output=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert all(f"  {name} " in done.stdout for name in COMMANDS)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["rn"], "COMMAND: unknown 'rn'; did you mean run?"),
        (["leaderboard"], "COMMAND: unknown 'leaderboard'; did you mean board?"),
        (["--versoin"], "no such option --versoin; did you mean --version?"),
        (["run", "--defences", "l2"], "no such option --defences; did you mean --defenses?"),
        (["regression", "chek"], "COMMAND: unknown 'chek'; did you mean check?"),
        (["list", "suits"], "KIND: unknown 'suits'; did you mean suites?"),
        (["show", "lira"], "NAME: unknown 'lira'; did you mean hamp-lira or lira-common or lira-online?"),
        (["show", "--list"], "no such option --list; did you mean --help?"),
    ],
)
def test_the_one_command_knows_what_was_meant(words, sentence, capsys):
    assert one(words) == 2
    assert capsys.readouterr() == ("", f"error: {sentence}\n")


def every(command, words=()):
    """(words, command) of each command that does something."""
    if isinstance(command, click.Group):
        names = command.list_commands(click.Context(command))
        found = [every(command.get_command(click.Context(command), n), (*words, n)) for n in names]
        return [one for each in found for one in each]
    return [(words, command)]


@pytest.mark.parametrize(("words", "command"), [pytest.param(w, c, id=" ".join(w)) for w, c in every(arena)])
def test_every_command_shows_examples_that_it_can_read(words, command, capsys):
    assert one([*words, "--help"]) == 0
    shown = capsys.readouterr().out
    assert f"Usage: mia-arena {' '.join(words)} " in shown
    assert command.examples
    for example in command.examples:
        assert f"  {' '.join(['mia-arena', *words, example]).strip()}\n" in shown
        assert command.make_context("it", shlex.split(example)).params  # parsed, not run


@pytest.mark.parametrize(("words", "command"), [pytest.param(w, c, id=" ".join(w)) for w, c in every(arena)])
def test_no_command_writes_beside_its_own_code_untold(words, command):
    """A path by default is below the folder in which the user stands; what is only read may lie in the package."""
    written = [
        p for p in command.params if p.name in ("output", "store", "history") and isinstance(p.default, str | Path)
    ]
    assert [p.name for p in written if Path(p.default).is_absolute()] == []


@pytest.mark.parametrize(
    ("line", "some"),
    [("mia-arena re", {"report", "reproduce", "regression"}), ("mia-arena run --def", {"--defenses"}),
     ("mia-arena run --attacks loss gap --see", {"--seed"}), ("mia-arena regression ch", {"check"}),
     ("mia-arena show two-stage-", {"two-stage-lira"}), ("mia-arena run --defenses l2 se", {"selena"}),
     ("mia-arena run --attacks gap,per", {"gap,per-class"})],
)  # fmt: skip
def test_a_shell_completes_commands_and_options(line, some):
    typed = line.split()
    words = {"_MIA_ARENA_COMPLETE": "bash_complete", "COMP_WORDS": line, "COMP_CWORD": str(len(typed) - 1)}
    done = subprocess.run([sys.executable, "-m", "mia_arena"], env={**ENVIRONMENT, **words}, cwd=ROOT,
                          capture_output=True, text=True)  # fmt: skip
    assert done.stderr == ""
    assert {found.removeprefix("plain,") for found in done.stdout.split()} == some


@pytest.mark.parametrize("module", MODULES)
def test_a_command_started_as_a_file_says_how(module, tmp_path):
    path = ROOT / "benchmarks" / f"{module.replace('.', '/')}.py"
    done = subprocess.run([sys.executable, "-S", path], cwd=tmp_path, capture_output=True, text=True)
    name = f"benchmarks.{module}".removesuffix(".__main__")
    assert (done.returncode, done.stderr) == (2, f"error: start it as a module: python -m {name}\n")


def closed_pipe():
    reading, writing = os.pipe()
    os.close(reading)
    return writing


@pytest.mark.posix("/dev/full")
@pytest.mark.parametrize("options", [["--list"], ["--help"]])
def test_a_reader_that_has_gone_stops_nothing(options):
    for stream in (closed_pipe(), os.open("/dev/full", os.O_WRONLY)):
        done = python("-m", "benchmarks.run", *options, stdout=stream, stderr=subprocess.PIPE)
        os.close(stream)
        assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.posix("a shell of POSIX")
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
        (["--data", os.devnull], f"--data: expected a folder, got {os.devnull!r}, which is none"),
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
