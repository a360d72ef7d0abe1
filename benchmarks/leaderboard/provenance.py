"""Where the numbers of a table come from: in short below every table, in full at a board's end."""

from __future__ import annotations

from typing import Any

from benchmarks.leaderboard.cells import word
from benchmarks.naming.wording import counted
from benchmarks.results.records import Record

KNOWS = {"adaptive": "knows the defense and trains its own models with it", "unaware": "does not know the defense"}
INTERVALS = """\
Intervals (95 %) are those of the population of models and records. Where trials scatter more than their records
explain, an interval is the trials' own (Student's t); elsewhere: AUC DeLong on the logit; TPR and TNR the order
statistics of the scores; precision and accuracy Clopper-Pearson, of as many records as the trials' scatter leaves
effective (Korn and Graubard 1998); loss of accuracy from both accuracies' intervals (Newcombe 1998), taken as
independent."""


def caption(record: Record) -> str:
    """Data, protocol, adversary, versions, device and command: what a table needs to stand alone."""
    suite = record["suite"]
    settings = [
        f"{suite['protocol']}, {suite['part']} training records a model",
        counted(len(record["trials"]), "trial"),
        counted(suite["references"], "reference model"),
        f"{record['adversary']} adversary",
        f"seed {suite['seed']}",
    ]
    return f"> Data: {data(suite)}. {', '.join(settings)}.\n>\n> {made_by(record)}"


def made_by(record: Record) -> str:
    """Versions, device and the command that makes the run again, on one line."""
    return f"{_versions(record)}; `{' '.join(record['command'].split())}`"


def kind_of(suite: dict[str, Any]) -> str:
    """Real or synthetic, and whether the run is smaller than the suite."""
    return ("**synthetic**" if suite["synthetic"] else "real") + (", **reduced run**" if suite["reduced"] else "")


def data(suite: dict[str, Any]) -> str:
    """The data set in one line: real, synthetic or reduced, where from, licence."""
    lossless = "" if suite["lossless"] else ", not all records lossless"
    source = " ".join(suite["source"].split())
    return f"{suite['dataset']}, {kind_of(suite)}{lossless}; {source}; licence: {suite['licence']}"


def banner(record: Record) -> str:
    """What a reader must know before the first number; empty for real data at the suite's own size."""
    suite, notes = record["suite"], []
    if suite["synthetic"]:
        notes.append("**Synthetic data**: no record of it belongs to anybody.")
    if suite["changed"]:
        changes = ", ".join(f"{k} {now} (the suite: {was})" for k, (was, now) in sorted(suite["changed"].items()))
        kind = "Reduced" if suite["reduced"] else "Changed"
        notes.append(f"**{kind}** against the suite's own definition: {changes}.")
    return "\n\n".join(notes)


def full(records: list[Record]) -> str:
    """All that a run depends on, as a list."""
    record = records[0]
    suite = record["suite"]
    recipe = ", ".join(f"{k} {v}" for k, v in suite["recipe"].items() if v not in ([], (), 0.0, 0))
    defenses = {r["defense"]["name"]: r["defense"]["settings"] for r in records}
    plugins = {r["attack"]["name"]: r["attack"] for r in records}
    attacks = [
        f"{word(n)}: {word(a['reference'])} (sees {a['access']}, needs {a['needs']})" for n, a in plugins.items()
    ]
    lines = [
        f"Data: {data(suite)}; sha256 {suite['dataset_digest'][:16]}; "
        f"{counted(record['duplicates'], 'exact duplicate')} across a target's member and non-member parts.",
        f"Protocol: {suite['protocol']}, {suite['part']} training records a model, "
        f"{counted(len(record['trials']), 'trial')}, {counted(suite['references'], 'reference model')}, "
        f"seed {suite['seed']}.",
        f"Adversary: {record['adversary']} ({KNOWS[record['adversary']]}).",
        f"Network: {suite['network']}; {recipe}.",
        "Defenses: " + "; ".join(f"{word(n)}: {_settings(s)}" for n, s in defenses.items()) + ".",
        "Attacks: " + "; ".join(attacks) + ".",
        " ".join(INTERVALS.split()),
        f"Reproduce: {made_by(record)}",
    ]
    return "\n".join(f"- {line}" for line in lines)


def _versions(record: Record) -> str:
    return ", ".join(f"{k} {v}" for k, v in sorted(record["versions"].items())) + f"; {word(record['device'])}"


def _settings(values: dict[str, Any]) -> str:
    return ", ".join(f"{k} = {v}" for k, v in values.items()) or "no hyperparameters"
