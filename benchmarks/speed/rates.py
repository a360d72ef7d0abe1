"""What the device can do at best: a large matrix product in float32 and bfloat16, and a large copy."""

from __future__ import annotations

from collections.abc import Callable

import torch

SIDE = {"cpu": 2048, "cuda": 8192}  # of the square matrices: far beyond where launches and edges matter
COPIED = {"cpu": 256 << 20, "cuda": 2 << 30}  # bytes, many times the caches
RATES = ("fp32", "bf16", "copy")


def probe(name: str, device: str) -> tuple[Callable[[], None], int]:
    """Return a call that keeps the device busy, and how many FLOP (fp32, bf16) or bytes read and written (copy) it is.

    Matrix products have torch's default settings, as both sides of the benchmark have.
    """
    kind = torch.device(device).type
    if name == "copy":
        source = torch.ones(COPIED[kind] // 4, device=device)
        target = torch.zeros_like(source)
        return synchronised(lambda: target.copy_(source), device), 2 * COPIED[kind]
    side = SIDE[kind]
    dtype = {"fp32": torch.float32, "bf16": torch.bfloat16}[name]
    a, b, out = (torch.ones(side, side, device=device, dtype=dtype) for _ in range(3))
    return synchronised(lambda: torch.mm(a, b, out=out), device), 2 * side**3


def synchronised(call: Callable[[], object], device: str) -> Callable[[], None]:
    """Return `call` followed by a wait for the device."""

    def run() -> None:
        call()
        if torch.device(device).type == "cuda":
            torch.cuda.synchronize(device)

    return run
