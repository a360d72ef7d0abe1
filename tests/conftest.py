"""Matrices of tests are small: several threads would only wait for one another."""

import pytest
from threadpoolctl import threadpool_limits


@pytest.fixture(autouse=True, scope="session")
def one_thread():
    with threadpool_limits(1, "blas"):
        yield
