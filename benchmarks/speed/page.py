"""docs/speed.md from the committed results. Pure: the same bytes whenever it is made again."""

from __future__ import annotations

from typing import Any

from tabulate import tabulate

from benchmarks.speed.audit.page import section
from benchmarks.speed.derived import AIMED_AT, TARGETS, Derived, derive
from benchmarks.speed.results import slug

Result = dict[str, Any]
EXPECTED = ("NVIDIA H200",)  # devices that the targets speak of

HEAD = """\
# Speed

How long training takes with `models.fit` (the engine) and with the loop that textbooks and other suites use
(`benchmarks/speed/textbook.py`: a DataLoader that shuffles, eager float32 modules, default Adam, one model after
another). Both train the same networks with the same batches on the same device in one run, in turns, so that a drift of
the machine meets both.

- **Seconds a model** are those of the suite's whole recipe: seconds of a model-step times the recipe's steps.
- **Seconds of a model-step** are the difference of two calls, one of one epoch and one of several, over the steps
  between them, so that what a call pays once (initial weights, moving data, recording) is in neither side's number.
  The loop trains one model, since more take as many times longer. Rows are measured three times, those that would
  take the loop very long once (and where models take turns, with sixteen of them in the shorter call); numbers are
  medians, brackets the least and the greatest.
- **Records** are uniform random numbers of the right shape, on which speed does not depend. Neither side augments,
  though the CIFAR suites do.
- **The floor** is what a step needs at least: its products at the rate of one large matrix product in the same
  precision (bfloat16 for mixed), or the bytes that it must move (Adam's state, and all that is kept for the backward
  pass) at the rate of one large copy, whichever takes longer. Both rates are measured in the same run, before and
  after the rest. Small models that stay in the caches can go below a floor of memory, and fp32 convolutions on
  NVIDIA devices below one of arithmetic, as they may use TF32.
- **Mixed** is the engine in bfloat16 with float32 weights; the loop is float32 in every row.

Made by `make speed` on an otherwise idle machine, which takes about ten minutes on a CPU and half an hour on a GPU; it
writes `results/speed/DEVICE.json`, and this page from all of them. Rows that a device lacks were not measured there.
Rows that other work on the machine had spoilt (a call that took no longer than a shorter one, or a rate above the
floor's) were measured again in the same way: `-k ROW` chooses rows, and of several runs the last counts. On the CPU,
the rows of one lone model in mixed precision are of a later version of the engine than the rest, which for one model
alone takes all threads. Several of purchase100-mlp in fp32 were trained in turn then; now they are trained side by
side, one a thread, as all Mlps of up to two million parameters, which these rows do not show yet."""


def page(
    results: list[Result],
    agreement: dict[str, Any] | None,
    audit: dict[str, Any] | None = None,
    forms: dict[str, Any] | None = None,
) -> str:
    """The page of all devices' results, of convolutions on a GPU, of what models are worth, and of the whole audit."""
    sections = [HEAD]
    for result in results:
        sections += _device(result)
    measured = {slug(r["device"]) for r in results}
    missing = [name for name in EXPECTED if slug(name) not in measured]
    if missing:
        sections += ["## Not measured", "\n".join(f"- {name}: not measured yet" for name in missing)]
    if forms is not None:
        sections += _forms(forms)
    if agreement is not None:
        sections += _agreement(agreement)
    if audit is not None:
        sections += section(audit)
    return "\n\n".join(sections) + "\n"


def image(result: Result) -> str:
    """The file name of a device's plot."""
    return f"speed-{slug(result['device'])}.png"


def _device(result: Result) -> list[str]:
    rows = [derive(result, row) for row in result["rows"]]
    floors, versions = result["floors"], ", ".join(f"{k} {v}" for k, v in sorted(result["versions"].items()))
    about = (
        f"Best of a large matrix product: {floors['fp32'] / 1e9:,.0f} GFLOP/s in fp32, "
        f"{floors['bf16'] / 1e9:,.0f} GFLOP/s in bfloat16; of a large copy: {floors['copy'] / 1e9:,.1f} GB/s, "
        f"read and written. Versions: {versions}."
    )
    targets = [(t.text, *t.verdict(rows)) for t in TARGETS[result["kind"]]]
    heading = f"Targets, set for {AIMED_AT[result['kind']]}:"
    return [
        f"## {result['device']}",
        about,
        heading,
        tabulate(targets, ["target", "reached", ""], "pipe", disable_numparse=True, colalign=("left", "right", "left")),
        f"![Seconds a model against the number of models](images/{image(result)})",
        _rows(rows),
        *_slower(rows),
        *_work(result),
        *_memory(result),
    ]


def _rows(rows: list[Derived]) -> str:
    heads = ["shape", "precision", "models", "engine, s a model", "textbook, s a model", "times as fast"]
    heads += ["model-steps/s", "GFLOP/s", "floor, s a model", "floor is", "engine / floor"]
    table = []
    for r in rows:
        spread = f" [{r.low:.2f}, {r.high:.2f}]" if r.low < r.high else ""
        table.append(
            [
                r.shape,
                r.precision,
                f"{r.cohort}",
                number(r.per_model),
                number(r.textbook),
                f"{r.ratio:.2f}{spread}",
                number(r.steps_per_second),
                number(r.flops_per_second / 1e9),
                number(r.floor),
                r.bound,
                number(r.per_model / r.floor),
            ]
        )
    align = ("left", "left", *["right"] * 7, "left", "right")
    return tabulate(table, heads, "pipe", disable_numparse=True, colalign=align)


def _slower(rows: list[Derived]) -> list[str]:
    """The rows where some round of the loop was the faster one."""
    found = [
        f"{r.cohort} x {r.shape} in {r.precision} ({r.ratio:.2f} [{r.low:.2f}, {r.high:.2f}])"
        for r in rows
        if r.low < 1
    ]
    return [f"In some round the textbook loop was the faster one: {', '.join(found)}."] if found else []


def number(value: float) -> str:
    """Three significant digits, without an exponent."""
    return f"{float(f'{value:.3g}'):,.10g}"


def _work(result: Result) -> list[str]:
    heads = ["shape", "network", "batch", "steps of the recipe", "parameters", "MFLOP a step", "MB moved a step, fp32"]
    table = []
    for name, s in sorted(result["shapes"].items(), key=lambda item: item[1]["flops"]):
        row = [name, f"`{s['network']}`", f"{s['batch']}", f"{s['steps']:,}", f"{s['parameters']:,}"]
        table.append([*row, number(s["flops"] / 1e6), number(s["floor_bytes"]["fp32"] / 1e6)])
    align = ("left", "left", *["right"] * 5)
    return ["What a model-step is:", tabulate(table, heads, "pipe", disable_numparse=True, colalign=align)]


def _forms(forms: dict[str, Any]) -> list[str]:
    rows = forms["rows"]
    heads = sorted({(r["width"], r["streams"]) for r in rows}, reverse=True)
    found = {(r["shape"], r["width"], r["streams"]): r["seconds"] for r in rows}
    table = []
    for name in dict.fromkeys(r["shape"] for r in rows):
        own = [found.get((name, *head)) for head in heads]
        best = min(s for s in own if s is not None)
        cells = ["" if s is None else number(s * 1e3) for s in own]
        table.append([name, *(f"**{cell}**" if s == best else cell for s, cell in zip(own, cells, strict=True))])
    text = (
        "Milliseconds of a model-step, 16 models in mixed precision: as stacks of so many models (grouped "
        "convolutions), which take turns on so many streams; stacks of 1 are the models apart. Every step is a "
        "recorded graph; one measurement a cell, made as `python -m benchmarks.speed.forms` makes it; "
        f"{forms['device']}, torch {forms['versions']['torch']}. So `models.fit` trains convolutional networks apart "
        "on eight streams, and those with BatchNorm, whose many layers are narrow, as one stack; but DenseNet, whose "
        "layers copy all that those before them made, goes apart, too: the command times it, this record does not yet."
    )
    titles = [
        "network",
        *(f"{width} a stack, {streams} stream{'s' if streams > 1 else ''}" for width, streams in heads),
    ]
    align = ("left", *["right"] * len(heads))
    return ["## Convolutions on a GPU", text, tabulate(table, titles, "pipe", disable_numparse=True, colalign=align)]


def _memory(result: Result) -> list[str]:
    if not result["memory"]:
        return []
    heads = ["shape", "precision", "models at once", "peak, MB", "predicted, MB", "peak / predicted"]
    table = []
    for m in result["memory"]:
        row = [m["shape"], m["precision"], f"{m['cohort']}", number(m["measured"] / 1e6), number(m["predicted"] / 1e6)]
        table.append([*row, f"{m['measured'] / m['predicted']:.2f}"])
    where = "allocated on the device" if result["kind"] == "cuda" else "resident in main memory"
    align = ("left", "left", *["right"] * 4)
    head = (
        f"Memory that training adds ({where}) against the prediction that sizes a cohort. "
        "Neither includes the records, nor what libraries load and compile once a process:"
    )
    return [head, tabulate(table, heads, "pipe", disable_numparse=True, colalign=align)] if table else []


def _agreement(agreement: dict[str, Any]) -> list[str]:
    about = (
        "Accuracy, and AUC of the loss attack, of models trained each way, each on its own random half of the records. "
        f"{agreement['sizes']}. Brackets are two-sample t intervals that hold together with 95 % (Bonferroni over "
        f"{agreement['family']}); they agree where 0 is inside. The loop is float32 in every row. Made by "
        f"`python -m benchmarks.speed.agreement DATA`; {agreement['device']}, torch {agreement['versions']['torch']}."
    )
    heads = ["data", "precision", "measure", "textbook", "engine", "engine - textbook", "agree"]
    table = []
    for r in agreement["rows"]:
        row = [r["dataset"], r["precision"], r["measure"], f"{r['textbook']:.4f}", f"{r['engine']:.4f}"]
        agree = "yes" if r["low"] <= 0 <= r["high"] else "no"
        table.append([*row, f"{r['difference']:+.4f} [{r['low']:+.4f}, {r['high']:+.4f}]", agree])
    align = ("left", "left", "left", *["right"] * 3, "left")
    rows = tabulate(table, heads, "pipe", disable_numparse=True, colalign=align)
    return ["## The models are as good, and leak as much", about, rows]
