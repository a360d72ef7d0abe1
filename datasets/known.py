"""The data sets by name: how their bytes become inputs, and where they are from."""

from __future__ import annotations

from dataclasses import dataclass

ARCHIVES = "https://github.com/privacytrustlab/datasets/raw/master/"
CIFAR_MEAN, CIFAR_STD = (0.4914, 0.4822, 0.4465), (0.247, 0.243, 0.261)


@dataclass(frozen=True)
class Known:
    """What is known of a data set before its file is opened."""

    classes: int
    source: str
    licence: str
    scale: tuple[float, ...] = (1.0,)
    shift: tuple[float, ...] = (0.0,)
    torchvision: str | None = None  # the reader's class name
    archive: str | None = None
    blob: str | None = None  # git blob id of the archive


_LAB = "github.com/privacytrustlab/datasets"
_GREY = (1 / 255,)
_CIFAR = tuple(1 / (255 * s) for s in CIFAR_STD)
_CIFAR_SHIFT = tuple(-m / s for m, s in zip(CIFAR_MEAN, CIFAR_STD, strict=True))
KNOWN = {
    "mnist": Known(10, "MNIST (LeCun et al. 1998)", "CC BY-SA 3.0", _GREY, torchvision="MNIST"),
    "fashion_mnist": Known(10, "Fashion-MNIST (Xiao et al. 2017)", "MIT", _GREY, torchvision="FashionMNIST"),
    "cifar10": Known(10, "CIFAR-10 (Krizhevsky 2009)", "none stated", _CIFAR, _CIFAR_SHIFT, torchvision="CIFAR10"),
    "cifar100": Known(100, "CIFAR-100 (Krizhevsky 2009)", "none stated", _CIFAR, _CIFAR_SHIFT, torchvision="CIFAR100"),
    "purchase100": Known(
        100,
        f"Acquire Valued Shoppers Challenge, {_LAB}",
        "none stated",
        archive="dataset_purchase.tgz",
        blob="3efa7476ad5ed7ac3e558d28585a186b38fc5f19",
    ),
    "texas100": Known(
        100,
        f"Texas hospital discharges, {_LAB}",
        "none stated",
        archive="dataset_texas.tgz",
        blob="966f7ff40b24cf5912ff84759aab9adb8c25f30e",
    ),
    "location30": Known(
        30,
        f"Foursquare check-ins, {_LAB}",
        "none stated",
        archive="dataset_location.tgz",
        blob="0cfc2caa0c8c8569cd68a5d4ab369a98c1f98447",
    ),
    "letter": Known(26, "UCI letter recognition (Frey and Slate 1991)", "CC BY 4.0", (1 / 15,)),
    "news20": Known(20, "20 Newsgroups, presence of the 6,000 most frequent words", "none stated"),
    "adult": Known(2, "UCI census income (Kohavi 1996)", "CC BY 4.0"),
}
