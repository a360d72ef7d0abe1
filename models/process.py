"""The state that all code in a process shares, put back after code of others ran."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

import numpy as np
import torch

from models.surroundings import kept

TINIEST, ONE = np.float64(5e-324), np.float64(1)


class Modes(NamedTuple):
    """The modes of torch that change what is computed; reading them takes some microseconds."""

    dtype: torch.dtype
    overrides: int  # that are in force on torch's functions, a default device among them
    device: torch.device | None
    threads: int
    gradients: bool
    autocast: tuple[bool, bool]
    anomalies: bool
    onednn: bool
    flush: bool
    deterministic: bool
    warn_only: bool
    matmul: str
    benchmark: bool
    cudnn_deterministic: bool

    @classmethod
    def now(cls) -> Modes:
        """Return the modes as they are."""
        overrides = torch._C._len_torch_function_stack()
        return cls(
            torch.get_default_dtype(),
            overrides,
            torch.get_default_device() if overrides else None,
            torch.get_num_threads(),
            torch.is_grad_enabled(),
            (torch.is_autocast_enabled("cpu"), torch.is_autocast_enabled("cuda")),
            torch.is_anomaly_enabled(),
            torch._C._get_mkldnn_enabled(),
            _flushing(),
            torch.are_deterministic_algorithms_enabled(),
            torch.is_deterministic_algorithms_warn_only_enabled(),
            torch.get_float32_matmul_precision(),
            torch.backends.cudnn.benchmark,
            torch.backends.cudnn.deterministic,
        )

    def restore(self) -> None:
        """Put back what was changed since."""
        now = Modes.now()
        if self == now:
            return
        if (self.overrides, self.device) != (now.overrides, now.device):
            while torch._C._len_torch_function_stack():
                torch._C._pop_torch_function_stack()
            torch._GLOBAL_DEVICE_CONTEXT.device_context = None
            torch.utils._device.CURRENT_DEVICE = None
            if self.device is not None:
                torch.set_default_device(self.device)
        torch.set_default_dtype(self.dtype)
        torch.set_num_threads(self.threads)
        torch.set_grad_enabled(self.gradients)
        torch.set_autocast_enabled("cpu", self.autocast[0])
        torch.set_autocast_enabled("cuda", self.autocast[1])
        torch.set_anomaly_enabled(self.anomalies)
        torch._C._set_mkldnn_enabled(self.onednn)
        torch.set_flush_denormal(self.flush)
        torch.use_deterministic_algorithms(self.deterministic, warn_only=self.warn_only)
        torch.set_float32_matmul_precision(self.matmul)
        torch.backends.cudnn.benchmark = self.benchmark
        torch.backends.cudnn.deterministic = self.cudnn_deterministic

    def changed(self) -> str | None:
        """Return the name of a mode that is no longer as it was, or None."""
        now = Modes.now()
        return next((name for name in self._fields if getattr(self, name) != getattr(now, name)), None)


@contextmanager
def undisturbed(seed: int | None = None) -> Iterator[None]:
    """Put back torch's modes and generators, and what `surroundings.kept` does.

    Whatever code of others does to them within, nothing that follows is computed otherwise. Within, all generators
    start from `seed` unless it is None, so that nothing that went before changes what such code draws.
    """
    modes, drawn = Modes.now(), torch.get_rng_state()
    on_gpu = torch.cuda.get_rng_state_all() if torch.cuda.is_initialized() else []
    try:
        seed = None if seed is None else int(seed) % 2**63
        with kept(seed), torch.inference_mode(torch.is_inference_mode_enabled()):
            torch.set_grad_enabled(modes.gradients)
            if seed is not None:
                torch.default_generator.manual_seed(seed)
                if on_gpu:
                    torch.cuda.manual_seed_all(seed)
            yield
    finally:
        modes.restore()
        torch.set_rng_state(drawn)
        if on_gpu:
            torch.cuda.set_rng_state_all(on_gpu)


@contextmanager
def without_denormals() -> Iterator[None]:
    """Take numbers too small for full precision, below 1.2e-38 in float32, for 0: a CPU is slow with them.

    This holds for the calling thread; threads that helped it before go on as they were.
    """
    before = _flushing()
    torch.set_flush_denormal(True)
    try:
        yield
    finally:
        torch.set_flush_denormal(before)


def _flushing() -> bool:
    return bool(TINIEST * ONE == 0)
