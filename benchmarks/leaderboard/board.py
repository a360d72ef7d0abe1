"""The board of one suite: attacks on the undefended model, defenses by the worst case, and every pair of the two."""

from __future__ import annotations

from benchmarks.leaderboard import provenance
from benchmarks.leaderboard.cells import NOTHING, number, p_value, percent, rank, table, tied, word
from benchmarks.leaderboard.ranking import UNDEFENDED, Run
from benchmarks.naming.wording import counted
from benchmarks.results.records import Record

HOW_TO_READ = """\
AUC and TPR rank the records with the target's membership in hand: they measure the signal. TP and precision
are verdicts at a precision demand alpha, with thresholds chosen on the adversary's own shadow model alone:
they measure the attack. Square brackets are 95 % intervals. TP is the sum over all trials.

Ranks are by AUC. The best opens a group; whoever's interval overlaps that of the group's best ties with it (`1-3`),
and the first whose does not opens the next group."""
ALPHAS = (0.98, 1.0)
ACROSS = 4  # defenses side by side in one table, so that it stays readable
Section = list[str]


def leaderboard(records: list[Record]) -> str:
    """The leaderboard of one run's records. Raises ValueError on records of several runs."""
    run = Run(records)
    sections = [f"# MIA Arena: {run.suite}", provenance.banner(records[0]), HOW_TO_READ]
    sections += [*_attacks(run), *_defenses(run), *_matrices(run)]
    sections += ["## How these numbers were made", provenance.full(records)]
    return "\n\n".join(section for section in sections if section) + "\n"


def _attacks(run: Run) -> Section:
    """Attacks on the undefended model, and how far each is behind the strongest."""
    title, records = "## Attacks on the undefended model", run.against(UNDEFENDED)
    if not records:
        return [title, f"No trial of `{UNDEFENDED}` is complete."]
    signal, verdicts = [], []
    for record, places in zip(records, tied([r["ranking"]["auc"] for r in records]), strict=True):
        ranking, name = record["ranking"], word(record["attack"]["name"])
        rates = [percent(ranking[f"tpr_at_{rate}%_fpr"]) for rate in ("1", "0.1")]
        signal.append([rank(places), name, number(ranking["auc"]), *rates])
        verdicts.append([name, *(cell for alpha in ALPHAS for cell in _verdict(record, alpha))])
    heads = [f"{what} at {_demand(alpha)}" for alpha in ALPHAS for what in ("TP", "precision")]
    return [
        title,
        table(["rank", "attack", "AUC", "TPR at 1 % FPR", "TPR at 0.1 % FPR"], signal, left=2),
        *_below(records, rates=(0.01, 0.001)),
        "### Their verdicts",
        table(["attack", *heads], verdicts, left=1),
        *_below(records, alphas=ALPHAS),
        *_behind(records),
    ]


def _verdict(record: Record, alpha: float) -> tuple[str, str]:
    """TP, starred where some shadow model could not meet the demand, and precision."""
    verdict = next(v for v in record["verdicts"] if v["alpha"] == alpha)
    return f"{sum(verdict['tp'])}{'' if all(verdict['reached']) else '*'}", percent(verdict["precision"])


def _demand(alpha: float) -> str:
    return f"{alpha}".removeprefix("0")


def _behind(records: list[Record]) -> Section:
    """Each attack against the strongest on the same models."""
    metrics = {"auc": 3, "tpr_at_1%_fpr": 1, "tp_at_0.98": 0}
    rows = []
    for record in records:
        for pair in record["paired"]:
            row = [word(record["attack"]["name"])]
            for metric, digits in metrics.items():
                found = {**pair[metric], "mean": pair[metric]["difference"]}
                row += [number(found, digits, 100 if digits == 1 else 1), p_value(found["p"])]
            rows.append(row)
    if not rows:
        return []
    best = word(next(pair["other"] for record in records for pair in record["paired"]))
    compared = f"the {counted(len(rows), 'comparison')} of its column"
    heads = ["attack", "AUC", "p", "TPR at 1 % FPR, points", "p", "TP at .98", "p"]
    note = (
        "Differences on the same models and records, which tell attacks apart that tie above: DeLong's test for AUC, "
        "a paired permutation test for TPR, the sign test for TP. Intervals are uncorrected, p is corrected by Holm "
        f"for {compared}: an interval may exclude 0 beside a large p. "
        "More TP at a lower precision are no lead: whoever names more, finds more."
    )
    return [f"### Behind {best}, the strongest", table(heads, rows, left=1), note, *_below(records, (0.01,))]


def _defenses(run: Run) -> Section:
    """Defenses by the strongest attack against each, next to what they cost in accuracy."""
    names = run.by_worst_case()
    heads = ["rank", "defense", "strongest attack", "its AUC", "worst TPR at 1 % FPR", "test accuracy", "loss, points"]
    rows = []
    for name, places in zip(names, tied([run.worst(n) for n in names]), strict=True):
        strongest, finder = run.against(name)[0], run.strongest(name, "tpr_at_1%_fpr")
        row = [rank(places), word(name), word(strongest["attack"]["name"]), number(run.worst(name))]
        row += [percent(finder["ranking"]["tpr_at_1%_fpr"]) if finder else NOTHING]
        rows.append([*row, percent(strongest["utility"]["test"]), number(run.accuracy_lost(name), 1, 100)])
    note = (
        "The lowest AUC ranks first. TPR is the greatest of any attack, loss the test accuracy lost against none. Both "
        "worst cases are chosen on the records that they are measured on, which favours the attacker a little."
    )
    return [
        "## Defenses, by the strongest attack against each",
        table(heads, rows, left=3),
        note,
        *_below(run.records, (0.01,)),
    ]


def _matrices(run: Run) -> Section:
    """Every attack against every defense; the strongest against each is bold."""
    sections = ["## Every attack against every defense"]
    order = list(dict.fromkeys(r["attack"]["name"] for name in run.defenses for r in run.against(name)))
    cells = {(r["defense"]["name"], r["attack"]["name"]): r for r in run.records}
    for title, metric, below in (
        ("AUC", "auc", _below(run.records)),
        ("TPR at 1 % FPR", "tpr_at_1%_fpr", _below(run.records, (0.01,))),
        ("TP and precision at .98", "", _below(run.records, alphas=(0.98,))),
    ):
        sections.append(f"### {title}")
        for start in range(0, len(run.defenses), ACROSS):
            shown = run.defenses[start : start + ACROSS]
            best = {name: run.strongest(name, metric) for name in shown} if metric else {}
            rows = [
                [word(attack), *(_matrix_cell(cells.get((name, attack)), metric, best.get(name)) for name in shown)]
                for attack in order
            ]
            sections.append(table(["attack", *map(word, shown)], rows, left=1))
        sections += below
    return sections


def _matrix_cell(record: Record | None, metric: str, best: Record | None) -> str:
    if record is None:
        return "not run"
    if not metric:
        return ", ".join(_verdict(record, 0.98))
    text = number(record["ranking"]["auc"]) if metric == "auc" else percent(record["ranking"][metric])
    return f"**{text}**" if record is best else text


def _below(records: list[Record], rates: tuple[float, ...] = (), alphas: tuple[float, ...] = ()) -> Section:
    """What stands below a table of these false positive rates and demands: why a cell is `-` or starred, and where
    the numbers come from.
    """
    notes, verdicts = [], [v for r in records for v in r["verdicts"] if v["alpha"] in alphas]
    others = min(sum(r["histograms"]["score"]["others"]) // len(r["trials"]) for r in records)
    for rate in rates:
        if any(r["ranking"][f"tpr_at_{rate * 100:g}%_fpr"]["mean"] is None for r in records):
            notes.append(f"`{NOTHING}` at {rate * 100:g} % FPR: {others} non-members a trial cannot resolve the rate.")
    if any(v["precision"]["mean"] is None for v in verdicts):
        notes.append(f"`{NOTHING}` as precision: the attack claims nobody.")
    if not all(all(v["reached"]) for v in verdicts):
        notes.append(
            "`*`: in some trial no threshold met the demand on the shadow model, and the one of greatest precision "
            "was used."
        )
    return [" ".join(notes), provenance.caption(records[0])]
