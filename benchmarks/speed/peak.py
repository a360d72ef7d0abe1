"""Peak memory of training against what was predicted: `python -m benchmarks.speed.peak SHAPE PRECISION DEVICE`.

A process of its own, since on a CPU the peak is that of the whole process.
"""

from __future__ import annotations

import ctypes
import gc
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import torch

from benchmarks.speed.shapes import SHAPES, Shape
from models import Task, cohort_width, fit
from models.memory import bytes_per_model
from models.records import Inputs, Records

STEPS = 10  # of one epoch
MOST = 64  # models
# glibc's heap gives freed memory back at once; else what it keeps in reserve would count as used
PROMPT = {"MALLOC_MMAP_THRESHOLD_": "4096", "MALLOC_TRIM_THRESHOLD_": "4096"}


def measured_apart(shape: Shape, precision: str, device: str) -> dict[str, Any]:
    """Return what `measure` returns, from a new process. Raises CalledProcessError when that fails."""
    command = [sys.executable, "-m", "benchmarks.speed.peak", shape.name, precision, device]
    environment = {**os.environ, **PROMPT}
    return json.loads(
        subprocess.run(command, check=True, stdout=subprocess.PIPE, encoding="utf-8", env=environment).stdout
    )


def measure(shape: Shape, precision: str, device: str) -> dict[str, Any]:
    """Train as many models as the engine takes at once, at most 64; return the peak in bytes and the prediction.

    The peak is what training adds, without the records on the device: allocated memory on CUDA, resident on a CPU.
    The same models train once before, so that what libraries load and compile for them, once a process, is not in it.
    """
    models = min(MOST, cohort_width(shape.task(precision, MOST, STEPS, 1, device)))
    task = shape.task(precision, models, STEPS, 1, device)
    predicted = models * bytes_per_model(task)
    fit(task)
    gc.collect()
    if torch.device(device).type == "cuda":
        before = torch.cuda.memory_allocated(device)
        torch.cuda.reset_peak_memory_stats(device)
        fit(task)
        peak = torch.cuda.max_memory_allocated(device)
    else:
        ctypes.CDLL(None).malloc_trim(0)  # what is free goes back to the system, and counts again when it is used
        before = _resident("VmRSS")
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # forgets the peak so far
        fit(task)
        peak = _resident("VmHWM")
    measured = peak - before - _held(task)
    return {"shape": shape.name, "precision": precision, "cohort": models, "measured": measured, "predicted": predicted}


def _held(task: Task) -> int:
    """Bytes that the records of a task take on its device beside the task's own arrays."""
    inputs = Inputs(task.scale, task.shift, torch.device(task.device), task.dtype)
    records = Records(task.x, task.y, inputs, task.recipe.augment)
    return records.x.nbytes if records.converted or inputs.scale.is_cuda else 0


def _resident(field: str) -> int:
    """Bytes of main memory that this process holds (VmRSS), or held at its peak (VmHWM); Linux only."""
    status = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) * 1024 for line in status if line.startswith(f"{field}:"))


if __name__ == "__main__":
    name, precision, device = sys.argv[1:]
    print(json.dumps(measure(next(s for s in SHAPES if s.name == name), precision, device)))
