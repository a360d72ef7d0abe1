"""The command line: ``python -m benchmarks.show two-stage``: all that there is to know of one plugin or suite."""

from __future__ import annotations

import sys

if not __package__:  # started as a file, which finds none of our packages
    print("error: start it as a module: python -m benchmarks.show", file=sys.stderr)
    sys.exit(2)

import re
import textwrap
from collections.abc import Callable, Iterator
from typing import Any

import click

from benchmarks.naming import registry
from benchmarks.naming.answered import answered
from benchmarks.naming.commands import Command, one_of
from benchmarks.naming.consoles import Line, show, width_of_stdout
from benchmarks.naming.nearest import nearest
from benchmarks.naming.options import Word
from benchmarks.naming.program import program
from benchmarks.naming.registry import ATTACKS, DATASETS, DEFENSES, METRICS, NETWORKS, PAPERS, PROTOCOLS, QUERIES
from benchmarks.naming.wording import shown
from benchmarks.naming.written import Written, file_of, read

WIDTH, HEAD = 100, 18
SEES = {"label": "the predicted label", "probability": "probabilities", "logit": "logits"}
NEEDED = {
    "target": "the target's outputs, and a shadow model for thresholds",
    "reference": "reference models that never saw the record",
    "shadow": "reference models half of which saw the record: a suite with -half in its name",
    "validation": "validation records of the defender's own",
    "spare": "spare records of the defender's own that are no members",
    "population": "records that the target never saw",
    "proxies": "records that some reference models trained on and the target never saw",
    "inputs": "the raw records",
    "ask": "to ask the target about inputs of its own",
}
RUN = {  # by kind: what a command says to have it
    ATTACKS.word: "run --attacks {name}",
    DEFENSES.word: "run --defenses {name}",
    PAPERS.word: "reproduce {name} --dry-run",
}  # fmt: skip
Lines = Iterator[tuple[str, str]]


@click.command("python -m benchmarks.show", cls=Command, examples=("two-stage", "hamp", "digits-half", "rmia-offline"))
@click.argument("name", type=Word("a name"), shell_complete=one_of(lambda: _names()))
def command(name: str) -> int:
    """Show what NAME is: hyperparameters with their defaults and types, access, needs, paper, data, and where it comes
    from. NAME is a suite, a plugin of any kind (mia-arena list), or MODULE:NAME; nothing of it is imported.
    """
    found = list(_found(name))
    if not found:
        near = nearest(name, _names())
        near = near if near.startswith("did you mean") else "mia-arena list has all names"  # too many for a sentence
        near = "expected MODULE:NAME of a file in this folder, or of a package" if ":" in name else near
        raise ValueError(f"NAME: unknown {shown(name)}; {near}")
    show(line for number, lines in enumerate(found) for line in ([Line("")] if number else []) + lines)
    return 0


def main(arguments: list[str] | None = None) -> int:
    """Run the command; returns the exit code: 0 done, 2 unusable input."""
    return answered(command, arguments, "interrupted")


def _names() -> list[str]:
    from benchmarks.training.suites import listing

    return [*listing(), *(name for kind in registry.KINDS for name in registry.names(kind))]


def _found(name: str) -> Iterator[list[Line]]:
    """A page on each thing of that name: a suite and a defense may share one."""
    from benchmarks.training.suites import listing

    module, _, path = name.partition(":")
    file = file_of(module) if path and not module.endswith(".py") else None
    if file and re.search(rf"^(class |def )?{re.escape(path)}\b", file.read_text(encoding="utf-8"), re.MULTILINE):
        written = read(name)
        word = ATTACKS.word if "access" in written.attributes else ""  # no other kind declares what it sees
        facts = [*_DETAILS.get(word, _version)(written), ("from", str(file)), *_run(word, name, written)]
        yield _page(f"{word} {name}".strip(), written.text, [*_fields(written), *facts])
    if name in listing():
        yield _page(f"suite {name}", listing()[name], _suite(name))
    for kind in registry.KINDS:
        for source in registry.sources(kind):
            if source.name == name:
                written = read(source.target)
                whose = f"{source.target}, of the package {source.package}" if source.package else source.target
                lines = [*_DETAILS.get(kind.word, _nothing)(written), ("from", f"{whose} ({_place(source)})")]
                yield _page(
                    f"{kind.word} {name}", written.text, [*_fields(written), *lines, *_run(kind.word, name, written)]
                )


def _page(title: str, text: str, lines: Any) -> list[Line]:
    """A title, what is written of it, and facts in two columns."""
    width = width_of_stdout(WIDTH)
    page = []
    for part in re.split(r"\n\s*\n", text.strip()) if text else []:
        page += [*textwrap.wrap(" ".join(part.split()), width - 2, break_on_hyphens=False), ""]
    page = [f"  {line}".rstrip() for line in page]
    for head, fact in lines:
        rows = textwrap.wrap(fact, width - HEAD - 2, break_long_words=False, break_on_hyphens=False) or [""]
        page += [f"  {head:<{HEAD}}{rows[0]}", *(f"{'':<{HEAD + 2}}{row}" for row in rows[1:])]
    return [Line(title, "head"), *map(Line, page)]


def _fields(written: Written) -> Lines:
    head = "hyperparameters"
    for field in written.fields.values():
        default = "must be given" if field.default is None else f"default {_named(field.default)}"
        yield head, f"{field.name}: {_type(field.kind)}; {default}"
        head = ""


def _type(kind: str) -> str:
    """A type as it is written, in words."""
    words = {"int": "whole number", "float": "number", "bool": "true or false", "str": "text", "None": "none"}
    choice = re.fullmatch(r"Literal\[(.*)\]", kind)
    if choice:
        return f"one of {choice[1]}"
    many = re.fullmatch(r"tuple\[(.*), \.\.\.\]", kind)
    if many:
        return f"({words.get(many[1], many[1])}, ...)"
    kinds = {ATTACKS.base.partition(":")[2]: "an attack", PROTOCOLS.base.partition(":")[2]: "a protocol"}
    return " or ".join({**words, **kinds}.get(part, part) for part in kind.split(" | "))


def _named(default: str) -> str:
    """A default that is another plugin, by the name of that plugin."""
    match = re.fullmatch(r"(\w+)\(\)", default)
    tables = [registry.sources(kind) for kind in (ATTACKS, PROTOCOLS)]
    known = {source.target.partition(":")[2]: source.name for table in tables for source in table}
    return known.get(str(match[1]), default) if match else default


def _attack(written: Written) -> Lines:
    said = {"access": "probability", "needs": "target", "queries": ("clean",), **written.attributes}
    yield "sees", SEES.get(str(said["access"]), str(said["access"]))
    uses = said.get("uses", ())
    needs = [str(said["needs"]), *(uses if isinstance(uses, tuple) else [])]
    yield "needs", "; ".join(NEEDED.get(need, need) for need in needs)
    if "queries" not in written.fields:
        queries = said["queries"]
        yield "asks", ", ".join(map(str, queries)) if isinstance(queries, tuple) else str(queries)
    yield from _version(written)


def _defense(written: Written) -> Lines:
    needs = written.attributes.get("needs", ())
    if isinstance(needs, tuple) and needs:
        yield "needs", "; ".join(NEEDED.get(str(need), str(need)) for need in needs)
    yield from _version(written)


def _version(written: Written) -> Lines:
    if written.attributes.get("reference"):
        yield "paper", str(written.attributes["reference"])
    yield "version", str(written.attributes.get("version", 1))


def _nothing(written: Written) -> Lines:
    return iter(())


def _suite(name: str) -> Lines:
    """What the suite's own file says."""
    from benchmarks.training.suites.reading import HOME, parsed

    path = HOME / f"{name}.toml"
    given = parsed(path)
    about = registry.summaries(DATASETS).get(given["data"])
    yield "data", f"{given['data']}: {about}" if about else given["data"]
    yield "network", given["network"]
    yield "protocol", given["protocol"]
    yield "trials", f"{given['trials']} targets, {given['references']} reference models"
    yield "recipe", ", ".join(f"{key} {value}" for key, value in given["recipe"].items())
    for defense, changes in given.get("recipes", {}).items():
        yield f"with {defense}", ", ".join(f"{key} {value}" for key, value in changes.items())
    yield "from", f"{path.name} ({path.parent})"
    yield "try", f"{program()} run --suite {name} --dry-run"


def _run(kind: str, name: str, written: Written) -> Lines:
    if kind in RUN:
        needs, asks = (str(written.attributes.get(what)) for what in ("needs", "queries"))
        data = "location30" if "bits" in asks else "digits"
        protocol = "-half" if needs == "shadow" else "-hamp" if "spare" in needs else ""
        suite = f" --suite {data}{protocol}" if data + protocol != "digits" else ""
        yield "try", f"{program()} {RUN[kind].format(name=name)}{suite}"


def _place(source: Any) -> str:
    return str(file_of(source.target.partition(":")[0]) or "not found")


_DETAILS: dict[str, Callable[[Written], Lines]] = {
    ATTACKS.word: _attack,
    DEFENSES.word: _defense,
    **{kind.word: _version for kind in (NETWORKS, QUERIES, METRICS)},
}

if __name__ == "__main__":
    sys.exit(main())
