"""What a job elsewhere returns: its answer, or the one sentence that it would have raised here."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.naming.working_folder import found_here
from benchmarks.training.executors import Function, Worker


@dataclass(frozen=True)
class Guarded:
    """A function of a job and its worker, as it is called in a process elsewhere: in the driver's folder, if that is
    there, with the driver's places of packages, in so many threads.
    """

    function: Function
    folder: str
    packages: tuple[str, ...]
    threads: int = 1

    @classmethod
    def of(cls, function: Function) -> Guarded:
        """The function as this process would call it."""
        return cls(function, os.getcwd(), tuple(sys.path))

    def __call__(self, job: Any) -> tuple[str, Any]:
        """("answer", what it returns), or the kind of error and its sentence."""
        sys.path += [place for place in self.packages if place not in sys.path]
        if Path(self.folder).is_dir():
            os.chdir(self.folder)
        found_here()
        import torch

        device = "cuda:0" if os.environ.get("CUDA_VISIBLE_DEVICES") and torch.cuda.is_available() else "cpu"
        if device == "cpu":
            torch.set_num_threads(self.threads)
        try:
            return "answer", self.function(job, Worker(device))
        except OSError as error:
            return "OSError", str(error)
        except ValueError as error:
            return "ValueError", str(error)


def answer_of(said: tuple[str, Any]) -> Any:
    """The answer. Raises what the job would have raised."""
    kind, value = said
    if kind == "answer":
        return value
    raise (OSError if kind == "OSError" else ValueError)(value)
