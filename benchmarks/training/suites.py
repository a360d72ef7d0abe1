"""The suites: a data set, a network, a recipe and a protocol under one name."""

from __future__ import annotations

import argparse
from dataclasses import dataclass, field, replace
from typing import Any

from benchmarks.naming.options import whole
from benchmarks.naming.plugins import nearest
from models import NETWORKS, Recipe

MOST = {"references": 10_000, "trials": 10_000, "epochs": 100_000}  # more are taken for a slip of the finger


@dataclass(frozen=True)
class Suite:
    """What is trained on what, and how the records are split."""

    name: str
    about: str  # one line for --list
    dataset: str
    network: Any
    recipe: Recipe
    part: int  # records that one model trains on
    references: int  # R
    trials: int  # K
    protocol: str = "six-split"
    target_out: int | None = None  # records of the part that target 0 does not train on, where fewer than `part`
    changed: dict[str, tuple[int, int]] = field(default_factory=dict)  # option -> (the suite's value, the run's)

    def altered(self, references: int | None, trials: int | None, epochs: int | None) -> Suite:
        """The suite with `references`, `trials` or `epochs` replaced unless None; `changed` says so.

        Raises ValueError on a value below 1 or above `MOST`.
        """
        suite = self
        for option, before, value in (
            ("references", self.references, references),
            ("trials", self.trials, trials),
            ("epochs", self.recipe.epochs, epochs),
        ):
            if value is None or value == before:
                continue
            try:
                whole(1, MOST[option])(value)
            except argparse.ArgumentTypeError as error:
                raise ValueError(f"--{option}: {error}") from None
            suite = replace(suite, changed={**suite.changed, option: (before, value)})
            if option == "references":
                suite = replace(suite, references=value)
            elif option == "trials":
                suite = replace(suite, trials=value)
            else:
                milestones = tuple(round(m * value / before) for m in suite.recipe.milestones)
                suite = replace(suite, recipe=replace(suite.recipe, epochs=value, milestones=milestones))
        return suite

    @property
    def reduced(self) -> bool:
        """Whether some number of this run is smaller than the suite's own."""
        return any(after < before for before, after in self.changed.values())


# The six of the HP-MIA paper: section 4.1. Its L2 (5e-4 for all but CIFAR-10) is the defense `l2`, not part
# of the recipe, so that `none` means undefended.
def _paper(name: str, about: str, network: Any, part: int, epochs: int, batch: int, rate: float, **rest: Any) -> Suite:
    augment = rest.pop("augment", ())
    recipe = Recipe(epochs=epochs, batch=batch, learning_rate=rate, augment=augment, precision="mixed")
    dataset = rest.pop("dataset", name)
    return Suite(name, about, dataset, network, recipe, part, references=20, trials=2, **rest)


_mlp = NETWORKS["mlp"]
_cnn = NETWORKS["cnn"]
_tabular = _mlp()
_turned = ("flip", "rotate")
_SUITES = [
    Suite(
        "digits",
        "8 x 8 digits bundled with scikit-learn, small MLP; nothing to download (the default)",
        dataset="digits",
        network=_mlp(hidden=(128, 64)),
        recipe=Recipe(epochs=60, batch=32, learning_rate=0.001),
        part=299,
        references=20,
        trials=8,
    ),
    _paper("mnist", "HP-MIA paper: CNN on MNIST", _cnn(hidden=128), 12000, 100, 100, 1e-3, target_out=10000),
    _paper(
        "fashion_mnist",
        "HP-MIA paper: CNN on Fashion-MNIST",
        _cnn(hidden=80),
        12000,
        100,
        100,
        1e-3,
        target_out=10000,
    ),
    _paper(
        "cifar10_alexnet",
        "HP-MIA paper: AlexNet on CIFAR-10",
        NETWORKS["alexnet"](),
        10000,
        200,
        100,
        3e-4,
        dataset="cifar10",
        augment=_turned,
    ),
    _paper(
        "cifar10_wrn",
        "HP-MIA paper: Wide-ResNet-28-2 on CIFAR-10",
        NETWORKS["wrn"](),
        10000,
        200,
        50,
        1e-3,
        dataset="cifar10",
        augment=_turned,
    ),
    _paper("purchase100", "HP-MIA paper: MLP on Purchase100", _tabular, 20000, 200, 200, 1e-4),
    _paper("texas100", "HP-MIA paper: MLP on Texas100", _tabular, 10000, 200, 50, 2e-4),
    _paper(
        "purchase100-twin",
        "synthetic twin of Purchase100: same shapes, no real record",
        _tabular,
        20000,
        200,
        200,
        1e-4,
    ),
    _paper(
        "texas100-twin",
        "synthetic twin of Texas100: same shapes, no real record",
        _tabular,
        10000,
        200,
        50,
        2e-4,
    ),
    Suite(
        "location30",
        "446 bits of check-ins, 30 classes, small MLP (a set of the HAMP evaluation)",
        dataset="location30",
        network=_mlp(hidden=(256, 128)),
        recipe=Recipe(epochs=40, batch=64, learning_rate=1e-3),
        part=835,
        references=20,
        trials=4,
    ),
    Suite(
        "letter",
        "16 numbers a letter, 26 classes, MLP",
        dataset="letter",
        network=_mlp(hidden=(256, 128)),
        recipe=Recipe(epochs=100, batch=64, learning_rate=1e-3),
        part=2000,
        references=20,
        trials=4,
    ),
    Suite(
        "news20",
        "6,000 word bits, 20 classes, MLP; sparse and wide like Texas100",
        dataset="news20",
        network=_mlp(hidden=(128, 64)),
        recipe=Recipe(epochs=20, batch=64, learning_rate=5e-4),
        part=3000,
        references=20,
        trials=4,
    ),
]
SUITES = {suite.name: suite for suite in _SUITES}


def find(name: str) -> Suite:
    """The suite of that name. Raises ValueError with the nearest names."""
    if name not in SUITES:
        raise ValueError(f"--suite: unknown suite {name!r}; {nearest(name, SUITES)}")
    return SUITES[name]
