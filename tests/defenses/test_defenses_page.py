"""docs/defenses.md names every defense, with its fields as they are."""

import dataclasses
import pkgutil
from pathlib import Path

from defenses.registry import BUILTIN

PAGE = Path(__file__).parents[2] / "docs" / "defenses.md"


def test_the_table_has_every_defense_and_its_defaults():
    rows = [line.split("|") for line in PAGE.read_text().splitlines() if line.startswith("| `")]
    shown = {cells[1].strip(" `"): cells[3].strip(" `") for cells in rows}
    fields = {name: dataclasses.fields(pkgutil.resolve_name(home)) for name, home in BUILTIN.items()}
    assert shown == {name: ", ".join(f"{f.name}={f.default}" for f in own) for name, own in fields.items()}
    assert list(shown) == list(BUILTIN)
