"""How something was made: versions and device, for facts.json and for records."""

from __future__ import annotations

import os
import platform
import subprocess
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

DEVICES = ("cpu", "cuda", "mps")


def versions() -> dict[str, str]:
    """The versions that a result may depend on."""
    named = {name: version(name) for name in ("torch", "numpy", "scipy")}
    return {"python": platform.python_version(), **named, "mia-arena": ours()}


@cache
def ours() -> str:
    """Our own version and, in a clone, its commit: ``0.1.0 (2eab69e04d11)``, ``-dirty`` where code was changed."""
    try:
        found = version("mia-arena")
    except PackageNotFoundError:  # a clone on the path, never installed
        found = "not installed"
    return f"{found} ({commit})" if (commit := _commit()) else found


@cache
def day() -> str:
    """The day of our commit in a clone, as ``2026-11-26``; elsewhere nothing."""
    return _git("log", "-1", "--format=%cs")


def _commit() -> str:
    made = [":(exclude)results", ":(exclude)docs"]  # by runs: a board that was just made again changes no code
    changed = _git("status", "--porcelain", "--untracked-files=no", "--", ".", *made)
    name = _git("rev-parse", "--short=12", "HEAD")
    return name + "-dirty" * bool(name and changed)


def _git(*words: str) -> str:
    root = Path(__file__).parents[2]
    if not (root / ".git").exists():  # an installed package may lie in somebody else's repository
        return ""
    command = ["git", "-C", str(root), *words]
    quiet = {**os.environ, "GIT_OPTIONAL_LOCKS": "0"}  # it is asked, and writes nothing
    try:
        return subprocess.run(
            command, capture_output=True, encoding="utf-8", timeout=10, check=True, env=quiet
        ).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return ""


def device_name(device: str) -> str:
    """The device as a record names it."""
    import torch

    if device.startswith("cuda"):
        return torch.cuda.get_device_name(device)
    if device == "mps":
        return "Apple GPU (MPS)"
    threads = torch.get_num_threads()
    return f"CPU, {threads} thread{'' if threads == 1 else 's'}"


def devices_of(option: str) -> tuple[str, ...]:
    """The devices that `--device` names: "auto" all CUDA devices if there are any, else the CPU, and never Apple's GPU,
    on which nothing was measured yet; "cuda" likewise.

    Raises ValueError on a device that torch cannot use here.
    """
    if option == "cpu":  # torch, which takes seconds to import, need not be asked
        return (option,)
    import torch

    seen = torch.cuda.device_count()
    if option == "auto":
        option = "cuda" if seen else "cpu"
    name, _, number = option.partition(":")
    if name not in DEVICES or (":" in option and (name != "cuda" or not number.isdecimal())):
        raise ValueError(f"--device: expected auto, cpu, cuda, cuda:N or mps, got {option!r}")
    if name == "mps" and not torch.backends.mps.is_available():
        raise ValueError("--device: got 'mps', Apple's GPU, but torch sees none here; try auto or cpu")
    if name == "cuda" and int(number or 0) >= seen:
        raise ValueError(f"--device: got {option!r}, but torch sees {seen} CUDA devices; try cpu")
    return tuple(f"cuda:{i}" for i in range(seen)) if option == "cuda" else (option,)
