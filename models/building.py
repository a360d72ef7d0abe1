"""From a network to a module, and whether several such modules run as one program."""

from __future__ import annotations

import contextlib
from threading import Lock

import numpy as np
import torch
from torch import Generator, nn

from models import wide
from models.faults import line, place
from models.process import Modes
from models.task import Network, Task

_GLOBAL_GENERATOR = Lock()
TINY = 200_000  # parameters; up to here a stack of Mlps beats training them in turn on a CPU
SMALL = 2_000_000  # parameters; up to here an Mlp's products are so small that threads that share them lose time


def build(network: Network, shape: tuple[int, ...], classes: int) -> nn.Module:
    """Return a new module for raw records of `shape`. Raises ValueError, with the network's name, where that fails."""
    before = Modes.now()
    try:
        module = network.build(shape, classes)
    except (ValueError, KeyboardInterrupt):
        raise
    except BaseException as error:
        raise ValueError(f"network {type(network).__name__}: {line(error)}{place(network, error)}") from error
    finally:
        if not before.overrides:
            before.restore()
    if not isinstance(module, nn.Module):
        raise ValueError(f"network {type(network).__name__}: expected a module, got {type(module).__name__}")
    if next(module.parameters(), None) is None:
        raise ValueError(f"network {type(network).__name__}: expected a module with parameters, got one without")
    return module


def start(task: Task, seed: int) -> tuple[nn.Module, Generator]:
    """Return a model's initial module and the generator of its record order and augmentation, on the CPU."""
    mixed = int(np.random.SeedSequence(seed).generate_state(1)[0])  # torch's generator keeps 32 bits of a seed
    with _GLOBAL_GENERATOR, torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(mixed)
        module = build(task.network, task.x.shape[1:], task.classes)
        state = torch.default_generator.get_state()
    generator = Generator()
    generator.set_state(state)
    return module, generator


def skeleton(network: Network, shape: tuple[int, ...], classes: int) -> nn.Module:
    """Return a module without memory for its weights."""
    before = Modes.now()
    with contextlib.suppress(Exception):  # of a network that computes with its initial weights, which are not there
        try:
            with torch.device("meta"):
                return build(network, shape, classes)
        finally:
            before.restore()
    with _GLOBAL_GENERATOR, torch.random.fork_rng(devices=[]):
        return build(network, shape, classes).to(device="meta")


def stacked(module: nn.Module, shape: tuple[int, ...], device: torch.device) -> bool:
    """Return whether models like `module` are trained and run as one program on a device."""
    if device.type != "cpu":
        return wide.known(module, shape)
    return isinstance(module, wide.Stackable) and _size(module) <= TINY


def one_thread(module: nn.Module, shape: tuple[int, ...], precision: str) -> bool:
    """Return whether, on a CPU, models like `module` are trained faster side by side, one a thread, than in turn."""
    if precision == "mixed":
        return wide.known(module, shape)
    return isinstance(module, wide.Stackable) and _size(module) <= SMALL


def _size(module: nn.Module) -> int:
    return sum(p.numel() for p in module.parameters())
