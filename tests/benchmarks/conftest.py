"""Makes `invented` and `browser` importable from the folders below, and starts what several tests need."""

import signal

import pytest


@pytest.fixture(scope="module")
def cluster():
    """A Ray cluster of two cores, as long as the tests of a file."""
    import ray

    kept = signal.getsignal(signal.SIGTERM)
    for last in (False, False, True):
        try:
            ray.init(address="local", num_cpus=2, include_dashboard=False, log_to_driver=False)
            break
        except Exception:  # a busy machine starts it too slowly
            ray.shutdown()
            if last:
                raise
    signal.signal(signal.SIGTERM, kept)  # Ray's own would end the process of the tests after it
    yield
    ray.shutdown()
