"""How something was made: versions and device, for facts.json and for records."""

from __future__ import annotations

import platform
from importlib.metadata import version


def versions() -> dict[str, str]:
    """The versions that a result may depend on."""
    return {"python": platform.python_version(), **{name: version(name) for name in ("torch", "numpy", "scipy")}}


def device_name(device: str) -> str:
    """The device as a record names it."""
    import torch

    if device.startswith("cuda"):
        return torch.cuda.get_device_name(device)
    threads = torch.get_num_threads()
    return f"CPU, {threads} thread{'' if threads == 1 else 's'}"


def devices_of(option: str) -> tuple[str, ...]:
    """The devices that `--device` names: "auto" all CUDA devices if there are any, else the CPU; "cuda" likewise.

    Raises ValueError on a device that torch cannot use here.
    """
    if option == "cpu":  # torch, which takes seconds to import, need not be asked
        return (option,)
    import torch

    seen = torch.cuda.device_count()
    if option == "auto":
        option = "cuda" if seen else "cpu"
    name, _, number = option.partition(":")
    if name not in ("cpu", "cuda") or (":" in option and (name == "cpu" or not number.isdecimal())):
        raise ValueError(f"--device: expected auto, cpu, cuda or cuda:N, got {option!r}")
    if name == "cuda" and int(number or 0) >= seen:
        raise ValueError(f"--device: got {option!r}, but torch sees {seen} CUDA devices; try cpu")
    return tuple(f"cuda:{i}" for i in range(seen)) if option == "cuda" else (option,)
