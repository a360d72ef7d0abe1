"""One registry for every kind of plugin: what is named is loaded when it is named, and nothing else."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from os.path import isfile
from typing import Any

from benchmarks.naming import spelling as language
from benchmarks.naming.loading import Source, apart, blaming, known_as, load, loaded, outsiders, spelled_well
from benchmarks.naming.nearest import nearest
from benchmarks.naming.values import Nested
from benchmarks.naming.wording import kind_of, one_line, said, shown
from benchmarks.naming.written import summary


@dataclass(frozen=True)
class Kind:
    """A kind of plugin.

    word: what one is called in sentences. group: the entry point group of other packages. table: where the built-in
    ones stand, "module:TABLE" of name -> "module:Attribute". option: that of a command which names one. adopt: the
    function, "module:function", that makes a full plugin of an instance. base: the class, "module:Class", that a field
    is annotated with whose values are such plugins. recorded: whether records show its fields.
    """

    word: str
    group: str
    table: str = ""
    option: str = ""
    adopt: str = ""
    base: str = ""
    recorded: bool = False


ATTACKS = Kind(
    "attack",
    "mia_arena.attacks",
    "attacks.registry:BUILTIN",
    "--attacks",
    "attacks:adopt",
    "attacks.base:Attack",
    recorded=True,
)
DEFENSES = Kind(
    "defense", "mia_arena.defenses", "defenses.registry:BUILTIN", "--defenses", "defenses:adopt", recorded=True
)
NETWORKS = Kind("network", "mia_arena.networks", "models.registry:BUILTIN")
DATASETS = Kind("data set", "mia_arena.datasets", "datasets.registry:BUILTIN", "data")
PROTOCOLS = Kind("protocol", "mia_arena.protocols", "datasets.registry:PROTOCOLS", base="datasets.protocols:Splitting")
QUERIES = Kind(
    "query set",
    "mia_arena.queries",
    "benchmarks.training.registry:BUILTIN",
    "queries",
    "benchmarks.training.queries:adopt",
)
METRICS = Kind("metric", "mia_arena.metrics", adopt="benchmarks.statistics.adopting:adopt")
PAPERS = Kind("paper", "mia_arena.papers", "benchmarks.papers:BUILTIN", "PAPER", "benchmarks.papers.kit.paper:adopt")
KINDS = (ATTACKS, DEFENSES, NETWORKS, DATASETS, PROTOCOLS, QUERIES, METRICS, PAPERS)


@dataclass(frozen=True)
class Plugin:
    """A plugin with its hyperparameters set, and the name under which boards show it."""

    name: str  # as spelled: the registered name and every field that differs from its default
    value: Any  # an attack, a defense, a network, ...


def sources(kind: Kind) -> tuple[Source, ...]:
    """Every plugin of a kind, the built-in ones first; none is loaded. Two may have one name."""
    own = tuple(Source(name, target, None) for name, target in _table(kind).items())
    return own + outsiders(kind.group)


def names(kind: Kind) -> list[str]:
    """The names of all plugins of a kind that can be named."""
    return list(dict.fromkeys(s.name for s in sources(kind) if spelled_well(s.name)))


def origin(kind: Kind, name: str) -> str:
    """Where the plugin of that name comes from. Raises ValueError where there is none, or more than one."""
    return str(_source(kind, name))


def demand(kind: Kind, name: str) -> None:
    """Raise ValueError where there is no plugin of that name; one that is named by its place is loaded, not made."""
    source = _source(kind, name)
    if ":" in name:
        loaded(source)


def find(kind: Kind, spelling: str, option: str = "") -> Plugin:
    """The plugin that `spelling` names, its fields set.

    The name may also be ``package.module:Class``. Raises ValueError, in one sentence that names `option` (by default
    the kind's own), on an unknown name, field or value, and on a plugin that cannot be used.
    """
    option = option or kind.option or kind.word
    try:
        name, text = language.name_of(spelling)
    except ValueError as error:
        raise ValueError(f"{option}: {error}") from error
    try:
        source = _source(kind, name)
    except _Unknown as error:
        raise ValueError(f"{option}: {error}") from error
    except ValueError as error:
        raise ValueError(f"{option} {name}: {error}") from error
    try:
        return _made(kind, source, text)
    except ValueError as error:
        raise ValueError(f"{option} {spelling}: {error}") from error


def builtin(kind: Kind, spelling: str) -> Plugin:
    """The built-in plugin that `spelling` names, those in its fields too, whatever other packages bring."""
    name, text = language.name_of(spelling)
    return _made(kind, _own_source(kind, name), text, _own_source)


def choose(kind: Kind, spellings: Sequence[str], option: str = "", warn: bool = False) -> tuple[Plugin, ...]:
    """The plugins that `spellings` name, in order, each once; ``all`` stands for all that can be used.

    warn: say on stderr, a line each, what ``all`` goes without. Raises ValueError as `find` does.
    """
    chosen: list[Plugin] = []
    for spelling in spellings:
        if spelling != "all":
            chosen.append(find(kind, spelling, option))
            continue
        usable, left_out = everything(kind)
        chosen += usable
        for line in left_out if warn else ():
            print(f"warning: {line}", file=sys.stderr)
    return tuple({p.name: p for p in chosen}.values())


def everything(kind: Kind) -> tuple[list[Plugin], list[str]]:
    """All built-in plugins and those of other packages that can be used; and a sentence on each that cannot."""
    own = _table(kind)
    usable = [builtin(kind, name) for name in own]
    left_out = []
    for source in outsiders(kind.group):
        try:
            if source.name in own:
                raise ValueError(f"a built-in {kind.word} has this name; it is {source}")
            usable.append(find(kind, source.name))
        except ValueError as error:
            reason = str(error).removeprefix(f"{kind.option or kind.word} {source.name}: ")
            left_out.append(f"{kind.word} {one_line(source.name)} is left out: {reason}")
    return usable, left_out


def summaries(kind: Kind) -> dict[str, str]:
    """A line on each plugin by name; nothing is imported for it."""
    foreign = {s.name: f"of the package {s.package}" for s in outsiders(kind.group) if spelled_well(s.name)}
    own = {name: summary(target) for name, target in _table(kind).items()}
    return own | {name: line for name, line in foreign.items() if name not in own}


def spell(kind: Kind, value: Any) -> str:
    """The spelling of a plugin: its registered name, else ``package.module:Class``, and the fields that differ."""
    return language.spell(_name(kind, value), value, _NESTED)


def settings(value: Any) -> dict[str, Any]:
    """All hyperparameters of a plugin as plain JSON values. Raises ValueError on a field that holds anything else."""
    return language.settings(value, _NESTED)


class _Unknown(ValueError):
    """There is no plugin of a name."""


def _table(kind: Kind) -> dict[str, str]:
    return load(kind.table) if kind.table else {}


def _source(kind: Kind, name: str) -> Source:
    if ":" in name:
        module, _, path = name.partition(":")
        if module.endswith(".py"):
            raise ValueError(f"a module is named without .py; did you mean {module.removesuffix('.py')}:{path}?")
        return Source(name, name, None)
    found = [s for s in sources(kind) if s.name == name and spelled_well(name)]
    if not found:
        module = name.removesuffix(".py")
        if spelled_well(name) and isfile(f"{module}.py"):
            raise _Unknown(f"{shown(name)} is a file here; name what it holds, too, as in {module}:NAME")
        raise _Unknown(f"unknown {kind.word} {shown(name)}; {nearest(name, names(kind))}")
    if len(found) > 1:
        raise ValueError(
            f"two plugins are named {name!r}: {' and '.join(map(str, found))}; "
            f"write the place, as {one_line(found[-1].target)}"
        )
    return found[0]


def _own_source(kind: Kind, name: str) -> Source:
    return Source(name, _table(kind)[name], None)


def _made(kind: Kind, source: Source, text: str, look_up: Callable[[Kind, str], Source] = _source) -> Plugin:
    thing = loaded(source)
    if not isinstance(thing, type):
        if text.strip():
            raise ValueError(f"takes no values, got {shown(text)}")
        if kind.recorded:
            with blaming(source):
                settings(thing)
        return Plugin(source.name, _adopted(kind, source, thing))
    nested = replace(_NESTED, read=partial(_read, look_up=look_up))
    try:
        with apart(source):
            value = thing(**language.arguments(thing, text, nested))
    except ValueError as error:
        raise ValueError(said(error)) from error
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        raise ValueError(f"{source} cannot be used: {kind_of(error)}") from error
    with blaming(source):
        name = language.spell(source.name, value, _NESTED)
        settings(value)
    return Plugin(name, _adopted(kind, source, value))


def _adopted(kind: Kind, source: Source, value: Any) -> Any:
    if not kind.adopt:
        return value
    with blaming(source):
        return load(kind.adopt)(value)


def _name(kind: Kind, value: Any) -> str:
    """The name under which the class of `value` is registered, else where the class stands."""
    cls = type(value)  # an adopted one bears the name and the module of the plugin's own class
    place = _place(cls)
    for source in sources(kind):
        module, _, name = source.target.partition(":")
        known = spelled_well(source.name) and name == cls.__name__ and module in sys.modules
        if known and place in (known_as(source.target), _place(getattr(sys.modules[module], name, None))):
            return source.name
    return place


def _place(thing: Any) -> str:
    return f"{known_as(getattr(thing, '__module__', ''))}:{getattr(thing, '__qualname__', '')}"


def _kind_of_field(hint: Any) -> Kind | None:
    """The kind whose plugins a field of this type holds; a base that was never imported is the type of none."""
    for kind in KINDS:
        module, _, name = kind.base.partition(":")
        if module in sys.modules and getattr(sys.modules[module], name, None) is hint:
            return kind
    return None


def _word(hint: Any) -> str:
    kind = _kind_of_field(hint)
    return f"the name of {'an' if kind.word[0] in 'aeiou' else 'a'} {kind.word}" if kind else ""


def _read(hint: Any, text: str, look_up: Callable[[Kind, str], Source] = _source) -> Any:
    kind = _kind_of_field(hint)
    if kind is None:
        raise TypeError(hint)
    name, inner = language.name_of(text)
    return _made(kind, look_up(kind, name), inner, look_up).value


def _spell(value: Any) -> str | None:
    for kind in KINDS:
        module, _, name = kind.base.partition(":")
        if module in sys.modules and isinstance(value, getattr(sys.modules[module], name)):
            return spell(kind, value)
    return None


_NESTED = Nested(_word, _read, _spell)
