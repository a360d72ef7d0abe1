"""Networks, and the only training loop. Names are loaded when they are used: this alone imports no torch."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from models.batch import Batch
    from models.companion import Beside, Companion
    from models.densenet import DenseNet
    from models.faults import HookError
    from models.fitting import FIT_VERSION, cohort_width, fit
    from models.hooks import Privacy, Standard, cross_entropy, one_hot
    from models.networks import AlexNet, Cnn, Mlp, WideResNet
    from models.predict import Predictor, predict_all, restore
    from models.recipe import Recipe
    from models.task import Diverged, Network, Task, Trained

_HOMES = {
    "batch": ("Batch",),
    "densenet": ("DenseNet",),
    "companion": ("Beside", "Companion"),
    "faults": ("HookError",),
    "fitting": ("FIT_VERSION", "cohort_width", "fit"),
    "hooks": ("Privacy", "Standard", "cross_entropy", "one_hot"),
    "networks": ("AlexNet", "Cnn", "Mlp", "WideResNet"),
    "predict": ("Predictor", "predict_all", "restore"),
    "recipe": ("Recipe",),
    "task": ("Diverged", "Network", "Task", "Trained"),
}
_HOME = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "FIT_VERSION",
    "AlexNet",
    "Batch",
    "Beside",
    "Cnn",
    "Companion",
    "DenseNet",
    "Diverged",
    "HookError",
    "Mlp",
    "Network",
    "Predictor",
    "Privacy",
    "Recipe",
    "Standard",
    "Task",
    "Trained",
    "WideResNet",
    "cohort_width",
    "cross_entropy",
    "fit",
    "one_hot",
    "predict_all",
    "restore",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'models' has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    globals()[name] = value
    return value
