"""A training step recorded once as a CUDA graph and replayed, so that launching its kernels costs nothing."""

from __future__ import annotations

import logging
from collections.abc import Callable

import torch
from torch import Tensor

WARM_UP = 3  # steps before recording: they allocate the optimiser's state and let libraries choose their kernels
Step = Callable[[Tensor, Tensor | None], None]
log = logging.getLogger(__name__)


class Captured:
    """A step (index, draw) -> None on a CUDA device that reads and writes the same memory at each call.

    The first full batches are real steps, run as usual on a side stream; then the step is recorded, which computes
    nothing, and replayed. Smaller batches always run as usual. A step that cannot be recorded (a defense's hook may
    wait for the device) goes on as usual, and that is logged.

    It is recorded on the stream on which it is replayed. cuBLAS has one workspace a stream, and a graph keeps that of
    the stream that it was recorded on: graphs recorded on one stream, and replayed side by side, would write their
    products over one another's.
    """

    def __init__(self, step: Step, batch: int) -> None:
        self.step = step
        self.batch = batch
        self.steps = 0
        self.graph: torch.cuda.CUDAGraph | None = None
        self.index: Tensor | None = None
        self.draw: Tensor | None = None

    def __call__(self, index: Tensor, draw: Tensor | None) -> None:
        """Run the step."""
        if index.shape[1] != self.batch or self.steps < 0:
            self.step(index, draw)
        elif self.steps < WARM_UP:
            self._warm_up(index, draw)
        else:
            self._replay(index, draw)

    def _warm_up(self, index: Tensor, draw: Tensor | None) -> None:
        self.steps += 1
        here = torch.cuda.current_stream(index.device)
        side = torch.cuda.Stream(index.device)
        side.wait_stream(here)
        with torch.cuda.stream(side):
            self.step(index, draw)
        here.wait_stream(side)

    def _replay(self, index: Tensor, draw: Tensor | None) -> None:
        if self.graph is None:
            self.index = index.clone()
            self.draw = None if draw is None else draw.clone()
            graph = torch.cuda.CUDAGraph()
            try:
                with torch.cuda.device(index.device), torch.cuda.graph(graph, stream=_own_stream(index.device)):
                    self.step(self.index, self.draw)
            except torch.OutOfMemoryError:
                raise
            except (RuntimeError, ValueError) as error:  # a fault of a hook or network shows again below, if it is one
                log.warning("the training step cannot be recorded, it runs step by step: %s", error)
                self.steps = -1
                torch.cuda.synchronize(index.device)
                self.step(index, draw)
                return
            self.graph = graph
        assert self.index is not None
        self.index.copy_(index)
        if self.draw is not None and draw is not None:
            self.draw.copy_(draw)
        self.graph.replay()


def _own_stream(device: torch.device) -> torch.cuda.Stream | None:
    """Return the current stream; None where it is the default one, on which nothing can be recorded."""
    here = torch.cuda.current_stream(device)
    return None if here == torch.cuda.default_stream(device) else here
