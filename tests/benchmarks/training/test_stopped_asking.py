"""Models are stored before they are asked: whoever is stopped then need only ask again. Seconds: 6."""

import shutil
from pathlib import Path

import pytest
from test_lending import Elsewhere
from test_places import REQUEST, kept, trained_here

from benchmarks.training import jobs, runner
from benchmarks.training.executors import Here
from benchmarks.training.pulling import Pull
from benchmarks.training.store import Store
from models import HookError


@pytest.fixture(scope="module")
def here(tmp_path_factory):
    return trained_here(tmp_path_factory.mktemp("here"))


@pytest.fixture
def began(monkeypatch):
    """The keys of the models that are trained and of those that are asked later, as they come."""
    found = {"train": [], "ask": []}
    for name, of in found.items():
        work = getattr(jobs, name)
        monkeypatch.setattr(jobs, name, lambda job, at, of=of, work=work: of.extend(job.keys) or work(job, at))
    return found


@pytest.mark.parametrize("after", [0, 1])
def test_what_is_stopped_while_it_asks_goes_on_by_asking(after, here, began, monkeypatch, tmp_path):
    plan, store, ask, asked = REQUEST.plan(), Store(tmp_path), jobs._ask, []

    def stopped(*of):
        if len(asked) == after:
            raise KeyboardInterrupt
        asked.append(of)
        ask(*of)

    monkeypatch.setattr(jobs, "_ask", stopped)
    with pytest.raises(KeyboardInterrupt):
        runner.train(plan, REQUEST, store, Here())
    monkeypatch.setattr(jobs, "_ask", ask)
    trained = list(began["train"])
    assert trained
    assert [key for key in plan.by_key if key in store.models] == sorted(trained, key=list(plan.by_key).index)
    assert len(list((tmp_path / "outputs").glob("*"))) == after * len(trained)
    assert runner.train(plan, REQUEST, store, Here()) == []
    assert sorted(began["train"]) == sorted(plan.by_key)  # each once
    assert sorted(began["ask"]) == sorted(trained)
    assert kept(tmp_path) == kept(here)


@pytest.mark.parametrize("lent", [False, True])
def test_whoever_set_out_to_train_a_model_asks_it_where_another_has_trained_it(
    lent, here, began, monkeypatch, tmp_path
):
    plan, store = REQUEST.plan(), Store(tmp_path / "store")
    some = [t.key for t in plan.by_key.values()][1::2]
    monkeypatch.setattr(runner, "missing", lambda plan, store: list(plan.by_key.values()))
    real = Pull.shared

    def shared(whole, workers):  # since the list was made
        for key in some:
            shutil.copytree(here / "models" / key, store.models.folder(key), dirs_exist_ok=True)
        return real(whole, workers)

    monkeypatch.setattr(Pull, "shared", shared)
    executor = Elsewhere(Path(tmp_path / "disk")) if lent else Here()
    assert runner.train(plan, REQUEST, store, executor) == []
    assert sorted(began["train"]) == sorted(set(plan.by_key) - set(some))
    assert sorted(began["ask"]) == sorted(some)
    assert kept(store.root) == kept(here)


def test_a_defense_that_breaks_its_contract_again_is_told_of_its_stored_models(monkeypatch, tmp_path):
    def broken(*of):
        raise HookError("release: it broke")

    monkeypatch.setattr(jobs, "_ask", broken)
    first, again = (
        {f.reason for f in runner.train(REQUEST.plan(), REQUEST, Store(tmp_path), Here())} for _ in range(2)
    )
    assert first == {"release: it broke"}
    assert again == {
        "release: it broke (of a stored model; where the defense's training is mended, too, raise its version)"
    }
