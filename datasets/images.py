"""MNIST, Fashion-MNIST, CIFAR-10 and CIFAR-100, through torchvision's readers, which verify what they download."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np

from datasets.known import Known

CIFAR_MEAN, CIFAR_STD = (0.4914, 0.4822, 0.4465), (0.247, 0.243, 0.261)
_SCALE = tuple(1 / (255 * s) for s in CIFAR_STD)
_SHIFT = tuple(-m / s for m, s in zip(CIFAR_MEAN, CIFAR_STD, strict=True))
_GREY = (1 / 255,)


def fetch(reader: str, scratch: Path) -> dict[str, np.ndarray]:
    """The arrays of the set that torchvision's `reader` reads, training records first."""
    from datasets._torchvision import readers

    images, labels = [], []
    for train in (True, False):
        part = getattr(readers, reader)(str(scratch), train=train, download=True)
        data = np.asarray(part.data)
        images.append(data if data.ndim == 4 else data[..., None])
        labels.append(np.asarray(part.targets))
    return {
        "images": np.concatenate(images).astype(np.uint8),
        "labels": np.concatenate(labels).astype(np.uint8),
        "n_train": np.array(len(labels[0])),
    }


mnist = Known(
    "mnist",
    10,
    "MNIST (LeCun et al. 1998)",
    "CC BY-SA 3.0",
    _GREY,
    digests={"aa051896df1a65ce625da1e55489e5fa772e3ad19c257f4d1b7010e8f79edbd1": ""},
    fetch=partial(fetch, "MNIST"),
)
"""28 x 28 handwritten digits: 70,000 images, 10 classes."""
fashion_mnist = Known(
    "fashion_mnist",
    10,
    "Fashion-MNIST (Xiao et al. 2017)",
    "MIT",
    _GREY,
    digests={"8dbc2132f93312ff2fff1aea68d301ad7d43aade99724286e7382f5f8469421a": ""},
    fetch=partial(fetch, "FashionMNIST"),
)
"""28 x 28 pictures of clothes: 70,000 images, 10 classes."""
cifar10 = Known(
    "cifar10",
    10,
    "CIFAR-10 (Krizhevsky 2009)",
    "none stated",
    _SCALE,
    _SHIFT,
    digests={
        "c6142714357f8fe6d44243f3261a245683237251a579843cd5e956240c9492a5": "a copy with 121 images decoded from JPEG"
    },
    fetch=partial(fetch, "CIFAR10"),
)
"""32 x 32 colour photographs: 60,000 images, 10 classes."""
cifar100 = Known(
    "cifar100",
    100,
    "CIFAR-100 (Krizhevsky 2009)",
    "none stated",
    _SCALE,
    _SHIFT,
    digests={"e6f58ae91ff1331f7eadb92ff8f334de68facec5e545fb2956eabfe5f3e395b2": "a copy in an order of its own"},
    fetch=partial(fetch, "CIFAR100"),
)
"""32 x 32 colour photographs: 60,000 images, 100 classes."""
