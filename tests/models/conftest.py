import pytest
import torch


@pytest.fixture(autouse=True)
def _one_thread():
    """Tiny steps on several threads crawl on a busy machine; tests about threads set their own number."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)
