import pytest
import torch


@pytest.fixture(autouse=True)
def _one_thread(request):
    """Tiny steps on several threads crawl on a busy machine; benchmarks use what there is."""
    before = torch.get_num_threads()
    if request.node.get_closest_marker("slow") is None:
        torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)
