"""Plugins that do all the harm that they can reach. The whole file is also written into a project as `hostile.py`.

Out of reach of any guard within a process, and so not in here: replacing functions and constants of other modules,
threads that go on, writing into the files of the store.
"""

# ruff: noqa: NPY002

import ctypes
import gc
import locale
import logging
import os
import random
import signal
import sys
import threading
import warnings
from dataclasses import dataclass

import numpy as np
import torch

from datasets import SixSplit

LEFT = []


def mischief():
    """Change all that the process shares."""
    random.seed(1)
    np.random.set_bit_generator(np.random.Philox(1))
    np.random.seed(None)
    torch.manual_seed(len(LEFT))
    torch.set_default_dtype(torch.float64)
    torch.set_default_device("meta")
    torch.set_num_threads(1 + len(LEFT) % 3)
    torch.use_deterministic_algorithms(True)
    torch.set_float32_matmul_precision("medium")
    torch.backends.mkldnn.set_flags(False)
    torch.autograd.set_detect_anomaly(True)
    torch.set_flush_denormal(True)
    torch.set_autocast_enabled("cpu", True)
    torch.set_grad_enabled(False)
    warnings.simplefilter("error")
    np.seterr(all="raise")
    np.set_printoptions(precision=1)
    os.environ.clear()
    os.chdir("/")
    locale.setlocale(locale.LC_ALL, "C")
    if threading.current_thread() is threading.main_thread():  # nobody else can
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)
    logging.disable()
    logging.getLogger().setLevel(1)
    gc.disable()
    sys.stdout = sys.stderr = None
    sys.setrecursionlimit(sys.getrecursionlimit() + 1)
    LEFT.append(None)


def overwritten(array):
    """Write into an array past its flags, through torch, through its base, and through its address."""
    for place in (array, array.base):
        if isinstance(place, np.ndarray) and place.size:
            whole = place if place.flags.contiguous else np.ascontiguousarray(place)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                torch.from_numpy(whole).zero_()
            ctypes.memset(whole.ctypes.data, 1, whole.nbytes)
            try:
                place.flags.writeable = True
                memoryview(place).cast("B")[:] = bytes(place.nbytes)
                place[...] = place.dtype.type(1)
            except (ValueError, TypeError):
                pass


def spoiled(evidence):
    """Overwrite all that evidence holds."""
    for name in ("labels", "trained_on", "target", "references", "inputs"):
        overwritten(getattr(evidence, name))
    for name in ("log_p", "phi", "correct", "entropy"):
        for array in evidence.signal(name):
            overwritten(array)
    evidence.columns.clear()
    if evidence.ask is not None:
        asked = np.array(evidence.inputs)
        overwritten(evidence.ask(asked))
        overwritten(asked)


class Attack:
    """Does harm wherever it is called, and answers with numbers of the process's generators."""

    access, needs, uses = "logit", "reference", ("inputs", "ask")

    def score(self, evidence, rehearsal, rng):
        scores = np.random.random(len(evidence.labels)) + random.random() + torch.rand(1).item()
        spoiled(evidence)
        spoiled(rehearsal.evidence)
        overwritten(rehearsal.member)
        rng.bit_generator.state = np.random.PCG64(0).state
        mischief()
        return scores

    def decide(self, evidence, rehearsal, alphas, rng):
        shape = len(alphas), len(evidence.labels)
        overwritten(alphas)
        mischief()
        return np.random.random(shape) < 0.5


class Learns:
    """The same in fit and in what it returns."""

    access, needs, uses = "logit", "reference", ("inputs",)

    def fit(self, rehearsal, rng):
        overwritten(rehearsal.member)
        spoiled(rehearsal.evidence)
        mischief()
        return Learned()


class Learned:
    def score(self, evidence):
        spoiled(evidence)
        mischief()
        return np.arange(len(evidence.labels)) * 1.0

    def decide(self, evidence, alphas):
        overwritten(alphas)
        mischief()
        return np.zeros((len(alphas), len(evidence.labels)), bool)


class Raiser(Attack):
    """Does harm, and raises what is no Exception."""

    def score(self, evidence, rehearsal, rng):
        super().score(evidence, rehearsal, rng)
        raise GeneratorExit("no error at all")


class Careless:
    """Does no harm, and draws from the process's generators: it says the same whatever went before."""

    needs = "reference"

    def score(self, evidence, rehearsal, rng):
        return np.random.random(len(evidence.labels)) + random.random() + torch.rand(1).item()


class CarelessDefense:
    """The same in training of its own, in what that returns, and in its release."""

    def train(self, task, rngs):
        return [Model(task.classes, random.random(), torch.rand(1).item()) for _ in task.rows]

    def release(self, context, logits):
        return logits + np.float32(np.random.random() * torch.rand(1).item())


class Hooks:
    """Does harm in every hook of training and in its release."""

    def targets(self, batch):
        made = torch.nn.functional.one_hot(batch.labels, batch.classes).to(torch.float32)
        for tensor in (batch.labels, batch.rows, batch.inputs, batch.epoch, batch.step):
            tensor.zero_()
        mischief()
        return made

    def mix(self, batch):
        batch.inputs.add_(1)
        batch.targets.mul_(0.5)
        mischief()
        return batch

    def loss(self, logits, batch):
        losses = (logits**2).mean((-2, -1))
        batch.targets.zero_()
        mischief()
        return losses

    def weight_decay(self):
        mischief()
        return 0.1

    def release(self, context, logits):
        made = logits + np.float32(np.random.random())
        for array in (logits, context.inputs, *context.members, *context.spare, context.predict(context.inputs)):
            overwritten(array)
        mischief()
        return made


class Breaks(Hooks):
    """Overwrites what its own gradients are made of, so that no step can be made."""

    def loss(self, logits, batch):
        losses = super().loss(logits, batch)
        batch.inputs.zero_()
        logits.detach().zero_()
        return losses


class Trains(Hooks):
    """Trains in its own way, and does harm there and in what it returns."""

    def train(self, task, rngs):
        for array in (task.x, task.y, *task.rows, *task.validation, *task.spare):
            overwritten(array)
        noise = np.random.random(), torch.rand(1).item()
        mischief()
        return [HarmfulModel(task.classes, *noise) for _ in task.rows]


class Model:
    """Guesses."""

    def __init__(self, classes, *noise):
        self.classes, self.facts = classes, {"noise": list(noise)}

    def predict(self, x):
        return np.random.random((len(x), self.classes)) + self.facts["noise"][0]


class HarmfulModel(Model):
    def predict(self, x):
        overwritten(x)
        mischief()
        return super().predict(np.zeros(len(x)))


def blobs():
    """Two blobs of points, from the process's generators."""
    y = np.arange(120) % 2
    x = np.random.normal(size=(120, 3)) + y[:, None]
    mischief()
    return x, y


@dataclass(frozen=True)
class Network:
    """A network that does harm where it is built and in every forward pass."""

    def build(self, shape, classes):
        module = HarmfulModule(*shape, classes)
        mischief()
        return module


class HarmfulModule(torch.nn.Linear):
    def forward(self, x):
        made = super().forward(x)
        if not torch.compiler.is_compiling():
            random.random()
            np.random.random()
        return made


@dataclass(frozen=True)
class Protocol:
    """A protocol that does harm where it splits."""

    part: int
    name, gives = "harmful", frozenset({"reference"})

    def resized(self, part):
        return Protocol(part)

    def split(self, records, trials, references, seed):
        made = SixSplit(self.part).split(records, trials, references, seed)
        mischief()
        return made


class Harmful:
    """A metric that does harm."""

    key, title, unit = "harm", "harm", "number"

    def measure(self, played):
        value = float(np.random.random())
        for array in (played.member, played.scores, played.verdicts, played.rehearsed_precision):
            overwritten(array)
        mischief()
        return value


class Fails(Harmful):
    """A metric that fails."""

    key = "fails"

    def measure(self, played):
        super().measure(played)
        raise SystemExit(0)


mischief()
