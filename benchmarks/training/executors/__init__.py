"""Where jobs run: here, in processes, on Ray or on SLURM."""

from benchmarks.training.executors.here import TRIES, Executor, Function, Here, Worker, nothing

__all__ = ["TRIES", "Executor", "Function", "Here", "Worker", "nothing"]
