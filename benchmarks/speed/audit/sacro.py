"""The same audit in SACRO-ML, by its public interface; started by path, with an interpreter that has sacroml.

LiRA with 20 shadow models on scikit-learn's network of the digits suite, 299 members and 299 others. Writes into the
working folder, which must be empty: shadow models that lie there would be taken for trained ones. The last line is
JSON: versions, and the processor seconds of its parts.
"""

import json
import logging
import platform
import time
import warnings
from importlib.metadata import version

import numpy as np
from sacroml.attacks.likelihood_attack import LIRAAttack
from sacroml.attacks.target import Target
from sklearn.datasets import load_digits
from sklearn.neural_network import MLPClassifier

imported = time.process_time()

PART, SHADOWS, EPOCHS, BATCH = 299, 20, 60, 32


def main() -> None:
    """Train the target, attack it, and say what it took."""
    warnings.filterwarnings("ignore")  # scikit-learn's, that all epochs were used
    logging.disable()
    x, y = load_digits(return_X_y=True)
    order = np.random.default_rng(0).permutation(len(y))
    x, y = x[order] / 16, y[order]
    model = MLPClassifier(
        (128, 64),
        activation="tanh",
        batch_size=BATCH,
        max_iter=EPOCHS,
        n_iter_no_change=EPOCHS,
        learning_rate_init=0.001,
        alpha=0.0,
        random_state=0,
    )
    model.fit(x[:PART], y[:PART])
    trained = time.process_time()
    inside, outside = slice(PART), slice(PART, 2 * PART)
    target = Target(
        model=model, dataset_name="digits", X_train=x[inside], y_train=y[inside], X_test=x[outside], y_test=y[outside]
    )
    answer = LIRAAttack(n_shadow_models=SHADOWS, output_dir="out").attack(target)
    attacked = time.process_time()
    made = answer["attack_experiment_logger"]["attack_instance_logger"]["instance_0"]
    parts = {"imports": imported, "target": trained - imported, "attack": attacked - trained}
    versions = {name: version(name) for name in ("numpy", "sacroml", "scikit-learn", "scipy")}
    versions["python"] = platform.python_version()
    print(json.dumps({"parts": parts, "versions": versions, "auc": float(made["AUC"])}))


if __name__ == "__main__":
    main()
