"""The only training loop: a cohort of models in, as many trained predictors out.

Here stands how models are trained at once, and why; what happens to them is in models.training.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import Event, Lock

import torch

from models import wide
from models.building import one_thread, stacked
from models.cohort import in_cohorts, interleaved, side_by_side, streams
from models.memory import bytes_per_model, free, on_meta
from models.predict import Predictor
from models.process import undisturbed
from models.records import Inputs, Records
from models.task import Diverged, Task
from models.training import Cohort, Steps

FIT_VERSION = 2
STACKED, STREAMED, THREADED, IN_TURN = "stacked", "streamed", "threaded", "in turn"
TINY_WIDTH = 32  # models; more at once leave the caches and gain nothing
STACKS = 2  # side by side; Python steps one at a time, which more stacks would wait for
STREAMS = 8  # on a GPU; twice as many gained nothing on an H100
SHARE = 0.8  # of a GPU's free memory, for a cohort
WIDEST = 128  # models; launches are long paid for, and an interruption loses a cohort


def fit(task: Task) -> list[Predictor | Diverged]:
    """Train the K models of a task; return a Predictor or Diverged for each, in the order of task.rows.

    A model's result does not depend on the other models of the task: on a CPU to the bit (a lone one, of those that are
    else trained one a thread, up to rounding), elsewhere up to rounding.

    On a CPU, tiny networks are stacked and stepped as one program; two such stacks on a thread each are about as fast
    as one on two threads when the machine is idle, and many times as fast when it is busy, since nothing waits for a
    thread that lost its core. Other Mlps of up to two million parameters, and all networks in mixed precision, are
    trained one model a thread, side by side: 1.2 to 1.3 times as fast for the tanh Mlp of HP-MIA and HAMP on two cores,
    since threads that share a small product wait for one another. All others, and a lone model, have all threads.

    On a GPU as many models are trained at once as its free memory holds, each step recorded as a CUDA graph. Linear
    layers are stacked, since small steps are bound by launches. So are convolutions in networks with BatchNorm, as
    grouped ones (models.wide): there most layers are narrow. Other convolutional networks, and DenseNet, are faster as
    separate models that take turns on eight streams. Measured on an H100 (docs/speed.md), DenseNet on an H200;
    products of unfolded images were slower than either. A network with layers that models.wide does not know is trained
    a model at a time, wherever; what it draws from torch's global generator is a function of the model's seed.

    Raises HookError where a hook of the defense does not keep its contract, ValueError where the network does not.
    """
    with undisturbed(task.seeds[0]):
        return _fit(task)


def _fit(task: Task) -> list[Predictor | Diverged]:
    device = torch.device(task.device)
    inputs = Inputs(task.scale, task.shift, device, task.dtype)
    records = Records(task.x, task.y, inputs, task.recipe.augment)
    progress = _Progress(task.advance)

    def train(parts: Sequence[range], batched: bool) -> list[Predictor | Diverged]:
        cohorts = {part: Cohort(task, part, records, batched) for part in parts}

        def steps(part: range, stop: Event) -> Steps:
            return cohorts[part].train(lambda epochs: progress.reach(part, epochs), stop)

        if way == STREAMED:
            with streams(STREAMS, device) as places:
                made = interleaved([steps(part, Event()) for part in parts], places)
            return [result for results in made for result in results]
        if device.type != "cpu" or way == IN_TURN:
            return [result for part in parts for result in interleaved([steps(part, Event())])[0]]
        return side_by_side(parts, lambda part, stop: interleaved([steps(part, stop)])[0])

    def together(members: range) -> list[Predictor | Diverged]:
        each = len(members) if device.type != "cpu" else -(-len(members) // min(STACKS, torch.get_num_threads()))
        return train([members[i : i + each] for i in range(0, len(members), each)], True)

    def separate(members: range) -> list[Predictor | Diverged]:
        return train([members[i : i + 1] for i in range(len(members))], way == STREAMED)

    way = _way(task)
    return in_cohorts(len(task), cohort_width(task), together if way == STACKED else separate)


@undisturbed()
def cohort_width(task: Task) -> int:
    """Return how many models `fit` trains at once, and so how many an interruption can lose."""
    device = torch.device(task.device)
    way = _way(task)
    if device.type == "cuda" and way != IN_TURN:
        return max(1, min(WIDEST, int(SHARE * free(device)) // bytes_per_model(task)))
    return {STACKED: TINY_WIDTH, THREADED: torch.get_num_threads(), IN_TURN: 1}[way]


def _way(task: Task) -> str:
    """Return how to train the models of a task."""
    module, shape, device = on_meta(task), task.x.shape[1:], torch.device(task.device)
    if stacked(module, shape, device):
        return STREAMED if device.type == "cuda" and wide.best_apart(module) else STACKED
    side = device.type == "cpu" and len(task) > 1 and one_thread(module, shape, task.recipe.precision)
    return THREADED if side else IN_TURN


class _Progress:
    """Counts model-epochs; those of a model that is trained again count once."""

    def __init__(self, advance: Callable[[int], object]) -> None:
        self.advance = advance
        self.epochs: dict[int, int] = {}
        self.lock = Lock()

    def reach(self, members: range, epochs: int) -> None:
        with self.lock:
            new = sum(max(0, epochs - self.epochs.get(k, 0)) for k in members)
            self.epochs.update({k: max(epochs, self.epochs.get(k, 0)) for k in members})
            if new:
                try:
                    self.advance(new)
                except Exception:  # a terminal that is gone must not stop the work, nor hold the lock
                    self.advance = lambda _: None
