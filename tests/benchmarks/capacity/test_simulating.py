"""The simulated worker's loop: by hand, by bounds that hold for every list, and against the real loop on a clock."""

import random
from types import SimpleNamespace

import pytest
from counting import Clock, counted

from benchmarks.capacity.costs import BEGIN, JOIN, LOOK, MODEL, QUESTION, RELEASE, TAKE, Cost, watch
from benchmarks.capacity.simulating import Group, Setting, simulate
from benchmarks.training import claims, jobs, pulling
from benchmarks.training.claims import EXPIRY
from benchmarks.training.executors import Worker
from benchmarks.training.pulling import LONGEST, Pull, claims_of, failed, pull
from benchmarks.training.request import Request
from benchmarks.training.standing import usable
from benchmarks.training.store import Store

REQUEST = Request("digits", ("l2",), references=6, trials=2, epochs=1)


def of(*seconds, width=1):
    return [Group(tuple(map(float, seconds)), width)]


def drawn(seed, count=40):
    draw = random.Random(seed)
    return [draw.uniform(1, 30) for _ in range(count)]


def test_one_worker_takes_the_sum():
    out = simulate(of(3, 1, 4, 1, 5), Setting())
    assert out.seconds == out.work == 14
    assert out.lost == 0


@pytest.mark.parametrize(("models", "devices", "rounds"), [(12, 4, 3), (13, 4, 4), (3, 8, 1), (1, 1, 1)])
def test_equal_models_take_so_many_rounds(models, devices, rounds):
    assert simulate(of(*[7] * models), Setting(devices)).seconds == 7 * rounds


def test_a_cohort_takes_at_most_its_share_of_all():
    """Of 28 models, each of two workers takes 7 at once, though 14 have room: 28 / (2 * 2)."""
    out = simulate(of(*[1] * 28, width=14), Setting(2))
    assert [models for _, _, models in out.cohorts] == [tuple(range(begin, begin + 7)) for begin in (0, 7, 14, 21)]
    assert len(simulate(of(*[1] * 28, width=14), Setting()).cohorts) == 2


def test_groups_are_taken_in_their_order():
    out = simulate([Group((5.0,)), Group((1.0, 1.0))], Setting(2))
    assert [(device, models) for device, _, models in out.cohorts] == [(0, (0,)), (1, (1,)), (1, (2,))]
    assert out.seconds == 5


def test_a_worker_that_dies_elsewhere_holds_its_model_until_it_expires():
    """By hand: device 1 dies at 4 in a model of 10 s. Device 0 is idle from 10 on and sees the last sign then; its
    claim on the model is had at its first look after 10 + EXPIRY, and it trains it for 10 s.
    """
    out = simulate(of(10, 10), Setting(2, deaths={1: [4.0]}, restart=1e6))
    pauses, at, pause = [], 10.0, 0.0
    while at - 10.0 < EXPIRY:
        pause = min(LONGEST, 1.2 * pause + 0.02)
        at += pause
        pauses.append(at)
    assert out.cohorts[-1] == (0, pytest.approx(at), (1,))
    assert 10 + EXPIRY <= at < 10 + EXPIRY + LONGEST
    assert out.seconds == pytest.approx(at + 10)
    assert (out.lost, out.work) == (4, 20)


def test_on_the_same_machine_it_is_known_at_once():
    out = simulate(of(10, 10), Setting(2, machine=2, deaths={1: [4.0]}, restart=1e6))
    assert out.cohorts[-1] == (0, 10, (1,))
    assert (out.seconds, out.lost) == (20, 4)


def test_another_worker_begins_where_one_died():
    out = simulate(of(10, 10), Setting(2, machine=2, deaths={1: [4.0]}, restart=1.0))
    assert out.cohorts[-1] == (1, 5, (1,))
    assert (out.seconds, out.lost, out.refused) == (15, 4, 0)


def test_the_third_death_of_a_worker_ends_the_command():
    assert simulate(of(100), Setting(deaths={0: [1, 2, 3]}, restart=0.5)).refused == 1


@pytest.mark.parametrize("seed", range(20))
def test_no_list_is_worse_than_graham_allows(seed):
    """R. L. Graham, Bounds on multiprocessing timing anomalies, 1969: (2 - 1/m) of the best, which is at least the
    longest job, and all of them divided by m.
    """
    seconds, m = drawn(seed), 2 + seed % 7
    assert simulate(of(*seconds), Setting(m)).seconds <= (2 - 1 / m) * max(max(seconds), sum(seconds) / m) + 1e-9


@pytest.mark.parametrize("seed", range(5))
def test_a_straggler_holds_up_the_rest_by_one_cohort(seed):
    """Until nobody finds a free model, all others work: what they do without it is the most that can be begun then."""
    seconds, m = drawn(seed), 5
    out = simulate(of(*seconds), Setting(m, slow={2: 50.0}))
    last = max(begun for _, begun, _ in out.cohorts)
    assert last <= sum(seconds) / (m - 1)
    assert out.seconds <= last + 50 * max(seconds)
    assert sum(device == 2 for device, _, _ in out.cohorts) <= 2


@pytest.mark.parametrize("seed", range(5))
def test_every_model_is_stored_once_whatever_happens(seed):
    deaths = {device: [5.0 + 3 * device, 300.0] for device in range(4)}
    setting = Setting(4, 2, {0: 3.0}, deaths, 20.0, 0.001, 1000.0, True)
    out = simulate([Group(tuple(drawn(seed)), 3), Group(tuple(drawn(seed + 9)), 2)], setting)
    assert out.work == pytest.approx(sum(drawn(seed)) + sum(drawn(seed + 9)))
    assert {model for _, _, models in out.cohorts for model in models} == set(range(80))
    assert out.lost > 0


def test_a_slow_store_slows_the_workers_down():
    quick, late, narrow = (simulate(of(1, 1), Setting(latency=x, rate=r)) for x, r in ((0, 1e9), (0.01, 1e9), (0, 100)))
    many = sum(JOIN + LOOK.times(4) + TAKE.times(2) + BEGIN + MODEL.times(2) + QUESTION.times(2) + RELEASE)
    assert quick.seconds == pytest.approx(2, abs=1e-6)
    assert late.seconds == pytest.approx(2 + 0.01 * many, rel=0.2)
    assert narrow.seconds == pytest.approx(late.seconds)
    assert narrow.peak() <= 100 + 1e-6


def real(plan, home, monkeypatch, seconds, elsewhere, dead=()):
    """The real loop of workers on these models, which train for real and take so long on a clock: seconds, what each
    had, and its file operations. The cohorts of workers in `dead` are never done.
    """
    clock, had, after = Clock(), [], []
    place = iter(range(10**9))
    train, store, index = jobs.train, Store(home), {key: n for n, key in enumerate(seconds)}
    for name in ("claims", "models", "outputs"):
        (home / name).mkdir()

    def timed(job, worker):
        had.append((int(worker.device), clock.now, tuple(index[key] for key in job.keys)))
        clock.sleep(1e5 if int(worker.device) in dead else sum(seconds[key] for key in job.keys))
        if int(worker.device) not in dead:
            assert train(job, Worker("cpu")) == []
            after.append(clock.now)
        return []

    monkeypatch.setattr(jobs, "train", timed)
    monkeypatch.setattr(claims, "RENEWAL", 1e6)  # by another clock than ours
    monkeypatch.setattr(pulling, "width_of", lambda group, device: 32)
    monkeypatch.setattr(pulling, "time", SimpleNamespace(sleep=clock.sleep))
    monkeypatch.setattr(claims, "time", SimpleNamespace(monotonic=clock.monotonic))
    if elsewhere:
        monkeypatch.setattr(claims, "machine", lambda: f"machine {next(place)}")
    with claims_of(store) as command:
        driver = command.begin()
        made = counted(monkeypatch, home)
        work = Pull(REQUEST, home, tuple(seconds), driver).shared(2)
        ended = Cost()

        def worked(job, number):
            nonlocal ended
            pull(job, Worker(str(number)))
            if number not in dead:
                ended = Cost(made["looks"], made["lists"], made["changes"])

        clock.run(*(lambda job=job, n=n: worked(job, n) for n, job in enumerate(work)))
    return max(after), had, ended


@pytest.fixture(scope="module")
def plan():
    return jobs.plan_of(REQUEST)


@pytest.mark.parametrize("elsewhere", [False, True])
def test_the_real_loop_takes_as_long_and_asks_as_much_of_the_store(elsewhere, plan, monkeypatch, tmp_path):
    draw = random.Random(3)
    seconds = {key: draw.uniform(1, 9) for key in plan.by_key}
    groups = [tuple(seconds[t.key] for t in group) for group in pulling.groups(list(plan.by_key.values()))]
    out = simulate([Group(group, 32) for group in groups], Setting(2, 1 if elsewhere else 2))
    assert (out.seconds, out.cohorts, out.done) == real(plan, tmp_path, monkeypatch, seconds, elsewhere)


def test_the_real_loop_takes_over_as_late(plan, monkeypatch, tmp_path):
    seconds = dict.fromkeys(plan.by_key, 2.0)
    out = simulate([Group((2.0,) * 8, 32)] * 2, Setting(2, deaths={1: [1.0]}, restart=1e6))
    until, had, ended = real(plan, tmp_path, monkeypatch, seconds, True, dead={1})
    assert (out.seconds, out.cohorts) == (until, had)
    assert ended == out.done


@pytest.mark.parametrize("elsewhere", [False, True])
def test_the_look_of_the_command_is_counted(elsewhere, plan, monkeypatch, tmp_path):
    store, place = Store(tmp_path), iter(range(100))
    with claims_of(store) as command, claims_of(store) as worker:
        command.begin()
        assert all(worker.take(key) for key in list(plan.by_key)[:3])
        if elsewhere:
            monkeypatch.setattr(claims, "machine", lambda: f"machine {next(place)}")
        made = counted(monkeypatch, tmp_path)
        assert not any(usable(training, plan, store) for training in plan.by_key.values())
        assert len(command.living()) == 3
        assert failed(plan.by_key.values(), store) == []
        assert Cost(**made) == watch(len(plan.by_key), 0 if elsewhere else 3, 3 if elsewhere else 0)
