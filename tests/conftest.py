"""Tests in several processes: one thread each, or they would only wait for one another."""

import os
import signal
import sys

import pytest

os.environ.pop("PYTHONWARNDEFAULTENCODING", None)  # of these processes, whose code is ours, and not of what they start
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # before torch is imported; of what tests start, too
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # a shell's job in the background begins deaf to Ctrl-C
    signal.signal(signal.SIGINT, signal.default_int_handler)  # and what tests start heeds it, too


def pytest_collection_modifyitems(items):
    """Skip on Windows what it cannot do, with the reason."""
    for item in items if sys.platform == "win32" else ():
        if marker := item.get_closest_marker("posix"):
            item.add_marker(pytest.mark.skip(reason=f"not on Windows: {marker.args[0]}"))


@pytest.fixture(autouse=True, scope="session")
def threads_of_blas():
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1, "blas"):
        yield
