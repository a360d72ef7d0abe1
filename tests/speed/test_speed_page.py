"""Work, reduction, targets and page of the speed benchmarks, against numbers worked by hand."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.speed import home, page, plot, results, timing
from benchmarks.speed.__main__ import main, render
from benchmarks.speed.derived import TARGETS, derive
from benchmarks.speed.shapes import SHAPES, Shape
from benchmarks.training.suites import find
from datasets import SixSplit
from models import Mlp, Recipe

ROOT = Path(__file__).parents[2]
RECIPE = Recipe(epochs=3, batch=4, learning_rate=0.001)
TINY = Shape("tiny", replace(find("digits"), network=Mlp(hidden=(6,)), recipe=RECIPE, protocol=SixSplit(10)), (5,), 3)


def test_committed_page_is_what_the_committed_results_render_to():
    found, agreement = results.read(ROOT / "results" / "speed")
    assert (ROOT / "docs" / "speed.md").read_text() == page.page(
        found,
        agreement,
        *(results.beside(ROOT / "results" / "speed", name) for name in (results.AUDIT, results.FORMS)),
    )
    assert all((ROOT / "docs" / "images" / page.image(r)).exists() for r in found)


def replace_suite(shape, **changes):
    return replace(shape, suite=replace(shape.suite, **changes))


def test_steps_and_data_of_a_shape():
    assert (TINY.steps_per_epoch, TINY.steps) == (3, 9)
    assert [len(TINY.data(steps)[1]) for steps in (1, 2, 3, 9)] == [4, 8, 10, 10]
    assert [s.steps for s in SHAPES] == [600, 20000, 12000, 20000, 40000]
    assert SHAPES[0].cohorts("cuda") == (1, 4, 16, 32, 64, 100)
    assert SHAPES[1].cohorts("cpu") == (1, 4, 16, 64)


@pytest.mark.parametrize(("step", "steps"), [(10.0, 1), (0.2, 2), (1e-4, 3)])
def test_an_epoch_is_as_long_as_time_allows_and_no_longer_than_the_suites(step, steps):
    assert timing.steps_of_epoch(TINY, "cpu", step) == steps


def test_epochs_follow_from_how_long_they_take(monkeypatch):
    monkeypatch.setattr(timing, "seconds", lambda call, epochs: 1.0 + 0.01 * epochs)  # 1 s is paid once
    assert timing.epochs_for(None, 1.0) == 100
    monkeypatch.setattr(timing, "seconds", lambda call, epochs: 5.0 + 0.01 * epochs)
    assert timing.epochs_for(None, 1.0) == pytest.approx(250, rel=0.01)  # half of what one epoch takes
    monkeypatch.setattr(timing, "seconds", lambda call, epochs: 2.0 + 7.0 * epochs)
    assert timing.epochs_for(None, 1.0) == 1


def test_engine_step_is_the_difference_without_what_is_paid_once():
    row = {"shape": "s", "precision": "fp32", "cohort": 8, "steps": 5, "short": [8.0, 9.0], "short_models": 8}
    assert timing.engine_step(row, [16.0, 19.0]) == pytest.approx([0.2, 0.25])
    assert timing.engine_step(row | {"short": [2.0], "short_models": 2}, [16.0]) == pytest.approx([0.2])
    with pytest.raises(ValueError, match="too busy"):
        timing.engine_step(row, [16.0, 9.0])


def test_measure_alternates_and_brackets_the_engine_with_the_loop(monkeypatch):
    order = []
    train, fit = timing.textbook.train, timing.fit
    monkeypatch.setattr(timing.textbook, "train", lambda *a: (order.append("A"), train(*a))[1])
    monkeypatch.setattr(timing, "fit", lambda task: (order.append("B"), fit(task))[1])
    monkeypatch.setattr(timing, "epochs_for", lambda call, wanted: 20)

    def pedantic(call, setup, rounds):
        order.clear()
        for _ in range(rounds):
            setup()
            call()

    row = timing.measure(timing.Case(TINY, "fp32", 2, "cpu"), pedantic)
    assert "".join(order) == "AABB" * 3 + "AA"
    assert (len(row["textbook"]), len(row["short"])) == (4, 3)
    assert (row["steps"], row["short_models"]) == (3 * 20, 2)


def heavy(monkeypatch, kind, width):
    monkeypatch.setattr(timing, "HEAVY", 0.0)
    monkeypatch.setattr(timing, "cohort_width", lambda task: width)
    monkeypatch.setattr(timing, "epochs_for", lambda call, wanted: 5)
    trained = []
    monkeypatch.setattr(timing, "engine_call", lambda case, models, steps: lambda e: trained.append((models, e)))
    monkeypatch.setattr(timing.Case, "kind", kind)
    row = timing.measure(
        timing.Case(TINY, "fp32", 64, "cpu"), lambda call, setup, rounds: [(setup(), call()) for _ in range(rounds)]
    )
    return trained, row["short_models"]


def test_heavy_rows_are_measured_once_and_on_a_cpu_with_a_short_call_of_few_models(monkeypatch):
    assert heavy(monkeypatch, "cpu", 1) == ([(1, 1), (16, 1), (64, 2)], 16)
    assert heavy(monkeypatch, "cpu", 3) == ([(1, 1), (18, 1), (64, 2)], 18)


def test_heavy_rows_on_a_gpu_train_the_whole_cohort_in_both_calls(monkeypatch):
    assert heavy(monkeypatch, "cuda", 128) == ([(64, 1), (64, 1), (64, 6)], 64)


def entry(seconds, **extra):
    return {"extra_info": extra, "stats": {"data": seconds}}


def a_run(**changed):
    where = ABOUT | changed
    row = {"shape": "digits-mlp", "precision": "fp32", "cohort": 32, "steps": 10, "short_models": 32}
    row |= {"short": [1.0, 1.0], "textbook": [0.01, 0.03, 0.03]}
    floors = [entry([2.0, 1.0, 4.0], floor=name, amount=1e10, machine=where) for name in ("fp32", "bf16", "copy")]
    again = [entry([0.5], floor="copy", amount=1e10, machine=where)]
    memory = {"shape": "digits-mlp", "precision": "fp32", "cohort": 32, "measured": 3000000, "predicted": 2000000}
    return [*floors, entry([1.64, 1.96], row=row), *again, entry([9.0], memory=memory)]


ABOUT = {"device": "Test CPU, 2 threads", "kind": "cpu", "versions": {"torch": "2"}}


def test_a_run_is_reduced_to_rates_and_steps():
    result = results.reduce(a_run())
    assert result["floors"] == {"fp32": 1e10, "bf16": 1e10, "copy": 2e10}
    assert result["rows"][0]["engine"] == [0.002, 0.003]
    row = derive(result, result["rows"][0])
    assert (row.low, row.high, row.ratio) == pytest.approx((10, 10, 10))  # 0.02 / 0.002 and 0.03 / 0.003
    assert row.per_model == pytest.approx(600 * 0.0025)
    assert row.textbook == pytest.approx(600 * 0.03)
    flops = result["shapes"]["digits-mlp"]["flops"]
    assert row.flops_per_second == pytest.approx(flops / 0.0025)
    assert (row.floor, row.bound) == (pytest.approx(600 * flops / 1e10), "arithmetic")


def test_the_floor_is_memory_where_that_takes_longer():
    result = results.reduce(a_run())
    result["floors"]["copy"] = 1e3
    row = derive(result, result["rows"][0])
    moved = result["shapes"]["digits-mlp"]["floor_bytes"]["fp32"]
    assert (row.floor, row.bound) == (pytest.approx(600 * moved / 1e3), "memory")


def test_runs_without_rows_or_from_too_busy_a_machine_are_refused():
    run = a_run()
    run[3]["extra_info"]["row"]["textbook"][1] = -0.1
    with pytest.raises(ValueError, match="too busy"):
        results.reduce(run)
    assert results.reduce(run + a_run()) == results.reduce(a_run())  # measured again
    with pytest.raises(ValueError, match="3 floors"):
        results.reduce([])


def whole(kind, ratio):
    result = results.reduce(a_run(kind=kind))
    device = "cuda" if kind == "cuda" else "cpu"
    result["rows"] = [
        {"shape": s.name, "precision": p, "cohort": k, "steps": 1, "engine": [1e-4], "textbook": [ratio * 1e-4] * 2}
        for s in SHAPES
        for p in s.precisions
        for k in s.cohorts(device)
    ]
    return result


def verdicts(result):
    rows = [derive(result, row) for row in result["rows"]]
    return [target.verdict(rows)[1] for target in TARGETS[result["kind"]]]


def test_targets_are_met_or_not_by_the_numbers():
    assert verdicts(whole("cpu", 6.0001)) == ["met"] * 4
    assert verdicts(whole("cpu", 2.4999)) == ["not met", "not met", "met", "met"]
    assert verdicts(whole("cpu", 0.9999)) == ["not met"] * 4
    assert verdicts(results.reduce(a_run())) == ["met", *["not measured"] * 3]
    # 102 models x 12,000 and 20,000 steps x 0.1 ms are 122 s (of 120) and 204 s (of 180)
    assert verdicts(whole("cuda", 29.0)) == ["not met", "not met", "met", "met", "not met", "not met"]


def test_one_slow_row_is_enough_to_miss_the_last_target():
    result = whole("cpu", 7.0)
    result["rows"][-1]["textbook"] = [0.5e-4] * 2
    assert verdicts(result) == ["met", "met", "met", "not met"]


def test_page_shows_rows_targets_memory_and_what_is_missing():
    text = page.page([results.reduce(a_run())], None)
    assert "| digits-mlp | fp32        |       32 |" in text
    assert "10.00" in text
    assert "1.50 |" in text
    assert "NVIDIA H200: not measured" in text
    assert "NVIDIA H200: not measured" not in page.page([whole("cuda", 30) | {"device": "NVIDIA H200"}], None)


def test_results_are_written_read_and_rendered(tmp_path):
    folder = tmp_path / "results" / "speed"
    (tmp_path / "docs").mkdir()
    result = whole("cpu", 7.0)
    path = results.write(result, folder)
    assert path.name == "test-cpu-2-threads.json"
    assert results.read(folder) == ([result], None)
    render(tmp_path)
    assert (tmp_path / "docs" / "speed.md").read_text() == page.page([result], None)
    assert (tmp_path / "docs" / "images" / "speed-test-cpu-2-threads.png").stat().st_size > 1000
    path.write_text(json.dumps({"schema": 9}))
    with pytest.raises(ValueError, match="schema 1, got 9"):
        results.read(folder)


def test_plot_has_a_panel_a_shape_on_log_axes():
    figure = plot.figure(whole("cpu", 7.0))
    panels = figure.axes[:5]
    assert [p.get_title() for p in panels] == [s.name for s in SHAPES]
    assert all(p.get_xscale() == p.get_yscale() == "log" for p in panels)


def test_an_unreadable_run_is_said_in_one_line(tmp_path, capsys):
    assert main([str(tmp_path / "none.json")]) == 2
    assert "none.json" in capsys.readouterr().err
    (tmp_path / "part.json").write_text(json.dumps({"benchmarks": a_run()[:3]}))
    assert main([str(tmp_path / "part.json")]) == 2
    assert "3 floors and some rows, got 3 and 0" in capsys.readouterr().err


def lacks_a_size():
    run = a_run()
    del run[-1]["extra_info"]["memory"]["predicted"]
    return run


def is_of_no_shape():
    run = a_run()
    run[3]["extra_info"]["row"]["shape"] = "other"
    return run


@pytest.mark.parametrize(
    ("benchmarks", "words"),
    [
        ([{}], "got another file"),
        ({"a": 1}, "got another file"),
        ([3], "got another file"),
        ([entry([], floor="fp32")], "got another file"),
        ([entry(["x"], floor="fp32")], "got another file"),
        ([*a_run(), entry([1.0], floor="fp32")], "other benchmarks (KeyError: 'amount')"),
        ([*a_run(), entry([0.0], floor="fp32", amount=1, machine=ABOUT)], "other benchmarks (ZeroDivisionError"),
        ([*a_run(), entry([1.0], row={})], "other benchmarks (KeyError: 'shape')"),
        ([*a_run(), entry([1.0], memory=[])], "other benchmarks (TypeError"),
        (lacks_a_size(), "other benchmarks (KeyError: 'predicted')"),
        (is_of_no_shape(), "other benchmarks (KeyError: 'other')"),
    ],
)
def test_benchmarks_of_others_are_refused_in_one_sentence_and_nothing_is_written(
    benchmarks, words, tmp_path, capsys, monkeypatch
):
    monkeypatch.setattr(home, "checkout", lambda: tmp_path)
    (tmp_path / "run.json").write_text(json.dumps({"benchmarks": benchmarks}))
    assert main([str(tmp_path / "run.json")]) == 2
    said = capsys.readouterr().err
    assert words in said
    assert said.count("\n") == 1
    assert [p.name for p in tmp_path.iterdir()] == ["run.json"]


def test_rows_where_the_loop_was_faster_in_some_round_are_named():
    result = results.reduce(a_run())
    assert "In some round" not in page.page([result], None)
    result["rows"][0] |= {"engine": [0.01, 0.021, 0.02], "textbook": [0.02, 0.02, 0.02, 0.03]}
    assert "the faster one: 32 x digits-mlp in fp32 (1.25 [0.95, 2.00])." in page.page([result], None)
