"""Tables 1 to 6 in the paper's layout, the paper's number before ours. Pure functions of numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from benchmarks.papers.hp_mia import demand, why
from benchmarks.papers.hp_mia.settings import LAMBDAS, PAPER, SETTINGS, undecided
from benchmarks.papers.kit import NOT_RUN, Numbers, Setting, Table, heading, markdown, percent, ratio

LABELS = {
    "c-loss": "C-Loss",
    "c-conf": "C-Conf",
    "lira-offline": "offline LiRA",
    "attack-r": "Ye et al.",
    "two-stage": "Two-stage",
    "two-stage-lira": "Two-stage (offline LiRA)",
    "loss": "Loss",
    "conf": "Conf",
    "mentr": "Mentr",
}
HUNGRY = "offline LiRA and Ye et al."  # attacks that have as many references as a column's `likelihood`
ALPHAS = ("0.9", "0.98", "1")
SIDE_BY_SIDE = 4  # data sets in one table, so that it fits a page
ROWS = ("c-loss", "c-conf", "lira-offline", "two-stage")  # of Tables 2 and 3


def targets(run: Numbers) -> int:
    """How many targets the numbers of Tables 1-5 of a suite are of."""
    return len(run["attacks"]["two-stage"]["verdicts"]["0.9"]["tp"])


def count(verdict: Numbers) -> str:
    """TP a target, as the paper counts, with the interval of the recall; `*` where alpha was not reached."""
    number = len(verdict["tp"])
    each = verdict["members"] / number
    low, high = (each * verdict["recall"][k] for k in ("low", "high"))
    star = "" if verdict["reached"] else "*"
    return f"{sum(verdict['tp']) / number:.0f}{star} [{low:.0f}, {high:.0f}]"


def head(setting: Setting, run: Numbers) -> str:
    """The setting's title with what is to be known of its run, where there is one."""
    if "attacks" not in run:
        return setting.title
    mark = undecided(setting.suite, run)
    return heading(setting, run["about"], *([mark] if mark else []))


def _columns(
    rows: Callable[[Sequence[Setting], dict[str, Numbers]], list[list[str]]],
) -> Callable[[Sequence[Setting], dict[str, Numbers]], str]:
    """A table with a column for each setting, from its rows; several tables where there are more than SIDE_BY_SIDE."""

    def table(settings: Sequence[Setting], numbers: dict[str, Numbers]) -> str:
        parts = [settings[i : i + SIDE_BY_SIDE] for i in range(0, len(settings), SIDE_BY_SIDE)]
        return "\n\n".join(one(part, numbers) for part in parts)

    def one(settings: Sequence[Setting], numbers: dict[str, Numbers]) -> str:
        made = rows(settings, numbers)
        left = len(made[0]) - len(settings)
        heads = [""] * left + [head(s, numbers.get(s.suite, {})) for s in settings]
        return markdown(made, heads, left)

    return table


def _cells(
    settings: Sequence[Setting], numbers: dict[str, Numbers], paper: dict[str, str], ours: Callable[[Numbers], str]
) -> list[str]:
    """One cell a setting: the `paper`'s number by suite, and `ours` of a suite's numbers."""
    cells = []
    for setting in settings:
        run = numbers.get(setting.suite, {})
        own = ours(run) if "attacks" in run else NOT_RUN
        cells.append(f"{paper[setting.suite]} / {own}" if setting.group == "paper" else own)
    return cells


def _accuracy(settings: Sequence[Setting], numbers: dict[str, Numbers]) -> list[list[str]]:
    def ours(which: str, run: Numbers) -> str:
        return percent(run["accuracy"][which])

    rows = []
    for which in ("train", "test"):
        paper = {s: f"{v:g} %" for s, v in PAPER["table1_target_accuracy_percent"][which].items()}
        rows.append([f"{which} accuracy", *_cells(settings, numbers, paper, partial(ours, which))])
    return rows


def _deciding(ours: Callable[[Numbers], str]) -> Callable[[Numbers], str]:
    """The same where a suite's numbers decide something; elsewhere why they do not."""
    return lambda run: undecided(run["about"]["suite"], run) or ours(run)


# A row of Tables 2 and 3: its name, the paper's field, the paper's unit, and our form of a verdict.
_FORMS: tuple[tuple[str, str, str, Callable[[Numbers], str]], ...] = (
    ("TP", "tp", "", count),
    ("recall", "recall_percent", " %", lambda verdict: percent(verdict["recall"], 2)),
    ("precision", "precision_percent", " %", lambda verdict: percent(verdict["precision"])),
)


def _attacks(key: str, alpha: str, settings: Sequence[Setting], numbers: dict[str, Numbers]) -> list[list[str]]:
    def ours(attack: str, form: Callable[[Numbers], str], run: Numbers) -> str:
        return form(run["attacks"][attack]["verdicts"][alpha])

    rows = []
    for attack in ROWS:
        for name, field, unit, form in _FORMS:
            paper = {s: f"{v[field]:g}{unit}" for s, v in PAPER[key][attack].items()}
            cells = _cells(settings, numbers, paper, _deciding(partial(ours, attack, form)))
            rows.append([LABELS[attack] if name == "TP" else "", name, *cells])
    return rows


def _auc(settings: Sequence[Setting], numbers: dict[str, Numbers]) -> list[list[str]]:
    def ours(attack: str, run: Numbers) -> str:
        return ratio(run["attacks"][attack]["auc"])

    rows = []
    for attack, known in PAPER["table4_auc"].items():
        paper = {s: f"{v:.4f}" for s, v in known.items()}
        rows.append([LABELS[attack], *_cells(settings, numbers, paper, _deciding(partial(ours, attack)))])
    return rows


def _uncalibrated(settings: Sequence[Setting], numbers: dict[str, Numbers]) -> list[list[str]]:
    def ours(attack: str, run: Numbers) -> str:
        verdict = run["attacks"][attack]["verdicts"]["0.9"]
        return percent(verdict["precision"]) + ("" if verdict["reached"] else " *")

    rows = []
    for attack, known in PAPER["table5_alpha_0.90_precision_percent"].items():
        paper = {s: "-" if v is None else f"{v:g} %" for s, v in known.items()}
        rows.append([LABELS[attack], *_cells(settings, numbers, paper, _deciding(partial(ours, attack)))])
    return rows


def _lambdas(settings: Sequence[Setting], numbers: dict[str, Numbers]) -> str:
    heads = [lambdas_head(s, numbers.get(s.suite, {}).get("lambdas")) for s in settings]
    return "\n\n".join(f"**{head}**\n\n{_factors(s, numbers)}" for head, s in zip(heads, settings, strict=True))


def lambdas_head(setting: Setting, found: Numbers | None) -> str:
    """The same for Table 6, whose numbers are `found`."""
    if found is None:
        return setting.title
    mark = unlearnt(found)
    return heading(setting, found["about"], *([mark] if mark else []))


def unlearnt(found: Numbers) -> str:
    """Why Table 6 of a suite decides nothing: its undefended targets have not memorised; "" where they have."""
    return undecided(found["about"]["suite"], found["rows"]["0"]) if "0" in found["rows"] else ""


def _factors(setting: Setting, numbers: dict[str, Numbers]) -> str:
    found = numbers.get(setting.suite, {}).get("lambdas", {}).get("rows", {})
    rows = []
    for spelling in LAMBDAS:
        train, test, tp, precision = PAPER["table6_l2_two_stage_alpha_0.90"][setting.suite][spelling]
        cells = [NOT_RUN] * 4
        if spelling in found:
            row, mark = found[spelling], unlearnt(numbers[setting.suite]["lambdas"])
            verdict = row["verdicts"]["0.9"]
            cells = [percent(row["accuracy"][k]) for k in ("train", "test")]
            cells += [mark or count(verdict), mark or percent(verdict["precision"])]
        known = (f"{train:g} %", f"{test:g} %", f"{tp:g}", f"{precision:g} %")
        rows.append([spelling, *(f"{k} / {c}" for k, c in zip(known, cells, strict=True))])
    return markdown(rows, ["lambda", "train accuracy", "test accuracy", "TP", "precision"])


def _demand(settings: Sequence[Setting], numbers: dict[str, Numbers]) -> str:
    """A row an attack, a column a demand, over all targets of the settings."""
    runs = demand.deciding(settings, numbers)
    names = [name for name in LABELS if all(name in run["attacks"] for run in runs)]
    rows = [[LABELS[n], *(_missed(demand.of_one(runs, n, alpha)) for alpha in ALPHAS)] for n in names]
    return markdown(rows, ["", *(f"alpha = {100 * float(a):g} %" for a in ALPHAS)]) if runs else ""


def _missed(of: demand.Missed) -> str:
    return f"{of.below} ({of.surely}) of {of.games}" + (f", by {100 * of.by:.1f}" if of.below else "")


def _shadows(settings: Sequence[Setting], numbers: dict[str, Numbers]) -> str:
    """Rows by attack and demand, a column for each number of shadow models."""
    runs = [run for run in demand.deciding(settings, numbers) if "shadows" in run]
    rows = []
    for name in demand.POOLING:
        for alpha in ALPHAS:
            gains = [demand.of_several(runs, name, alpha, number) for number in demand.SHADOWS]
            label = LABELS[name] if alpha == ALPHAS[0] else ""
            rows.append([label, f"{100 * float(alpha):g} %", *("-" if g is None else _gain(g) for g in gains)])
    heads = ["", "alpha", *(f"{number} shadow models" for number in demand.SHADOWS)]
    return markdown(rows, heads, 2) if runs else ""


def _gain(of: demand.Gain) -> str:
    return f"{of.several.below} for {of.one.below} of {of.one.games}, TP x {of.kept:.2f}"


def _why(settings: Sequence[Setting], numbers: dict[str, Numbers]) -> str:
    rows = []
    for run in (run for run in demand.deciding(settings, numbers) if "why" in run):
        lead, answer = why.lead(run), {True: "pays", False: "does not", None: "open"}[why.pays(run)]
        told = "{difference:+.4f} [{low:+.4f}, {high:+.4f}]".format(**lead)
        values = [f"{100 * of:.1f} %" for of in why.quantities(run).values()]
        rows.append([SETTINGS[run["about"]["suite"]].title, f"{told}: {answer}", *values])
    return markdown(rows, ["", "lead of AUC", *why.QUANTITIES.values()]) if rows else ""


_ALL = tuple(SETTINGS)
TABLES = {
    "table1": Table(caption="Accuracy of the target model", suites=_ALL, make=_columns(_accuracy)),
    "table2": Table(
        caption="Attacks at a precision demand of alpha = 98 %",
        suites=_ALL,
        make=_columns(partial(_attacks, "table2_alpha_0.98", "0.98")),
        likelihood=HUNGRY,
    ),
    "table3": Table(
        caption="Attacks at a precision demand of alpha = 100 %",
        suites=_ALL,
        make=_columns(partial(_attacks, "table3_alpha_1.00", "1")),
        likelihood=HUNGRY,
    ),
    "table4": Table(caption="AUC of different attacks", suites=_ALL, make=_columns(_auc), likelihood=HUNGRY),
    "table5": Table(
        caption="Precision of uncalibrated scores at alpha = 90 %", suites=_ALL, make=_columns(_uncalibrated)
    ),
    "table6": Table(
        caption="Two-stage against L2 of which the adversary does not know, alpha = 90 %",
        suites=("fashion_mnist", "cifar10_alexnet"),
        measures=("lambdas",),
        block="lambdas",
        make=_lambdas,
    ),
    "table7": Table(
        caption="Not in the paper: targets on which the precision lies below the demand, surely so, and by how many "
        "points on average",
        suites=_ALL,
        make=_demand,
        likelihood=HUNGRY,
    ),
    "table8": Table(
        caption="Not in the paper: targets on which the precision lies below the demand with several shadow models "
        "for one",
        suites=_ALL,
        measures=("shadows", "main"),
        make=_shadows,
        likelihood=HUNGRY,
    ),
    "table9": Table(
        caption="Not in the paper: two-stage's lead over the nearest other attack, and what may explain it",
        suites=_ALL,
        measures=("why", "main"),
        make=_why,
        likelihood=HUNGRY,
    ),
}
