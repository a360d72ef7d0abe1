"""The plots of a section by name, each with the words that stand for it where it cannot be seen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from benchmarks.naming.wording import counted
from benchmarks.report import figures
from benchmarks.report.chart import SHOWN
from benchmarks.report.figures import DIFFICULTY, SCORE
from benchmarks.report.found import Found
from benchmarks.report.plot import Plot
from benchmarks.report.section import Section, sections, slug
from benchmarks.results.comparing import strongest
from benchmarks.results.ranking import value_of
from benchmarks.results.record import Record
from benchmarks.results.tables import parts

PANEL = (190.0, 140.0)


def colours(made: Sequence[Section]) -> dict[str, int]:
    """A number for every attack, the same all over the report; the strongest by mean rank come first."""
    ranks: dict[str, list[int]] = {}
    for section in made:
        for rank, attack in enumerate(section.attacks):
            ranks.setdefault(attack, []).append(rank)
    order = sorted(ranks, key=lambda a: (sum(ranks[a]) / len(ranks[a]), a))
    return {attack: number for number, attack in enumerate(order)}


def plots(section: Section, colour: dict[str, int], found: Mapping[str, Found] | None = None) -> dict[str, list[Plot]]:
    """All plots of a section; several under one name are panels of one figure. `found` by defense, where its games are
    kept.
    """
    made = {"trade-off": [_trade_off(section)], "defenses": [_defenses(section)], "cost": [_cost(section)]}
    made["matrix"] = [Plot(f"AUC, {section.title}", "", partial(figures.heat, section=section), legend=False)]
    for defense in section.defenses:
        rows = section.against(defense)
        place = f"{defense}, {section.title}"
        made[f"roc--{defense}"] = [_roc(rows, place, colour)]
        made[f"precision-recall--{defense}"] = [_precision_recall(rows, place, colour)]
        made[f"scores--{defense}"] = [_scores(r) for r in rows]
        hard = [_difficulty(r) for r in rows if r.histograms.difficulty]
        if hard:
            made[f"difficulty--{defense}"] = hard
        if found and defense in found:
            made[f"found--{defense}"] = [_found(found[defense], place)]
            made[f"overlap--{defense}"] = [_overlap(found[defense], place)]
    return made


def _series(rows: list[Record], colour: dict[str, int]) -> list[tuple[int, str, Record]]:
    return [(colour[r.attack.name], r.attack.name, r) for r in rows]


def _words(record: Record, metric: str, kind: str) -> str:
    return " ".join(parts(kind, value_of(record, metric))).strip()


def _roc(rows: list[Record], place: str, colour: dict[str, int]) -> Plot:
    best = strongest(rows)
    alt = (
        f"ROC curves on logarithmic axes of {counted(len(rows), 'attack')} against {place}. Greatest AUC: "
        f"{best.attack.name}, {_words(best, 'auc', 'ratio')}; its TPR at 1 % FPR: "
        f"{_words(best, 'tpr_at_1%_fpr', 'share')}. The table above has all numbers."
    )
    return Plot(f"ROC: {place}", alt, partial(figures.roc, series=_series(rows, colour)))


def _precision_recall(rows: list[Record], place: str, colour: dict[str, int]) -> Plot:
    alt = (
        f"Precision against recall of the verdicts of {counted(len(rows), 'attack')} against {place}, "
        "for precision demands from 50 to 100 %. The table above has the numbers at 98 and 100 %."
    )
    return Plot(f"Verdicts: {place}", alt, partial(figures.precision_recall, series=_series(rows, colour)))


def _defenses(section: Section) -> Plot:
    metric, title = section.finest
    series = [(section.number(d), d, section.strongest(d, metric)) for d in section.defenses]
    listed = "; ".join(f"{d}: {r.attack.name}, AUC {_words(r, 'auc', 'ratio')}" for _, d, r in series)
    alt = (
        f"ROC curves on logarithmic axes of the attack of greatest {title} against each defense on {section.title}. "
        f"{listed}."
    )
    return Plot(f"Strongest attacks: {section.title}", alt, partial(figures.roc, series=series))


def _trade_off(section: Section) -> Plot:
    metric, title = section.finest
    kind = "ratio" if metric == "auc" else "share"
    said = []
    for defense in section.defenses:
        accuracy = " ".join(parts("share", section.strongest(defense).utility.test))
        said.append(f"{defense}: accuracy {accuracy}, {_words(section.strongest(defense, metric), metric, kind)}")
    alt = f"Test accuracy against the worst {title} of each defense on {section.title}. {'; '.join(said)}."
    return Plot(f"Privacy and utility: {section.title}", alt, partial(figures.trade_off, section=section))


def _cost(section: Section) -> Plot:
    rows = section.against(section.defenses[0])
    listed = "; ".join(f"{r.attack.name} {parts('seconds', r.cost.attack_seconds)[0]}" for r in rows)
    tall = (360.0, 60.0 + 12 * len(rows))  # a line for each name
    alt = f"Seconds of each attack's own work against {section.defenses[0]} on {section.title}: {listed}."
    return Plot(f"Cost: {section.title}", alt, partial(figures.cost, section=section), tall, legend=False)


def _scores(record: Record) -> Plot:
    name = record.attack.name
    alt = f"Score distributions of members and non-members under {name}, AUC {_words(record, 'auc', 'ratio')}."
    return Plot(name, alt, partial(figures.scores, record=record), PANEL, across=SCORE)


def _difficulty(record: Record) -> Plot:
    name, histogram = record.attack.name, record.histograms.difficulty
    assert histogram is not None
    named, missed = sum(histogram.identified), sum(histogram.missed)
    alt = f"Members by difficulty under {name}: {named:,} identified, {missed:,} missed."
    return Plot(name, alt, partial(figures.difficulty, record=record), PANEL, across=DIFFICULTY)


def _found(found: Found, place: str) -> Plot:
    nobody, every = int((found.by == 0).sum()), int((found.by == len(found.attacks)).sum())
    alt = (
        f"How many of {counted(len(found.attacks), 'attack')} find each member against {place}: of {len(found.by):,} "
        f"members, {nobody:,} are found by none, {every:,} by all."
    )
    return Plot(f"Members by attacks: {place}", alt, partial(figures.found, by=found.by, attacks=len(found.attacks)))


def _overlap(found: Found, place: str) -> Plot:
    names = tuple(found.attacks[:SHOWN])
    values = tuple(tuple(None if v != v else float(v) for v in row[: len(names)]) for row in found.shared[: len(names)])
    draw = partial(figures.tiles, names, names, values, 0.0, 1.0, ("attack", "attack"), 2)
    return Plot(f"Overlap: {place}", "", draw, legend=False)


OF_A_RUN = ("roc--", "precision-recall--")


def is_name(name: str) -> bool:
    """Whether a file's name is that of a plot that `write` makes."""
    return name.startswith(OF_A_RUN) and name.endswith((".png", ".svg"))


def write(records: list[Record], folder: Path) -> None:
    """Write ROC and precision-recall of every defense of one run as PNG and SVG. Raises OSError."""
    from benchmarks.report.drawing import save  # matplotlib, which a page needs not

    section = sections(records)[0]
    for name, made in plots(section, colours([section])).items():
        if name.startswith(OF_A_RUN):
            save(made, folder / slug(name))
