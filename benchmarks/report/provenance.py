"""How the numbers of a section were made: data, protocol, versions, and the command that makes them again."""

from __future__ import annotations

from typing import Any

from benchmarks.naming.wording import counted
from benchmarks.report.section import Section

ADVERSARIES = {
    "adaptive": "adaptive: knows the defense and trains its own models with it",
    "unaware": "unaware: trains its own models without the defense",
}


def facts(section: Section) -> list[tuple[str, str]]:
    """(term, description) pairs, as plain text."""
    suite, record = section.suite, section.records[0]
    adversary = str(record["adversary"])
    kind = "synthetic" if suite["synthetic"] else "real"
    duplicates = counted(record["duplicates"], "exact duplicate")
    lossless = "" if suite["lossless"] else ", not all records lossless"
    recipe = ", ".join(f"{k} {v}" for k, v in suite["recipe"].items() if v not in ([], (), 0.0, 0, None))
    defenses = {r["defense"]["name"]: r["defense"]["settings"] for r in section.records}
    attacks = {r["attack"]["name"]: r["attack"] for r in section.records}
    return [
        ("data", f"{suite['dataset']}, {kind}{lossless}; {suite['source']}; licence: {suite['licence']}"),
        ("digest", f"sha256 {suite['dataset_digest']}"),
        ("protocol", f"{suite['protocol']}, {suite['part']:,} training records a model, seed {suite['seed']}"),
        ("trials", f"{_all({len(r['trials']) for r in section.records})}"),
        ("references", counted(suite["references"], "reference model")),
        ("duplicates", f"{duplicates} across a target's member and non-member parts"),
        ("adversary", ADVERSARIES.get(adversary, adversary)),
        ("network", f"{suite['network']}; {recipe}"),
        ("defenses", "; ".join(f"{n}: {_settings(s)}" for n, s in defenses.items())),
        ("attacks", "; ".join(f"{n}: {_attack(a)}" for n, a in attacks.items())),
        ("intervals", "95 %, of the population. Precision and accuracy: Clopper-Pearson; AUC: DeLong; TPR and ROC: "
                      "order statistics; each widened where the trials scatter more than their records explain"),
        ("versions", _all({", ".join(f"{k} {v}" for k, v in r["versions"].items()) for r in section.records})),
        ("device", _all({r["device"] for r in section.records})),
        ("command", _all({r["command"] for r in section.records})),
    ]  # fmt: skip


def _all(values: set[Any]) -> str:
    return " · ".join(sorted(map(str, values)))


def _settings(values: dict[str, Any]) -> str:
    return ", ".join(f"{k} = {v}" for k, v in values.items()) or "no hyperparameters"


def _attack(attack: dict[str, Any]) -> str:
    return f"{attack['reference']} (version {attack['version']}, sees {attack['access']}, needs {attack['needs']})"
