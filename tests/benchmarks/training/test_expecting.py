"""What a dry run expects: the mean of like models in the store, or that nothing is known."""

from benchmarks.training.expecting import expected
from benchmarks.training.request import Request
from benchmarks.training.store import Store, put

REQUEST = Request("digits", ("l2",), references=2, trials=2, epochs=1)


def store_one(training, store, seconds):
    weights = {"weights.safetensors": lambda file: put(file, bytes(10**6))}
    store.models.write(training.spec, weights, {"seconds": seconds, "device": "CPU, 1 thread", "versions": {}})


def test_nothing_is_known_then_the_mean_of_what_is_like_it_then_nothing_is_left(tmp_path):
    plan, store = REQUEST.plan(), Store(tmp_path)
    none, l2 = ([t for (name, _), t in plan.trainings.items() if name == of] for of in ("none", "l2"))
    unknown = "4 models to train: unknown, none like it is stored"
    assert [line.split(maxsplit=1) for line in expected(plan, store)] == [["none", unknown], ["l2", unknown]]
    for training, seconds in zip(none, (10.0, 30.0), strict=False):
        store_one(training, store, seconds)
    first, second = expected(plan, store)
    assert first.split(maxsplit=1)[1] == "2 models to train: about 40 s of one worker (CPU, 1 thread), 2 MB of weights"
    assert second.split(maxsplit=1) == ["l2", unknown]
    (store.models.folder(none[0].key) / "facts.json").write_text("{")  # damaged: it tells nothing
    assert expected(plan, store)[0].split(maxsplit=1)[1].startswith("2 models to train: about 60 s")
    for training in (*none, *l2):
        store.models.home.joinpath(training.key).exists() or store_one(training, store, 1.0)
    assert expected(plan, store) == []
