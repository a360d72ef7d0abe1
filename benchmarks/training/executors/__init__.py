"""Where jobs run: here, in processes, on Ray or on SLURM."""

from benchmarks.training.executors.here import LOST, TRIES, Executor, Function, Here, Worker, nothing

__all__ = ["LOST", "TRIES", "Executor", "Function", "Here", "Worker", "nothing"]
