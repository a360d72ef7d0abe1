"""The findings of a check as markdown for a pull request. Pure."""

from __future__ import annotations

from collections import Counter

from tabulate import tabulate

from benchmarks.tracking.gate import ACCURACY, FAILS, MEASURES, SIGNIFICANT, VERDICTS, Effect, Finding


def markdown(findings: list[Finding], tolerance: float, subject: str = "attacks") -> str:
    """A sentence that counts the verdicts, and a table of all findings; `subject`: attacks or defenses."""
    counts = Counter(f.verdict for f in findings)
    counted = ", ".join(f"{counts[v]} {v}" for v in VERDICTS if counts[v])
    measures = {name: measure.title for name, measure in MEASURES.items()}
    measures |= {ACCURACY: "test accuracy"} if subject == "defenses" else {}
    changes = [head for title in measures.values() for head in (f"{title} before", "now", "change")]
    rows = []
    for f in findings:
        suite, defense, adversary, attack = map(_code, f.key)
        names = (attack, defense) if subject == "attacks" else (defense, attack)
        cells = [cell for name in measures for cell in _effect(name, f.effects.get(name))]
        rows.append([_verdict(f.verdict), *names, suite, adversary, _version(f), *cells, _plain(f.how)])
    heads = ["verdict", *(("attack", "defense") if subject == "attacks" else ("defense", "attack")), "suite"]
    table = tabulate(rows, [*heads, "adversary", "version", *changes, "compared"], "pipe", disable_numparse=True)
    return f"## Strength of {subject}: {counted}\n\n{table}\n\n{_notes(tolerance, subject)}\n"


def _notes(tolerance: float, subject: str) -> str:
    share = f"{100 * tolerance:g} %"
    weaker = f"""\
*Weaker*: such a loss, of more than {share} of what the measure was
(AUC counts from one half). *Changed without a new version*: other scores or verdicts on the same outputs, and the
`version` of the attack was not raised."""
    if subject == "defenses":
        weaker = f"""\
*Weaker*: an attack gained so, by more than {share} of what it lacked,
or more than {share} of the accuracy was lost."""
    return f"""\
Each change is now minus before, with its 95 % interval. **Bold**: a change with p < {SIGNIFICANT:g} after Holm's
correction over all changes of this table. {weaker}"""


def _verdict(verdict: str) -> str:
    return f"**{verdict}**" if verdict in FAILS else verdict


def _version(finding: Finding) -> str:
    old, new = finding.versions
    return f"{new}" if old in (None, new) else f"{old} → {new}"


def _effect(name: str, effect: Effect | None) -> tuple[str, str, str]:
    """What it was, what it is, and the change with its interval."""
    if effect is None:
        return "-", "-", "-"
    d = effect.difference
    if name == "auc":
        before, now, change = (
            f"{effect.before:.3f}",
            f"{effect.before + d.difference:.3f}",
            (f"{d.difference:+.3f} [{d.low:+.3f}, {d.high:+.3f}]"),
        )
    else:
        before, now = f"{100 * effect.before:.1f} %", f"{100 * (effect.before + d.difference):.1f} %"
        change = "{:+.1f} [{:+.1f}, {:+.1f}]".format(*(100 * x for x in (d.difference, d.low, d.high)))
    return before, now, f"**{change}**" if effect.significant else change


def _code(name: str) -> str:
    """A name in a table cell; what could end the cell, the code or the line becomes a plain character."""
    return "`" + "".join("'" if c in "`|" else c if c.isprintable() else " " for c in name) + "`"


def _plain(text: str) -> str:
    return "".join(f"&#{ord(c)};" if c in "<>&|`*_[]" else c if c.isprintable() else " " for c in text)
