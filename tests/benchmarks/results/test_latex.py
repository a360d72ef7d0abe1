"""LaTeX tables: what is bold, what gives way, and that a real LaTeX finds everything to fit."""

import re
import shutil
import subprocess

import pytest
from invented import runs

from benchmarks.report import rankings
from benchmarks.report.drawing import on_paper
from benchmarks.report.section import sections
from benchmarks.report.writing import made as contents_of
from benchmarks.results.latex import COLUMN, PAGE, fitting, label, latex
from benchmarks.results.record import Value
from benchmarks.results.tables import Column, Table

SCORES = [Value(0.8, 0.75, 0.85), Value(0.78, 0.74, 0.82), Value(0.6, 0.55, 0.65)]


def table(best, values=SCORES, **more):
    columns = [Column("attack"), Column("AUC", "ratio", True, best=best), Column("n", "count", **more)]
    return Table("t", "Of all", columns, [[f"a{i}", v, 7] for i, v in enumerate(values)])


def bold(of):
    return re.findall(r"\\textbf\{([^}]*)\}", latex(of))


def test_the_best_is_bold_and_whoever_ties_with_it():
    assert bold(table(1)) == ["0.800", "0.780"]
    assert bold(table(-1)) == ["0.600"]
    assert bold(table(0)) == []
    assert bold(table(1, SCORES[:2])) == []  # all tie: nobody is ahead
    assert bold(table(1, [SCORES[0], None, SCORES[2]])) == ["0.800"]


def test_exact_numbers_tie_where_they_are_equal():
    assert bold(table(1, [0.5, 0.25, 0.5])) == ["0.500", "0.500"]
    assert bold(table(-1, [2.0, 1.0, 1.0])) == ["1.000", "1.000"]


def test_a_table_is_written_as_worked_by_hand():
    """By AUC the first two tie and the third is behind; of the exact numbers one is the best."""
    columns = [Column("attack"), Column("AUC", "ratio", True, best=1), Column("TPR at 1 % FPR", "share", best=1)]
    rows = [["two-stage", SCORES[0], 0.25], ["a_b", SCORES[1], 0.125], ["gap", SCORES[2], None]]
    assert (
        latex(Table("attacks", "A & B", columns, rows), stem="digits")
        == r"""% \usepackage{booktabs}
\begin{table}
\centering\footnotesize\setlength{\tabcolsep}{3.5pt}
\caption{A \& B. Below each number: its 95\,\% interval. Bold: the best, and all whose intervals overlap with its.}
\label{tab:digits--attacks}
\begin{tabular}{@{}lrr@{}}
\toprule
attack & AUC & \begin{tabular}[b]{@{}r@{}}TPR at 1~\%\\FPR\end{tabular} \\
\midrule
two-stage & \textbf{0.800} & \textbf{25.0~\%} \\
{} & {\scriptsize [0.750, 0.850]} &  \\
a\_b & \textbf{0.780} & 12.5~\% \\
{} & {\scriptsize [0.740, 0.820]} &  \\
gap & 0.600 & -- \\
{} & {\scriptsize [0.550, 0.650]} &  \\
\bottomrule
\end{tabular}
\end{table}
"""
    )


def test_no_two_tables_of_a_report_have_one_label():
    made = sections(runs()[:96])
    stems = [("", t) for t in rankings.tables(made).values()]
    stems += [(c.id, t) for c in contents_of(made) for t in c.tables.values()]
    labels = [re.search(r"\\label\{(.*)\}", latex(of, stem=stem))[1] for stem, of in stems]
    assert len(labels) == len(set(labels)) > 14


def test_columns_that_give_way_go_first_and_those_asked_for_stay():
    columns = [Column("attack"), *(Column(f"number {i}", "ratio", True, more=i < 8) for i in range(10))]
    wide = Table("t", "c", columns, [["a", *[SCORES[0]] * 10]])
    shown = fitting(wide, COLUMN)
    assert shown[0] == 0
    assert {9, 10} <= set(shown)
    assert len(shown) < len(fitting(wide, PAGE)) < 11
    assert fitting(wide, COLUMN, ["Number 3", "number-1"]) == [0, 2, 4]
    assert fitting(wide, COLUMN, ["elsewhere"]) == shown


def test_long_tables_end_with_the_page_and_say_so():
    long = table(1, [Value(0.9 - i / 100, 0.8 - i / 100, 0.95) for i in range(40)])
    made = latex(long)
    assert "The first 22 of 40." in made
    assert "a21 " in made
    assert "a22 " not in made


def test_labels_are_such_that_latex_takes_them():
    assert label("attacks--l2(0.1), é") == "tab:attacks--l2-0.1----"
    assert r"\label{tab:digits--t}" in latex(table(1), stem="digits")


@pytest.mark.skipif(
    shutil.which("pdflatex") is None, reason="needs pdflatex (apt-get install texlive-latex-recommended)"
)
@pytest.mark.parametrize("width", [PAGE, COLUMN])
def test_an_article_of_every_table_and_figure_has_no_overfull_box(width, tmp_path):
    made = sections(runs()[:96])
    contents = contents_of(made)
    tables = [("", t) for t in rankings.tables(made).values()]
    tables += [(c.id, t) for c in contents for t in c.tables.values()]
    body = [latex(of, width, stem=stem) for stem, of in tables]
    for name in ("roc--none", "trade-off", "matrix", "cost") if width == COLUMN else ("scores--none",):
        (tmp_path / f"{name}.pdf").write_bytes(on_paper(contents[0].plots[name], ["pdf"])["pdf"])
        body.append(rf"\begin{{figure}}\includegraphics{{{name}.pdf}}\caption{{A figure.}}\end{{figure}}")
    body += [rf"Table~\ref{{{label(f'{stem}--{of.name}' if stem else of.name)}}}." for stem, of in tables]
    options = "[twocolumn]" if width == COLUMN else ""
    head = rf"\documentclass{options}{{article}}\usepackage{{booktabs,graphicx}}\begin{{document}}"
    (tmp_path / "a.tex").write_text(
        "\n".join([head, "\n\\clearpage\n".join(body), r"\end{document}"]), encoding="utf-8"
    )
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "a.tex"]
    for _ in range(2):  # labels are known the second time
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, timeout=120)
    log = (tmp_path / "a.log").read_text(encoding="latin-1")
    assert done.returncode == 0, log[-2000:]
    assert not re.findall(r"Overfull.*|Float too large.*|.*undefined.*|.*multiply defined.*", log)
