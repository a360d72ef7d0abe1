"""torchvision, also beside a CPU-only torch.

The wheel on PyPI is built for CUDA: beside a CPU-only torch its compiled operators do not load, and its import fails
because two of their schemas are unknown. Declaring them is enough for all that we use, the dataset readers.
"""

from __future__ import annotations

import contextlib

import torch

with contextlib.suppress(RuntimeError):  # they exist already where torchvision's own operators load
    for _operator in ("nms", "qnms"):
        torch.library.define(f"torchvision::{_operator}", "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")

import torchvision

readers = torchvision.datasets
