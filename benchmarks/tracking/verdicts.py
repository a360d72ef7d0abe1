"""The findings of a check as markdown for a pull request. Pure."""

from __future__ import annotations

from collections import Counter

from tabulate import tabulate

from benchmarks.tracking.gate import MEASURES, SIGNIFICANT, VERDICTS, Effect, Finding


def markdown(findings: list[Finding], tolerance: float) -> str:
    """A sentence that counts the verdicts, and a table of all findings."""
    counts = Counter(f.verdict for f in findings)
    counted = ", ".join(f"{counts[v]} {v}" for v in VERDICTS if counts[v])
    heads = [
        "verdict",
        "attack",
        "suite",
        "defense",
        "adversary",
        "version",
        *(m.title for m in MEASURES.values()),
        "compared",
    ]
    rows = []
    for f in findings:
        suite, defense, adversary, attack = map(_code, f.key)
        row = [_verdict(f.verdict), attack, suite, defense, adversary, _version(f)]
        row += [_effect(name, f.effects.get(name)) for name in MEASURES]
        rows.append([*row, _plain(f.how)])
    table = tabulate(rows, heads, "pipe", disable_numparse=True)
    return f"## Strength of attacks: {counted}\n\n{table}\n\n{_notes(tolerance)}\n"


def _notes(tolerance: float) -> str:
    return f"""\
Each change is now minus before, with its 95 % interval. **Bold**: a change with p < {SIGNIFICANT:g} after Holm's
correction over all changes of this table. *Weaker*: such a loss, of more than {100 * tolerance:g} % of what the
measure was (AUC counts from one half). *Changed without a new version*: other scores or verdicts on the same outputs,
and the `version` of the attack was not raised."""


def _verdict(verdict: str) -> str:
    return f"**{verdict}**" if verdict in VERDICTS[:2] else verdict


def _version(finding: Finding) -> str:
    old, new = finding.versions
    return f"{new}" if old in (None, new) else f"{old} → {new}"


def _effect(name: str, effect: Effect | None) -> str:
    if effect is None:
        return "-"
    d = effect.difference
    if name == "auc":
        text = f"{effect.before:.3f} {d.difference:+.3f} [{d.low:+.3f}, {d.high:+.3f}]"
    else:
        before, *change = (100 * x for x in (effect.before, d.difference, d.low, d.high))
        text = "{:.1f} % {:+.1f} [{:+.1f}, {:+.1f}]".format(before, *change)
    return f"**{text}**" if effect.significant else text


def _code(name: str) -> str:
    """A name in a table cell; what could end the cell, the code or the line becomes a plain character."""
    return "`" + "".join("'" if c in "`|" else c if c.isprintable() else " " for c in name) + "`"


def _plain(text: str) -> str:
    return "".join(f"&#{ord(c)};" if c in "<>&|`*_[]" else c if c.isprintable() else " " for c in text)
