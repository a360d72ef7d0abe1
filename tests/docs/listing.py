"""Pages that list what is built in, made from it. `python tests/docs/listing.py` writes them."""

import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from benchmarks.naming import registry  # noqa: E402
from benchmarks.naming.registry import ATTACKS  # noqa: E402
from benchmarks.training.suites import find, listing  # noqa: E402

NEEDS = {
    "target": ("The target alone", "They see what the target answers, and know no other model."),
    "reference": (
        "Reference models that never saw the record",
        "Offline attacks: the adversary trains models on records of its own, once for all targets.",
    ),
    "shadow": (
        "Models that saw the record, and models that did not",
        "Online attacks: they play where half of the models saw each record (suites with `-half`, `-hamp` and "
        "`-canaries` in their names).",
    ),
}
HEAD = """# Attacks

All attacks that are built in, by what the adversary needs. `--attacks NAME` chooses one, `"NAME(field=value)"` changes
a field, `all` takes all that can play. Each is a file of `attacks/`, whose docstring names the equations of its paper.
[Which one, with how many reference models?](which-attack.md) compares them.

*May see*: what an attack is handed of a model's answers: labels alone, probabilities, or logits. *Asks for more*:
further queries a record, records of the adversary's own (`population`), the raw records, or queries of its own (`ask`).
"""
SUITES = """# Suites

What is trained on what. `--suite NAME` chooses one; a file of your own does as well ([your own data](own-data.md)).

*Six-split*: no reference model saw an audited record, so offline attacks play. *Half-split*: half of the models saw
each record, so online attacks play, too. *Canaries*: some records are mislabeled, and judged on their own
([the worst case](worst-case.md)). *HAMP*: the adversary knows half of the target's members. *Records*: those that one
model trains on.

| suite | data | network | protocol | records | references | trials | epochs |
|:--|:--|:--|:--|--:|--:|--:|--:|
"""


def cell(text):
    return text.replace("|", "\\|")


def attacks():
    """The page of all attacks."""
    summary = registry.summaries(ATTACKS)
    values = {name: registry.builtin(ATTACKS, name).value for name in registry.load(ATTACKS.table)}
    made = [HEAD]
    for needs, (title, about) in NEEDS.items():
        rows = [row(name, summary[name], of) for name, of in sorted(values.items()) if of.needs == needs]
        head = "| name | what it does | may see | asks for more | source |\n|:--|:--|:--|:--|:--|\n"
        made.append(f"## {title}\n\n{about}\n\n{head}" + "".join(rows))
    return "\n".join(made)


def row(name, about, of):
    more = [f"`{query}`" for query in of.queries if query != "clean"] + sorted(of.uses)
    said = about.rstrip(".").removesuffix(f" ({of.reference})")
    return f"| `{name}` | {cell(said)} | {of.access} | {cell(', '.join(more))} | {cell(of.reference)} |\n"


def suites():
    """The page of all suites."""
    made = [SUITES]
    for name in listing():
        of = find(name)
        network = type(of.network).__name__
        words = [f"`{name}`", of.dataset, network, of.protocol.name, f"{of.part:,}", of.references, of.trials]
        made.append(f"| {' | '.join(map(str, [*words, of.recipe.epochs]))} |\n")
    return "".join(made)


PAGES = {"attacks.md": attacks, "suites.md": suites}

if __name__ == "__main__":
    for name, make in PAGES.items():
        (ROOT / "docs" / name).write_text(make(), "utf-8")
