"""The suites: a data set, a network, a recipe and a protocol under one name, one TOML file each.

The files beside this one are built in; a suite of one's own is a file like them (docs/own-data.md).
"""

from benchmarks.training.suites.reading import find, listing
from benchmarks.training.suites.suite import MOST, Suite

__all__ = ["MOST", "Suite", "find", "listing"]
