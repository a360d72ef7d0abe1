"""Networks, and the only training loop."""

from models.fit import FIT_VERSION, cohort_width, fit
from models.networks import NETWORKS, AlexNet, Cnn, Mlp, WideResNet
from models.predict import Predictor, predict_all
from models.recipe import Recipe
from models.task import Diverged, Task

__all__ = [
    "FIT_VERSION",
    "NETWORKS",
    "AlexNet",
    "Cnn",
    "Diverged",
    "Mlp",
    "Predictor",
    "Recipe",
    "Task",
    "WideResNet",
    "cohort_width",
    "fit",
    "predict_all",
]
