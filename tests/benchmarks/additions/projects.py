"""Scratch projects made of the files that docs/adding.md shows, each in one place."""

import importlib
import re
import tomllib
from pathlib import Path

TEXT = (Path(__file__).parents[3] / "docs" / "adding.md").read_text(encoding="utf-8")
TINY = ("--references", "2", "--trials", "1", "--epochs", "1", "--device", "cpu")


def shown():
    """The text of every file by its name, and of every section its entry points: group -> name -> place."""
    files, points = {}, {}
    for kind, text in re.findall(r"```(\w+)\n(.*?)```", TEXT, re.DOTALL):
        head = text.split("\n")[0]
        if re.fullmatch(r"# [\w.]+\.(py|toml)", head) and head != "# pyproject.toml":
            files[head[2:]] = text
        elif kind == "toml":
            for group, own in tomllib.loads(text)["project"]["entry-points"].items():
                points.setdefault(group.removeprefix("mia_arena."), {}).update(own)
    return files, points


FILES, POINTS = shown()


def length(name):
    """The lines of a file, without blank ones and the one that names it."""
    return len([line for line in FILES[name].splitlines()[1:] if line.strip()])


class Project:
    """A package of its own in an empty folder: one file, named in one line."""

    def __init__(self, home):
        self.home = home
        home.mkdir(parents=True, exist_ok=True)

    def add(self, name, text="", **points):
        """Write a file, as docs/adding.md shows it unless `text` is given, with its entry points, a group each."""
        (self.home / name).write_text(text or FILES[name])
        info = self.home / f"{name.replace('.', '_')}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name.replace('.', '-')}\nVersion: 1.0\n")
        module = name.partition(".")[0]
        own = {g: {n: p for n, p in of.items() if p.startswith(f"{module}:")} for g, of in POINTS.items()}
        own = points or {group: of for group, of in own.items() if of and not text}
        lines = [f"[mia_arena.{g}]\n" + "".join(f"{n} = {p}\n" for n, p in of.items()) for g, of in own.items()]
        (info / "entry_points.txt").write_text("".join(lines))
        importlib.invalidate_caches()
        return self
