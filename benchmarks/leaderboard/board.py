"""The board of one suite: attacks on the undefended model, defenses by the worst case, and every pair of the two."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.leaderboard import provenance
from benchmarks.naming.wording import counted
from benchmarks.results.provenance import few, kept, told
from benchmarks.results.ranking import UNDEFENDED, Run, column, value_of
from benchmarks.results.record import Comparisons, Guaranteed, Record, Value
from benchmarks.results.tables import DASH, Cell, Column, Marked, Table, markdown, said, word
from benchmarks.statistics.metric import Metric
from benchmarks.statistics.metrics import CANARIES, METRICS, WORST

HOW_TO_READ = """\
AUC and TPR rank the records with the target's membership in hand: they measure the signal. TP and precision
are verdicts at a precision demand alpha, with thresholds chosen on the adversary's rehearsal alone (its own
shadow model; under HAMP's protocol the other half of the target's records): they measure the attack. Square
brackets are 95 % intervals. TP is the sum over all trials.

Ranks are by AUC. The best opens a group; whoever's interval overlaps that of the group's best ties with it (`1-3`),
and the first whose does not opens the next group."""
GUARANTEE = """\
Demanded: the threshold that kept precision alpha in the rehearsal, which promises nothing on the target. Conformal:
a record's rank among known non-members of the target, the population records, then Benjamini and Hochberg at 1 - alpha:
precision is at least alpha on average over targets and records, a claim of nobody counting as 1; what it costs is TP.
At alpha 1 it claims nobody."""
ACROSS = 4  # defenses side by side in one table, so that it stays readable
Section = list[str]


def leaderboard(records: Sequence[Record], comparisons: Sequence[Comparisons] = ()) -> str:
    """The leaderboard of one suite's records. Raises ValueError on records that do not belong together."""
    run = Run(records, comparisons)
    sections = [f"# MIA Arena: {word(run.suite)}", provenance.banner(records), HOW_TO_READ, few(records)]
    sections += [*_attacks(run), *_defenses(run), *_matrices(run)]
    sections += ["## How these numbers were made", provenance.full(records)]
    return "\n\n".join(section for section in sections if section) + "\n"


def _table(columns: Sequence[Column], rows: Sequence[Sequence[Cell | Marked]]) -> str:
    return markdown(Table("", "", columns, rows))


def _attacks(run: Run) -> Section:
    """Attacks on the undefended model, and how far each is behind the strongest."""
    title, records = "## Attacks on the undefended model", run.against(UNDEFENDED)
    if not records:
        return [title, f"No attack has a record against `{UNDEFENDED}`."]
    signal, verdicts = run.metrics(of_verdicts=False), run.metrics(of_verdicts=True)
    places = run.places(UNDEFENDED)
    ranked: list[list[Cell]] = [
        [places[r.attack.name], r.attack.name, *(value_of(r, m.key) for m in signal)] for r in records
    ]
    claims: list[list[Cell | Marked]] = [[r.attack.name, *(_cell(r, m) for m in verdicts)] for r in records]
    return [
        title,
        _table([Column("rank"), Column("attack"), *map(column, signal)], ranked),
        "\n".join(f"- {word(name)}: {word(of)}" for name, of in told(records).items()),
        *_below(records, signal),
        "### Their verdicts",
        _table([Column("attack"), *map(column, verdicts)], claims),
        *_below(records, verdicts),
        *_both_rules(records),
        *_behind(run, records),
    ]


def _cell(record: Record, metric: Metric) -> Cell | Marked:
    """The value; a count of claims is starred where some rehearsal could not meet the demand."""
    value = value_of(record, metric.key)
    missed = metric.unit == "count" and metric.alpha is not None and not all(record.verdict(metric.alpha).reached)
    return Marked(value, "*") if missed else value


def _both_rules(records: Sequence[Record]) -> Section:
    """TP and precision under the demand and under the conformal rule; nothing where no record knows that rule."""
    rows: list[list[Cell | Marked]] = []
    shown: dict[str, Metric] = {}
    for record in records:
        for of in record.conformal.claims if isinstance(record.conformal, Guaranteed) else ():
            if of.alpha < 1:
                metrics = [METRICS[f"{name}_at_{of.alpha}"] for name in ("tp", "precision")]
                demanded = [_cell(record, metric) for metric in metrics]
                shown |= {metric.key: metric for metric in metrics}
                rows.append([record.attack.name, f"{of.alpha:g}", *demanded, float(sum(of.tp)), of.precision])
    if not rows:
        return []
    heads = [("TP, demanded", "count"), ("precision, demanded", "share"), ("TP, conformal", "count")]
    columns = [Column("attack"), Column("alpha"), *(Column(*head) for head in heads)]
    columns.append(Column("precision, conformal", "share", True))
    reasons: dict[str, list[str]] = {}
    for record in records:
        if isinstance(record.conformal, str):
            reasons.setdefault(record.conformal, []).append(word(record.attack.name))
    without = "; ".join(f"{', '.join(names)} (it {word(why)})" for why, names in reasons.items())
    note = f"Without conformal verdicts: {without}."
    below = _below(records, list(shown.values()))
    return ["### Both rules", _table(columns, rows), GUARANTEE, note if reasons else "", *below]


def _behind(run: Run, records: Sequence[Record]) -> Section:
    """Each attack against the strongest on the same models."""
    found = run.behind(UNDEFENDED)
    keys = [key for key in METRICS if any(key in of for of in found.values())]
    rows: list[list[Cell]] = []
    for record in records:
        if record.attack.name in found:
            row: list[Cell] = [record.attack.name]
            for of in map(found[record.attack.name].get, keys):
                row += [Value(of.difference, of.low, of.high), of.p] if of else [None, None]
            rows.append(row)
    if not rows or not keys:
        return []
    columns = [Column("attack")]
    for key in keys:
        share = METRICS[key].unit == "share"
        columns.append(Column(f"{METRICS[key].title}, points" if share else METRICS[key].title,
                              "points" if share else METRICS[key].unit, True))  # fmt: skip
        columns.append(Column("p", "p"))
    compared = f"the {counted(len(rows), 'comparison')} of its column"
    note = (
        "Differences on the same models and records, which tell attacks apart that tie above: DeLong's test for AUC, "
        "a paired permutation test for TPR, the sign test for TP. Intervals are uncorrected, p is corrected by Holm "
        f"for {compared}: an interval may exclude 0 beside a large p. "
        "More TP at a lower precision are no lead: whoever names more, finds more."
    )
    best = word(records[0].attack.name)
    return [f"### Behind {best}, the strongest", _table(columns, rows), note, *_below(records, [WORST])]


def _defenses(run: Run) -> Section:
    """Defenses by the strongest attack against each, next to what they cost in accuracy."""
    judged_by = _judged_by(run)
    columns = [
        *map(Column, ("rank", "defense", "strongest attack")),
        Column("its AUC", "ratio", True),
        *(Column(f"worst {m.title}", m.unit, True) for m in judged_by),
        Column("test accuracy", "share", True),
        Column("accuracy lost, points", "points", True),
    ]
    rows: list[list[Cell]] = []
    vague = False
    for name, places in run.places_of_defenses().items():
        strongest = run.against(name)[0]
        row: list[Cell] = [places, name, strongest.attack.name, run.worst(name)]
        for metric in judged_by:
            finder = run.strongest(name, metric.key)
            row.append(value_of(finder, metric.key) if finder else None)
            vague |= finder is not None and _greatest(run, name, metric) > (value_of(finder, metric.key).mean or 0.0)
        rows.append([*row, strongest.utility.test, run.accuracy_lost(name)])
    note = (
        "The lowest AUC ranks first. TPR is the greatest of any attack; accuracy is lost against none. Both "
        "worst cases are chosen on the records that they are measured on, which favours the attacker a little."
    )
    if vague:
        note += (
            " An attack whose interval is wider than half of the scale is passed over, unless it begins above the "
            "others'."
        )
    unjudged = [f"{word(name)} {run.met(name)}" for name in run.by_worst_case() if name not in run.judged]
    if unjudged:
        note += (
            f" `{DASH}` as rank: not every attack of this board was played against it, so that its worst case is not "
            f"known (attacks played: {', '.join(unjudged)})."
        )
    return [
        "## Defenses, by the strongest attack against each",
        _table(columns, rows),
        note,
        *_below(run.records, judged_by),
        *_facts(run),
    ]


def _greatest(run: Run, defense: str, metric: Metric) -> float:
    return max(value_of(record, metric.key).mean or 0.0 for record in run.against(defense))


def _facts(run: Run) -> Section:
    """What the models of the defenses say of their training; nothing where none says anything."""
    said = kept(run.records)
    lines = [f"- {word(name)}: {word(said[name])}" for name in run.defenses if name in said]
    return ["### Facts of defenses", "\n".join(lines)] if lines else []


def _judged_by(run: Run) -> list[Metric]:
    """What a defense is judged by beside AUC, of what these records hold."""
    return [WORST, *(m for m in run.metrics(of_verdicts=False) if m == CANARIES)]


def _matrices(run: Run) -> Section:
    """Every attack against every defense; the strongest against each is bold."""
    sections = ["## Every attack against every defense"]
    tp, precision, auc = METRICS["tp_at_0.98"], METRICS["precision_at_0.98"], METRICS["auc"]
    sections += _matrix(run, auc.title, [auc])
    for metric in _judged_by(run):
        sections += _matrix(run, metric.title, [metric])
    return sections + _matrix(run, "TP and precision at .98", [tp, precision])


def _matrix(run: Run, title: str, metrics: Sequence[Metric]) -> Section:
    order = list(dict.fromkeys(r.attack.name for name in run.defenses for r in run.against(name)))
    sections = [f"### {title}"]
    for start in range(0, len(run.defenses), ACROSS):
        shown = run.defenses[start : start + ACROSS]
        best = {name: run.strongest(name, metrics[0].key) for name in shown} if len(metrics) == 1 else {}
        rows = [[a, *(_pair(run.cells.get((d, a)), metrics, best.get(d)) for d in shown)] for a in order]
        sections.append(_table([Column("attack"), *(Column(name, "cell") for name in shown)], rows))
    return sections + _below(run.records, metrics)


def _pair(record: Record | None, metrics: Sequence[Metric], best: Record | None) -> Cell | Marked:
    if record is None:
        return "not run"
    texts = []
    for metric in metrics:
        cell = _cell(record, metric)
        texts.append(said(metric.unit, cell) + (cell.mark if isinstance(cell, Marked) else ""))
    return Marked(", ".join(texts), bold=record is best)


def _below(records: Sequence[Record], metrics: Sequence[Metric]) -> Section:
    """What stands below a table of these metrics: why a cell is empty or starred."""
    others = min(sum(r.histograms.score.others) // r.trials for r in records)
    empty = [m for m in metrics if m.unresolved and any(value_of(r, m.key).mean is None for r in records)]
    notes = list(dict.fromkeys(f"`{DASH}` {m.unresolved.format(others=others)}" for m in empty))
    if any(isinstance(_cell(r, m), Marked) for r in records for m in metrics):
        notes.append(
            "`*`: in some trial no threshold met the demand in the rehearsal, and the one of greatest precision was "
            "used."
        )
    return [" ".join(notes)]
