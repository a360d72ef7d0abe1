"""What is read from a plugin's source is what its class says when it is imported."""

import dataclasses
import importlib.util

import pytest

from benchmarks.naming import registry, written
from benchmarks.naming.loading import load
from benchmarks.naming.program import program
from benchmarks.naming.registry import ATTACKS, DEFENSES, NETWORKS, PROTOCOLS, QUERIES
from benchmarks.naming.written import Field, Written, read, summary
from benchmarks.show import main

DECLARED = ("access", "needs", "queries", "reference", "uses", "version")
CLASSES = [source for kind in (ATTACKS, DEFENSES, NETWORKS, PROTOCOLS, QUERIES) for source in registry.sources(kind)]


@pytest.mark.parametrize("source", CLASSES, ids=lambda source: source.target)
def test_fields_and_declarations_are_those_of_the_class(source):
    cls, written = load(source.target), read(source.target)
    found = {f.name: f for f in dataclasses.fields(cls)} if dataclasses.is_dataclass(cls) else {}
    assert list(written.fields) == list(found)
    for name, field in written.fields.items():
        default = found[name].default
        if dataclasses.is_dataclass(default):
            assert field.default == f"{type(default).__name__}()"
        else:
            expected = None if default is dataclasses.MISSING else str(default)
            assert field.default == (expected.lower() if isinstance(default, bool | None) else expected)
    for name in set(DECLARED) & set(dir(cls)) - set(found):
        if not isinstance(getattr(cls, name), property):
            assert written.attributes[name] == getattr(cls, name)


SOURCE = '''
from dataclasses import dataclass, field

LEAST = 3
Kind = Literal["a", "b"]


@dataclass
class Base:
    """Below."""

    one: int = LEAST
    queries: tuple[str, ...] = ("clean",)


@dataclass(frozen=True)
class Mine(Base):
    """First line.

    More.
    """

    kind: Kind = "a"
    needed: float
    none: str | None = field(default=None)
    reference: ClassVar[str] = "Doe " "2026"
    queries = ("clean", "shifts")

    @property
    def access(self):
        """The stage's."""
'''


@pytest.fixture
def outside(tmp_path, monkeypatch):
    (tmp_path / "outside_written.py").write_text(SOURCE, encoding="utf-8")
    (tmp_path / "outside_broken.py").write_text("class (", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)


def test_a_foreign_module_is_read_and_not_imported(outside):
    fields = [Field("one", "int", "3"), Field("kind", "Literal['a', 'b']", "a"), Field("needed", "float", None),
              Field("none", "str | None", "none")]  # fmt: skip
    said = {"reference": "Doe 2026", "queries": ("clean", "shifts"), "access": "The stage's."}
    expected = Written("First line.\n\nMore.", {f.name: f for f in fields}, said)
    assert read("outside_written:Mine") == expected  # an import would raise NameError
    assert summary("outside_written:Mine") == "First line."


@pytest.mark.parametrize("target", ["nowhere:It", "outside_broken:It", "outside_written:Other", "outside_broken"])
def test_of_what_cannot_be_read_nothing_is_said(target, outside):
    assert read(target) == Written()
    assert summary(target) == "no description"


def test_what_is_ours_is_read_where_another_package_brings_the_same_name(monkeypatch):
    other = importlib.util.find_spec("numpy")  # opacus, too, brings a package named benchmarks
    monkeypatch.setattr(written, "find_spec", lambda name: other)
    written._tree.cache_clear()
    assert summary("benchmarks.training.queries:Clean") == "The record itself."


def test_a_class_of_a_file_is_shown_as_it_is_named_for_a_run(outside, capsys):
    assert main(["outside_written:Mine"]) == 0
    assert capsys.readouterr().out.startswith("attack outside_written:Mine\n  First line.\n")
    for name in ("outside_written:Mine2", "outside_written.py:Mine", "nowhere:Mine", "outside_broken:Mine"):
        assert main([name]) == 2
        assert capsys.readouterr().err.endswith("; expected MODULE:NAME of a file in this folder, or of a package\n")


@pytest.mark.parametrize("kind", registry.KINDS, ids=lambda kind: kind.word)
def test_every_plugin_can_be_shown(kind, capsys):
    for source in registry.sources(kind):
        assert main([source.name]) == 0
        shown = capsys.readouterr().out
        assert f"{kind.word} {source.name}\n" in shown
        assert source.target in shown
        assert max(map(len, shown.splitlines())) <= 120


def test_an_attack_is_shown_with_all_that_decides_about_it(capsys):
    assert main(["rmia-offline"]) == 0
    shown = capsys.readouterr().out
    for words in (
        "gamma: number; default 1.0",
        "a: number or none; default none",
        "reference models that never saw the record; records that the target never saw",
        "Zarifzadeh et al. 2024",
        f"{program()} run --attacks rmia-offline\n",
    ):
        assert words in shown


def test_a_name_of_several_kinds_is_shown_for_each(capsys):
    assert main(["hamp"]) == 0
    heads = [line for line in capsys.readouterr().out.splitlines() if line and line[0] != " "]
    assert heads == ["defense hamp", "protocol hamp", "paper hamp"]
