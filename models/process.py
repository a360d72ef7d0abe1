"""The state that all code in a process shares, put back after code of others ran."""

from __future__ import annotations

import random
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

import numpy as np
import torch


class Modes(NamedTuple):
    """The modes of torch that change what is computed; reading them takes a microsecond."""

    dtype: torch.dtype
    threads: int
    gradients: bool
    deterministic: bool
    warn_only: bool
    matmul: str
    benchmark: bool
    cudnn_deterministic: bool

    @classmethod
    def now(cls) -> Modes:
        """Return the modes as they are."""
        return cls(
            torch.get_default_dtype(),
            torch.get_num_threads(),
            torch.is_grad_enabled(),
            torch.are_deterministic_algorithms_enabled(),
            torch.is_deterministic_algorithms_warn_only_enabled(),
            torch.get_float32_matmul_precision(),
            torch.backends.cudnn.benchmark,
            torch.backends.cudnn.deterministic,
        )

    def restore(self) -> None:
        """Put back what was changed since."""
        if self == Modes.now():
            return
        torch.set_default_dtype(self.dtype)
        torch.set_num_threads(self.threads)
        torch.set_grad_enabled(self.gradients)
        torch.use_deterministic_algorithms(self.deterministic, warn_only=self.warn_only)
        torch.set_float32_matmul_precision(self.matmul)
        torch.backends.cudnn.benchmark = self.benchmark
        torch.backends.cudnn.deterministic = self.cudnn_deterministic

    def changed(self) -> str | None:
        """Return the name of a mode that is no longer as it was, or None."""
        now = Modes.now()
        return next((name for name in self._fields if getattr(self, name) != getattr(now, name)), None)


@contextmanager
def undisturbed() -> Iterator[None]:
    """Put back torch's modes, default device and generators, numpy's and Python's, warnings and errors' handling."""
    modes, device = Modes.now(), torch.get_default_device()
    generators = torch.get_rng_state(), np.random.get_state(), random.getstate()  # noqa: NPY002
    on_gpu = torch.cuda.get_rng_state_all() if torch.cuda.is_initialized() else []
    try:
        with warnings.catch_warnings(), np.errstate():
            yield
    finally:
        modes.restore()
        if torch.get_default_device() != device:
            torch.set_default_device(device)
        torch.set_rng_state(generators[0])
        np.random.set_state(generators[1])  # noqa: NPY002
        random.setstate(generators[2])
        if on_gpu:
            torch.cuda.set_rng_state_all(on_gpu)
