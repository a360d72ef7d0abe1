"""Whatever code of others does to the process is undone, and nothing before it changes what it draws."""

import gc
import locale
import logging
import os
import random
import signal
import sys
import warnings

import numpy as np
import pytest
import torch

from models.process import Modes, undisturbed, without_denormals
from models.surroundings import kept

# ruff: noqa: NPY002


def drawn():
    return random.random(), np.random.rand(), torch.rand(1).item()


def generators():
    numpy = np.random.get_bit_generator()
    return random.getstate(), id(numpy), str(numpy.state), torch.get_rng_state().numpy().tobytes()


def tiny():
    """Whether numpy and torch round numbers below the smallest normal one to 0."""
    return np.float64(5e-324) * 1 == 0, (torch.tensor([5e-324], dtype=torch.float64) * 1).item() == 0


def divided():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return str(np.float64(1) / np.float64(0))
        except FloatingPointError as error:
            return str(error)


def handle(number):
    """Treat a signal otherwise than it is now."""
    ignored = signal.getsignal(number) is signal.SIG_IGN
    signal.signal(number, signal.SIG_DFL if ignored else signal.SIG_IGN)


def speak():
    """Take another locale than the present one."""
    plain = locale.setlocale(locale.LC_ALL) == "C"
    locale.setlocale(locale.LC_ALL, "C.UTF-8" if plain else "C")


LEFT_OPEN = []


def entered(context):
    """Enter a context and never leave it."""
    context.__enter__()
    LEFT_OPEN.append(context)


OF_TORCH = {
    "default dtype": (lambda: torch.set_default_dtype(torch.float64), torch.get_default_dtype),
    "default device": (lambda: torch.set_default_device("meta"), lambda: torch.zeros(1).device.type),
    "device, entered": (lambda: entered(torch.device("meta")), lambda: torch.zeros(1).device.type),
    "devices": (
        lambda: (torch.set_default_device("meta"), entered(torch.device("cpu")), entered(torch.device("meta"))),
        lambda: torch.zeros(1).device.type,
    ),
    "threads": (lambda: torch.set_num_threads(torch.get_num_threads() + 1), torch.get_num_threads),
    "gradients": (lambda: torch.set_grad_enabled(False), torch.is_grad_enabled),
    "no gradients": (lambda: entered(torch.no_grad()), torch.is_grad_enabled),
    "inference": (lambda: entered(torch.inference_mode()), torch.is_inference_mode_enabled),
    "algorithms": (lambda: torch.use_deterministic_algorithms(True), lambda: Modes.now()),
    "warnings on algorithms": (lambda: torch.use_deterministic_algorithms(True, warn_only=True), lambda: Modes.now()),
    "products": (lambda: torch.set_float32_matmul_precision("medium"), torch.get_float32_matmul_precision),
    "autocast": (lambda: torch.set_autocast_enabled("cpu", True), lambda: torch.is_autocast_enabled("cpu")),
    "autocast, entered": (
        lambda: entered(torch.autocast("cpu")),
        lambda: (torch.ones(2, 2) @ torch.ones(2, 2)).dtype,
    ),
    "anomalies": (lambda: torch.autograd.set_detect_anomaly(True), torch.is_anomaly_enabled),
    "oneDNN": (lambda: torch.backends.mkldnn.set_flags(False), lambda: torch.backends.mkldnn.enabled),
    "tiny numbers": (lambda: torch.set_flush_denormal(True), tiny),
    "torch's generator": (lambda: torch.manual_seed(3), lambda: generators()),
}
BESIDE_TORCH = {
    "Python's generator": (lambda: random.seed(3), lambda: generators()),
    "numpy's generator": (lambda: np.random.seed(3), lambda: generators()),
    "numpy's generator, drawn from": (lambda: np.random.rand(700), lambda: generators()),
    "numpy's generator, another": (lambda: np.random.set_bit_generator(np.random.Philox(3)), lambda: generators()),
    "errors": (lambda: np.seterr(all="raise"), divided),
    "numbers as text": (lambda: np.set_printoptions(precision=2), lambda: str(np.array([1 / 3]))),
    "warnings": (lambda: warnings.simplefilter("error"), lambda: warnings.filters[:]),
    "warnings, shown": (lambda: setattr(warnings, "showwarning", print), lambda: warnings.showwarning),
    "a variable": (lambda: os.environ.update(OMP_NUM_THREADS="7"), lambda: dict(os.environ)),
    "all variables": (lambda: os.environ.clear(), lambda: dict(os.environ)),
    "working folder": (lambda: os.chdir("/"), os.getcwd),
    "locale": (speak, lambda: locale.setlocale(locale.LC_ALL)),
    "output": (lambda: setattr(sys, "stdout", None), lambda: id(sys.stdout)),
    "errors' output": (lambda: setattr(sys, "stderr", open(os.devnull, "w", encoding="utf-8")), lambda: id(sys.stderr)),  # noqa: SIM115
    "what follows an error": (lambda: setattr(sys, "excepthook", print), lambda: sys.excepthook),
    "logging": (lambda: logging.disable(), lambda: logging.getLogger().isEnabledFor(logging.CRITICAL)),
    "level of logging": (lambda: logging.getLogger().setLevel(1), lambda: logging.getLogger().level),
    "handlers of logging": (
        lambda: logging.getLogger().addHandler(logging.NullHandler()),
        lambda: list(logging.getLogger().handlers),
    ),
    "an interruption": (lambda: handle(signal.SIGINT), lambda: signal.getsignal(signal.SIGINT)),
    "an end": (lambda: handle(signal.SIGTERM), lambda: signal.getsignal(signal.SIGTERM)),
    "depth": (lambda: sys.setrecursionlimit(5000), sys.getrecursionlimit),
    "rubbish": (gc.disable, gc.isenabled),
}


@pytest.mark.parametrize("error", [None, KeyError, SystemExit])
@pytest.mark.parametrize("name", [*OF_TORCH, *BESIDE_TORCH])
def test_what_is_changed_is_put_back(name, error):
    change, read = (OF_TORCH | BESIDE_TORCH)[name]
    guards = [undisturbed, kept] if name in BESIDE_TORCH else [undisturbed]
    for guard in guards:
        for seed in (None, 5):
            before = read()
            try:
                with guard(seed):
                    change()
                    assert read() != before
                    if error:
                        raise error
            except (KeyError, SystemExit):
                assert error
            assert read() == before
    drawn()


def test_a_folder_that_is_gone_stops_nothing(tmp_path, monkeypatch):
    home = tmp_path / "gone"
    home.mkdir()
    monkeypatch.chdir(home)
    home.rmdir()
    with kept():
        os.chdir(tmp_path)


def test_within_generators_start_from_the_seed_whatever_went_before():
    draws = []
    for seed in (1, 1, 2, 2**70, np.int64(2)):
        drawn()
        with undisturbed(seed):
            draws.append(drawn())
    assert draws[0] == draws[1] != draws[2] == draws[4] != draws[3]


def test_without_a_seed_what_is_drawn_goes_on_from_where_it_was():
    torch.manual_seed(1), np.random.seed(1), random.seed(1)
    expected = drawn()
    torch.manual_seed(1), np.random.seed(1), random.seed(1)
    with undisturbed():
        within = drawn()
    assert within == expected == drawn()


def test_a_guard_changes_nothing_of_its_own():
    with torch.no_grad(), undisturbed(1):
        assert not torch.is_grad_enabled()
    with torch.inference_mode(), undisturbed(1):
        assert torch.is_inference_mode_enabled()
    with undisturbed(1):
        assert torch.is_grad_enabled()


@pytest.mark.parametrize("before", [False, True])
def test_numbers_too_small_for_full_precision_are_0_within_and_as_before_after(before):
    torch.set_flush_denormal(before)
    try:
        with without_denormals():
            assert float(torch.tensor(1e-39) * torch.tensor(0.5)) == 0
            assert float(torch.tensor(2e-38) * torch.tensor(0.9)) > 0  # of full precision
        assert (float(torch.tensor(1e-39) * torch.tensor(0.5)) == 0) is before
    finally:
        torch.set_flush_denormal(False)
