"""The page: tables and plots of all sections in one HTML file that needs nothing else. Pure.

Every word that comes from a record is escaped where it enters HTML: here, in `tables.html`, `drawing.inline`
and `sentences`. Beyond that, a content security policy lets no script run but the page's own.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from string import Template

from benchmarks.naming.wording import counted
from benchmarks.report import provenance, sentences, style
from benchmarks.report.drawing import Plot
from benchmarks.report.figures import SHOWN_BANDS
from benchmarks.report.section import Section, flags, slug
from benchmarks.report.style import DASHES, MARKS, SERIES
from benchmarks.results.record import Value
from benchmarks.results.tables import Cell, Table, html

HERE = Path(__file__).parent
READ_ROC = (
    f"Band: 95&nbsp;% interval, drawn for the first {SHOWN_BANDS} names; point at another for its own. "
    "Dotted: guessing."
)

INTERVALS = "AUC, rates, precision and accuracy stand beside their 95&nbsp;% intervals in every table."


@dataclass(frozen=True, eq=False)
class Content:
    """A section with its tables and its plots by name."""

    section: Section
    tables: dict[str, Table]
    plots: dict[str, list[Plot]]


def page(contents: Sequence[Content], colour: dict[str, int], draw: Callable[[Plot], str]) -> str:
    """The whole page; `colour` numbers the attacks, `draw` makes a plot inline SVG."""
    sections = [c.section for c in contents]
    kinds = ("js", "css", "html")
    script, style_sheet, frame = ((HERE / f"page.{kind}").read_text(encoding="utf-8") for kind in kinds)
    series = max(len(colour), *(len(s.defenses) for s in sections))
    return Template(frame).substitute(
        style=style_sheet.replace("$highlights", "\n".join(map(_highlight, range(series)))),
        script=script,
        script_digest=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
        scope=_scope(sections),
        answers=_answers(sections),
        sections="\n".join(_section(c, colour, draw) for c in contents),
    )


def _id(section: Section) -> str:
    return escape(slug(section.title))


def _highlight(number: int) -> str:
    """While the name of a series is pointed at, the others step back and its interval shows."""
    at = f".plots:has(.k{number}:is(:hover, :focus))"
    return (
        f"{at} .s:not(.s{number}) {{ opacity: 0.12 }} {at} .b {{ display: none }} {at} .b{number} {{ display: inline }}"
    )


def _scope(sections: Sequence[Section]) -> str:
    attacks = {r.attack.name for s in sections for r in s.records}
    defenses = {d for s in sections for d in s.defenses} - {"none"}
    counts = ((len(sections), "suite"), (len(attacks), "attack"), (len(defenses), "defense"))
    listed = ", ".join(counted(n, word) for n, word in counts)
    models = {(_id(s), d): s.strongest(d).cost.models for s in sections for d in s.defenses}
    return f"{listed}, {counted(sum(models.values()), 'trained model')}. {INTERVALS}"


def _answers(sections: Sequence[Section]) -> str:
    questions = ("How much does the model give away?", "Which defense helps?")
    heads = "".join(
        f"<div><h2>{question}</h2><p>{answer}</p></div>"
        for question, answer in zip(questions, sentences.headline(sections), strict=True)
    )
    rows = [f'<div class="answers lead">{heads}</div>']
    for section in sections:
        columns = "".join(
            f"<div>{''.join(f'<p>{line}</p>' for line in answer(section))}</div>"
            for answer in (sentences.leak, sentences.help_of)
        )
        link = f'<h3><a href="#{_id(section)}">{escape(section.title)}</a>{_pills(section)}</h3>'
        rows.append(f'<div class="answers">{link}{columns}</div>')
    return "".join(rows)


def _pills(section: Section) -> str:
    return "".join(f' <span class="flag">{word}</span>' for word, _ in flags(section.suite))


def _section(content: Content, colour: dict[str, int], draw: Callable[[Plot], str]) -> str:
    section, tables, plots = content.section, content.tables, content.plots
    suite = section.suite
    notices = "".join(f'<p class="notice"><b>{w}.</b> {escape(s)}</p>' for w, s in flags(suite))
    dataset = "" if suite.dataset == section.title else f"{suite.dataset} · "
    facts = (
        f"{dataset}{suite.protocol} · {suite.part:,} training records a model · "
        f"{counted(section.records[0].trials, 'trial')} · {counted(suite.references, 'reference')} · "
        f"{section.records[0].adversary} adversary"
    )
    metric, title = section.finest
    coarse = "" if metric == "tpr_at_0.1%_fpr" else " The data are too few to resolve 0.1 % FPR, so this is coarser."
    body = [
        f'<section class="suite" id="{_id(section)}"><h2>{escape(section.title)}{_pills(section)}</h2>',
        f'<p class="facts">{escape(facts)}</p>{notices}',
        "<h3>Defenses, each by the strongest attack against it</h3>",
        html(tables["defenses"]),
        f'<div class="plots">{_key(list(enumerate(section.defenses)), marks=True)}<div class="pair">',
        _figure(
            draw(plots["trade-off"][0]),
            f"<b>Privacy against utility.</b> Worst {title} against test accuracy, with 95&nbsp;% intervals. "
            f"Lower right is better; on the dashed Pareto front no defense beats another in both.{coarse}",
        ),
        _figure(
            draw(plots["defenses"][0]),
            "<b>The strongest attack against each defense.</b> ROC on log axes: a lower curve gives less away. "
            + READ_ROC,
        ),
        "</div></div><h3>Every attack against every defense</h3>",
        '<p class="say">AUC; the deeper the colour, the more is given away. Framed: the strongest attack against '
        "that defense.</p>",
        _heat(section, tables["matrix"]),
        *(_defense(content, d, colour, draw) for d in section.defenses),
        "<h3>What the attacks cost</h3>",
        '<div class="pair"><div>' + html(tables["cost"]) + "</div>",
        _figure(
            draw(plots["cost"][0]),
            f"<b>Seconds of each attack's own work</b> against {sentences.name(section.defenses[0])}, all trials, "
            "on a log axis; models are trained once and shared by all attacks.",
        ),
        "</div>" + _made(section) + "</section>",
    ]
    return "".join(body)


def _figure(svg: str, caption: str) -> str:
    return f"<figure>{svg}<figcaption>{caption}</figcaption></figure>"


def _key(names: Sequence[tuple[int, str]], marks: bool = False) -> str:
    """A legend; its names can be pointed at, tapped and reached by keyboard. `marks`: with the marks of defenses."""
    items = []
    for number, name in names:
        dashes = DASHES[number // len(SERIES) % len(DASHES)]
        dash = "" if isinstance(dashes, str) else f' stroke-dasharray="{" ".join(str(2 * d) for d in dashes[1])}"'
        colour = f"var(--c{number % len(SERIES)})"
        mark = f'<path d="{MARKS[style.mark(number)]}" style="fill: {colour}"/>' if marks else ""
        stroke = f'<path d="M1 5H25" style="stroke: {colour}" stroke-width="2.2"{dash}/>'
        swatch = f'<svg viewBox="0 0 26 10" aria-hidden="true">{stroke}{mark}</svg>'
        items.append(f'<li class="k{number}" tabindex="0">{swatch}{escape(name)}</li>')
    return f'<ul class="key">{"".join(items)}</ul>'


def _heat(section: Section, table: Table) -> str:
    """The matrix as a heat map: depth by AUC above guessing; the strongest attack against each defense framed."""
    worst = {d: section.strongest(d).auc for d in section.defenses}
    top = max(0.55, *(w.ends[0] for w in worst.values()))

    def shade(column: int, value: Cell) -> tuple[float, bool] | None:
        if not isinstance(value, Value) or value.mean is None:
            return None
        depth = max(0.0, (value.mean - 0.5) / (top - 0.5))
        return depth, value is worst[section.defenses[column - 1]]

    return html(table, shade)


def _defense(content: Content, defense: str, colour: dict[str, int], draw: Callable[[Plot], str]) -> str:
    section, plots = content.section, content.plots
    rows = section.against(defense)
    opened = " open" if defense == section.defenses[0] else ""
    best = section.strongest(defense)
    names = [(colour[r.attack.name], r.attack.name) for r in rows]
    roc = f"<b>ROC, both axes logarithmic.</b> Mean over trials; the left edge is what low alarms cost. {READ_ROC}"
    verdicts = (
        "<b>Verdicts.</b> Each curve follows one attack while its demand on precision goes from 50 % (right) to 100 % "
        "(left), thresholds set on the shadow model. Bands: exact 95&nbsp;% intervals. Dotted: guessing."
    )
    return (
        f'<details class="defense"{opened}><summary>Attacks against {sentences.name(defense)}<small>strongest: '
        f"{sentences.name(best.attack.name)}, AUC {best.auc.mean:.3f}</small></summary>"
        + html(content.tables[f"attacks--{defense}"])
        + f'<div class="plots">{_key(names)}<div class="pair">'
        + _figure(draw(plots[f"roc--{defense}"][0]), roc)
        + _figure(draw(plots[f"precision-recall--{defense}"][0]), verdicts)
        + "</div></div><h4>How scores spread</h4>"
        + '<p class="say">Share of <span class="of1">members</span> and <span class="of0">non-members</span> by score, '
        "on a log axis; the less they overlap, the more is given away. The outermost bins hold all beyond.</p>"
        + _panels(plots[f"scores--{defense}"], draw)
        + _hard(plots.get(f"difficulty--{defense}", []), draw)
        + "</details>"
    )


def _hard(plots: list[Plot], draw: Callable[[Plot], str]) -> str:
    if not plots:
        return ""
    return (
        '<h4>Which members are found</h4><p class="say">Members by difficulty, the mean loss that reference models '
        'have on them: <span class="of1">identified</span> at a demand for 90&nbsp;% precision, or '
        '<span class="muted">missed</span>. Counts on a log axis; hard members to the right (as in Figure 17 of the '
        "HP-MIA paper).</p>" + _panels(plots, draw)
    )


def _panels(plots: Sequence[Plot], draw: Callable[[Plot], str]) -> str:
    made = "".join(f"<figure><figcaption>{escape(p.title)}</figcaption>{draw(p)}</figure>" for p in plots)
    return f'<div class="panels">{made}</div>'


def _made(section: Section) -> str:
    rows = "".join(
        f"<dt>{term}</dt><dd>{f'<code>{escape(text)}</code>' if term == 'command' else escape(text)}</dd>"
        for term, text in provenance.facts(section)
    )
    return f'<details class="made"><summary>How these numbers were made</summary><dl>{rows}</dl></details>'
