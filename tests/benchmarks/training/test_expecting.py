"""What a dry run expects: the mean of like models in the store, or that nothing is known."""

import re

from benchmarks.training.expecting import expected
from benchmarks.training.request import Request
from benchmarks.training.store import Store, put

REQUEST = Request("digits", ("l2",), references=2, trials=2, epochs=1)


def store_one(training, store, seconds):
    weights = {"weights.safetensors": lambda file: put(file, bytes(10**6))}
    store.models.write(training.spec, weights, {"seconds": seconds, "device": "CPU, 1 thread", "versions": {}})


def memory_of(line):
    return re.search(r"; ([0-9.]+ MB a model)", line).group(1)


def test_nothing_is_known_then_the_mean_of_what_is_like_it_then_nothing_is_left(tmp_path):
    plan, store = REQUEST.plan(), Store(tmp_path)
    none, l2 = ([t for (name, _), t in plan.trainings.items() if name == of] for of in ("none", "l2"))
    memory = memory_of(expected(plan, store)[0])
    unknown = f"4 models to train: time and disk unknown, none like it is stored; {memory}, 4 at once on cpu"
    assert [line.split(maxsplit=1) for line in expected(plan, store)] == [["none", unknown], ["l2", unknown]]
    assert max(map(len, expected(plan, store))) <= 120
    for training, seconds in zip(none, (10.0, 30.0), strict=False):
        store_one(training, store, seconds)
    first, second = expected(plan, store)
    assert first.split(maxsplit=1)[1] == (
        f"2 models to train: about 40 s on CPU, 1 thread, 2 MB of disk; {memory}, 2 at once on cpu"
    )
    assert second.split(maxsplit=1) == ["l2", unknown]
    (store.models.folder(none[0].key) / "facts.json").write_text("{")  # damaged: it tells nothing
    assert expected(plan, store)[0].split(maxsplit=1)[1].startswith("2 models to train: about 60 s")
    for training in (*none, *l2):
        store.models.home.joinpath(training.key).exists() or store_one(training, store, 1.0)
    assert expected(plan, store) == []


def test_memory_of_a_small_network_by_hand(tmp_path):
    plan = Request("digits", references=1, trials=1, epochs=1).plan()
    weights = 4 * ((64 + 1) * 128 + (128 + 1) * 64 + (64 + 1) * 10)
    batch = 4 * 32 * (64 + 128 + 64 + 10)  # its records, and what each layer makes of them
    least = 4 * weights + 8 * 299  # with gradients, Adam's two moments, and the order of the records
    [line] = expected(plan, Store(tmp_path))
    found = float(memory_of(line).split()[0])
    assert round(least / 1e6, 1) <= found <= round((least + 4 * batch + weights) / 1e6, 1)
    assert found == 0.3
    assert expected(plan, Store(tmp_path), ["cuda"])[0].endswith("0.3 MB a model, as many at once as a GPU holds")


def test_memory_of_what_a_defense_trains_itself_is_unknown(tmp_path):
    plan = Request("digits", ("selena",), references=1, trials=1, epochs=1).plan()
    assert [line.endswith("; memory unknown") for line in expected(plan, Store(tmp_path))] == [False, True]


def test_workers_take_their_shares(tmp_path):
    plan, store = Request("digits", references=10, trials=8, epochs=1).plan(), Store(tmp_path)
    assert [expected(plan, store, ["cpu"] * n)[0].rpartition(", ")[2] for n in (1, 2, 3)] == [
        "18 at once on cpu",
        "6 at once on cpu",  # no fewer, where there are so many
        "6 at once on cpu",
    ]
