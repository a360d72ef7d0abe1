"""How long a network takes to answer, by how many records it runs at once, side by side; no time is asserted.

`pytest -m slow -s tests/speed/test_answering.py`: two minutes on an idle machine.
"""

import time

import numpy as np
import pytest

from models import AlexNet, Cnn, DenseNet, Mlp, WideResNet, predict, restore

RECORDS, SHAPE = 512, (32, 32, 3)


@pytest.mark.slow
@pytest.mark.parametrize("network", [Mlp(), Cnn(), AlexNet(), WideResNet(), DenseNet()], ids=lambda n: type(n).__name__)
def test_answers_by_how_many_at_once(network, benchmark, monkeypatch):
    weights = {name: tensor.detach().numpy() for name, tensor in network.build(SHAPE, 10).state_dict().items()}
    (model,) = restore(network, SHAPE, 10, [weights], (1 / 255,), (0.0,))
    x = np.random.default_rng(0).integers(0, 256, (RECORDS, *SHAPE), dtype=np.uint8)
    own, taken, said = predict.at_once(model.stack), {}, {}
    for _ in range(3):
        for size in (predict.CHUNK, predict.CHUNK_IN_CACHE):
            monkeypatch.setattr(predict, "at_once", lambda models, size=size: size)
            begun = time.perf_counter()
            said[size] = model.predict(x)
            taken.setdefault(size, []).append(time.perf_counter() - begun)
    np.testing.assert_allclose(said[predict.CHUNK], said[predict.CHUNK_IN_CACHE], rtol=1e-3, atol=1e-4)
    rates = {size: RECORDS / min(of) for size, of in taken.items()}
    benchmark.extra_info["rates"] = rates
    monkeypatch.setattr(predict, "at_once", lambda models: own)
    benchmark.pedantic(model.predict, (x,), rounds=1)
    print(f"{type(network).__name__}, {own} at once: {', '.join(f'{s}: {r:.0f} a second' for s, r in rates.items())}")
