"""A pytest plugin (-p tiny_speed) that makes the speed benchmarks tiny, and their clocks those of the processor."""

import time

import torch

from benchmarks.speed import rates, shapes, timing

torch.set_num_threads(1)  # so that processor time is what one thread took, however busy the machine is
rates.SIDE, rates.COPIED = {"cpu": 64}, {"cpu": 1 << 20}
timing.TEXTBOOK_SECONDS, timing.ENGINE_SECONDS = 0.1, 0.3
timing.time = type("Clock", (), {"perf_counter": staticmethod(time.process_time)})
shapes.COHORTS = (1, 4)
