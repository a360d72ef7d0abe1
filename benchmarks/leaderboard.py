"""Markdown leaderboards: pure functions of records, the same bytes whenever they are made again."""

from __future__ import annotations

from typing import Any

from tabulate import tabulate

Record = dict[str, Any]

HOW_TO_READ = """\
AUC and TPR rank the records with the target's membership in hand: they measure the signal. TP and precision
are verdicts at a precision demand alpha, with thresholds chosen on the adversary's own shadow model alone:
they measure the attack. Square brackets are 95 % intervals. TP is the sum over all trials.
`-`: the attack claims nobody, or the data are too few to resolve the rate. `*`: in some trial no threshold
reached alpha on the shadow model, and the one of greatest precision was used."""


def leaderboard(records: list[Record]) -> str:
    """The leaderboard of one run's records: all of one suite, adversary and seed. Raises ValueError otherwise."""
    shared = {(r["suite"]["name"], r["adversary"], r["suite"]["seed"]) for r in records}
    if len(shared) != 1:
        raise ValueError(f"expected records of one suite, adversary and seed, got {sorted(shared)}")
    first = records[0]
    names = list(dict.fromkeys(r["defense"]["name"] for r in records))
    sections = [f"# MIA Arena: {first['suite']['name']}", _banner(first), HOW_TO_READ]
    sections += ["## Defenses, by the strongest attack against each", _defenses(records, names)]
    for name in names:
        rows = sorted((r for r in records if r["defense"]["name"] == name), key=_strength)
        sections += [f"## Attacks against `{name}`", _attacks(rows)]
    sections += ["## How these numbers were made", _provenance(records)]
    return "\n\n".join(section for section in sections if section) + "\n"


def _strength(record: Record) -> tuple[float, str]:
    return -record["ranking"]["auc"]["mean"], record["attack"]["name"]


def _banner(record: Record) -> str:
    suite, notes = record["suite"], []
    if suite["synthetic"]:
        notes.append("**Synthetic data**: no record of it belongs to anybody.")
    if suite["changed"]:
        changes = ", ".join(f"{k} {now} (the suite: {was})" for k, (was, now) in sorted(suite["changed"].items()))
        word = "Reduced" if suite["reduced"] else "Changed"
        notes.append(f"**{word}** against the suite's own definition: {changes}.")
    return "\n\n".join(notes)


def _attacks(records: list[Record]) -> str:
    heads = ["attack", "AUC", "TPR at 1 % FPR", "TPR at 0.1 % FPR", "TP at .98", "precision at .98"]
    heads += ["TP at 1.0", "precision at 1.0"]
    rows = []
    for record in records:
        ranking, verdicts = record["ranking"], {v["alpha"]: v for v in record["verdicts"]}
        row = [record["attack"]["name"], _number(ranking["auc"])]
        row += [_percent(ranking["tpr_at_1%_fpr"]), _percent(ranking["tpr_at_0.1%_fpr"])]
        for alpha in (0.98, 1.0):
            star = "" if all(verdicts[alpha]["reached"]) else "*"
            row += [f"{sum(verdicts[alpha]['tp'])}{star}", _percent(verdicts[alpha]["precision"])]
        rows.append(row)
    return tabulate(rows, heads, "pipe", disable_numparse=True, colalign=("left", *["right"] * 7))


def _defenses(records: list[Record], names: list[str]) -> str:
    rows = []
    for name in names:
        strongest = min((r for r in records if r["defense"]["name"] == name), key=_strength)
        accuracy = strongest["utility"]
        rows.append(
            [
                name,
                _percent(accuracy["train"]),
                _percent(accuracy["test"]),
                strongest["attack"]["name"],
                _number(strongest["ranking"]["auc"]),
            ]
        )
    heads = ["defense", "train accuracy", "test accuracy", "strongest attack", "its AUC"]
    return tabulate(rows, heads, "pipe", disable_numparse=True, colalign=("left", "right", "right", "left", "right"))


def _number(interval: dict[str, float | None]) -> str:
    if interval["mean"] is None:
        return "-"
    return f"{interval['mean']:.3f} [{interval['low']:.3f}, {interval['high']:.3f}]"


def _percent(interval: dict[str, float | None]) -> str:
    mean, low, high = interval["mean"], interval["low"], interval["high"]
    if mean is None or low is None or high is None:
        return "-"
    return f"{100 * mean:.1f} % [{100 * low:.1f}, {100 * high:.1f}]"


def _provenance(records: list[Record]) -> str:
    record = records[0]
    suite = record["suite"]
    kind = "synthetic" if suite["synthetic"] else "real"
    recipe = ", ".join(f"{k} {v}" for k, v in suite["recipe"].items() if v not in ([], (), 0.0, 0))
    defenses = {r["defense"]["name"]: r["defense"]["settings"] for r in records}
    described = "; ".join(f"`{n}`: {_settings(s)}" for n, s in defenses.items())
    plugins = {r["attack"]["name"]: r["attack"] for r in records}
    attacks = "; ".join(f"`{n}`: {a['reference']} (sees {a['access']}, needs {a['needs']})" for n, a in plugins.items())
    lossless = "" if suite["lossless"] else ", not all records lossless"
    lines = [
        f"Data: {suite['dataset']}, {kind}{lossless}; {suite['source']}; licence: {suite['licence']}; "
        f"sha256 {suite['dataset_digest'][:16]}.",
        f"Protocol: {suite['protocol']}, {suite['part']} training records a model, {len(record['trials'])} trials, "
        f"{suite['references']} reference models, seed {suite['seed']}; "
        f"{record['duplicates']} records are exact duplicates across a target's member and non-member parts.",
        f"Adversary: {record['adversary']}"
        + (" (knows the defense)" if record["adversary"] == "adaptive" else " (does not know the defense)")
        + ".",
        f"Network: {suite['network']}; {recipe}.",
        f"Defenses: {described}.",
        f"Attacks: {attacks}.",
        "Intervals (95 %): exact binomial (Clopper-Pearson) for precision and accuracy, over all trials' records, "
        "taken as independent; "
        "bootstrap over trials and records (1,000 draws) for AUC and TPR.",
        "Versions: " + ", ".join(f"{k} {v}" for k, v in record["versions"].items()) + f"; {record['device']}.",
        f"Reproduce: `{record['command']}`",
    ]
    return "\n".join(f"- {line}" for line in lines)


def _settings(values: dict[str, Any]) -> str:
    return ", ".join(f"{k} = {v}" for k, v in values.items()) or "no hyperparameters"
