"""A procedure's description: the same where it does the same, another wherever anything that it uses is another."""

import functools
import json
import subprocess
import sys
import threading

import numpy as np
import pandas as pd
import pytest
import scipy.sparse
import scipy.stats
import torch
from sklearn.ensemble import RandomForestClassifier
from sklearn.gaussian_process import GaussianProcessClassifier
from sklearn.gaussian_process.kernels import RBF
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, KFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from benchmarks.audit.describing import Opaque, described

BASE = """
import math
import functools
import numpy as np
import helpers
from helpers import scaled

RATE, CONFIG, WEIGHTS = 0.1, {"epochs": 3, "layers": [8, 4]}, np.arange(3.0)

class Net:
    width = 3
    def __init__(self, depth=2):
        self.depth = depth
    def forward(self, x):
        return x * 2 if self.depth else x
    @property
    def size(self):
        return 1
    @staticmethod
    def zero():
        return 0

class Wider(Net):
    pass

def unused():
    return 1

@functools.wraps(unused)
def wrapped(x):
    return x

def train(inputs, labels, seed, decay=0.5):
    import late
    net = Wider()  # a remark
    net.forward(inputs * RATE * CONFIG["epochs"])
    late.lately(inputs)
    known = seed in {"a", "b", "c", "d", "e", "f"}
    return lambda x: scaled(x) + helpers.moved(x) + math.log(2) + WEIGHTS + wrapped(x) + known
"""
HELPERS = (
    "STEP = 2\n\ndef scaled(x):\n    return x * STEP\n\ndef moved(x):\n    return x + 1\n\ndef other():\n    return 5\n"
)
LATE = "def lately(x):\n    return 1\n"
CHILD = """
import json, procedure
from benchmarks.audit.describing import described
print(json.dumps(described(procedure.train, "train")))
"""


@pytest.fixture
def written(tmp_path, monkeypatch):
    """Write the modules, one text in the place of another, and return what describes `train`."""
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)

    def describe(old="", new=""):
        for name, text in (("procedure", BASE), ("helpers", HELPERS), ("late", LATE)):
            (tmp_path / f"{name}.py").write_text(text.replace(old, new) if old else text)
            sys.modules.pop(name, None)
        assert not old or any(old in text for text in (BASE, HELPERS, LATE))
        import procedure

        return described(procedure.train, "train")

    yield describe
    for name in ("procedure", "helpers", "late"):
        sys.modules.pop(name, None)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("x * 2 if", "x * 3 if"),
        ("width = 3", "width = 4"),
        ("depth=2", "depth=3"),
        ("return 1\n    @staticmethod", "return 2\n    @staticmethod"),
        ("return 0\n", "return 4\n"),
        ("class Wider(Net)", "class Wider"),
        ("RATE, CONFIG, WEIGHTS = 0.1", "RATE, CONFIG, WEIGHTS = 0.2"),
        ("[8, 4]", "[8, 5]"),
        ("np.arange(3.0)", "np.arange(3.0) + 1"),
        ("decay=0.5", "decay=0.25"),
        ("math.log(2)", "math.log(3)"),
        ("math.log(2)", "math.exp(2)"),
        ('"f"}', '"g"}'),
        ("STEP = 2", "STEP = 3"),
        ("return x + 1", "return x - 1"),
        ("def lately(x):\n    return 1", "def lately(x):\n    return 2"),
        ("def wrapped(x):\n    return x", "def wrapped(x):\n    return -x"),
    ],
)
def test_whatever_a_function_uses_tells(written, old, new):
    assert written() == written()
    assert written(old, new) != written()


@pytest.mark.parametrize(
    ("old", "new"), [("  # a remark", "\n"), ("def other():\n    return 5", "def other():\n    return 6")]
)
def test_remarks_and_what_it_does_not_use_do_not(written, old, new):
    assert written(old, new) == written()


def test_processes_agree_whatever_the_order_of_their_sets(written, tmp_path):
    here = written()
    settings = {"PYTHONHASHSEED": "1", "PYTHONPATH": ":".join([str(tmp_path), *sys.path])}
    made = subprocess.run([sys.executable, "-c", CHILD], capture_output=True, text=True, check=True, env=settings)
    assert json.loads(made.stdout) == json.loads(json.dumps(here))


def maker(rate, *also):
    def train(inputs, labels, seed):
        return lambda x: x * rate, also

    return train


class Slotted:
    __slots__ = ("value",)

    def __init__(self, value):
        self.value = value


class Plain:
    def __init__(self, value):
        self.value = value


def net(value):
    made = torch.nn.Linear(2, 2)
    torch.nn.init.constant_(made.weight, value)
    torch.nn.init.constant_(made.bias, 0.0)
    return made


FOREST = RandomForestClassifier(20)
SEARCH = {"C": [1, 2]}


@pytest.mark.parametrize(
    ("make", "one", "other"),
    [
        (maker, 0.1, 0.2),
        (maker, 1, 1.0),
        (maker, True, 1),
        (maker, float("nan"), float("inf")),
        (maker, "a", b"a"),
        (maker, (1, 2), [1, 2]),
        (maker, {1, 2}, {1, 3}),
        (maker, {"a": 1}, {"a": 2}),
        (maker, np.zeros(3), np.zeros(4)),
        (maker, np.zeros(3, np.float32), np.zeros(3)),
        (maker, np.array(["a", None], object), np.array(["a", "b"], object)),
        (maker, torch.zeros(2), torch.ones(2)),
        (maker, pd.DataFrame({"a": [1]}), pd.DataFrame({"b": [1]})),
        (maker, pd.DataFrame({"a": ["x"]}), pd.DataFrame({"a": ["y"]})),
        (maker, scipy.sparse.csr_matrix(np.eye(2)), scipy.sparse.csr_matrix(2 * np.eye(2))),
        (maker, np.log1p, np.log),
        (maker, np.mean, np.median),
        (maker, len, sum),
        (maker, torch.relu, torch.tanh),
        (lambda v: functools.partial(maker, rate=v), 1, 2),
        (Slotted, 1, 2),
        (Plain, 1, 2),
        (lambda v: Plain(v).__init__, 1, 2),
        (net, 1.0, 2.0),
        (np.random.RandomState, 1, 2),
        (lambda v: RandomForestClassifier(max_depth=v), 3, 4),
        (lambda v: make_pipeline(StandardScaler(), LogisticRegression(C=v)), 1.0, 2.0),
        (lambda v: GridSearchCV(LogisticRegression(), SEARCH, cv=KFold(3, shuffle=True, random_state=v)), 1, 2),
        (lambda v: GaussianProcessClassifier(RBF(v)), 1.0, 2.0),
        (lambda v: FunctionTransformer(lambda x: x * v), 1, 2),
        (lambda v: scipy.stats.loguniform(v, 3.0), 1.0, 2.0),
    ],
)
def test_values_and_parameters_tell(make, one, other):
    first, again, second = (described(make(value), "train") for value in (one, one, other))
    assert first == again
    assert json.dumps(first, allow_nan=False) != json.dumps(second, allow_nan=False)


def test_random_states_of_estimators_and_the_order_of_names_do_not():
    seeds = [described(make_pipeline(RandomForestClassifier(random_state=seed)), "train") for seed in (None, 1)]
    assert seeds[0] == seeds[1]
    assert "random_state" not in json.dumps(seeds)
    assert described({2, 1, 3}, "train") == described({3, 2, 1}, "train")


def test_installed_code_counts_by_its_name_and_version():
    made = described(FOREST, "train")
    assert made["object"]["class"] == "sklearn.ensemble._forest:RandomForestClassifier"
    assert made["object"]["version"].startswith("scikit-learn ")
    assert made["parameters"]["n_estimators"] == 20


def test_what_holds_itself_is_described():
    loop = [1]
    loop.append(loop)
    assert described(loop, "train") == [1, {"within": 1}]

    def again(x):
        return again(x - 1)

    assert described(again, "train")["holds"] == {"again": {"as": 0}}


def test_what_cannot_be_told_from_others_is_refused_or_counts_by_its_type():
    lock = maker(threading.Lock())
    with pytest.raises(Opaque, match=r"^train.rate: expected what can be told from others, got a lock, .* name=$"):
        described(lock, "train")
    assert described(lock, "train", lenient=True)["holds"]["rate"] == {"object": "_thread:lock"}
    deep = []
    for _ in range(500):
        deep = [deep]
    with pytest.raises(Opaque, match="nested less deep"):
        described(deep, "train")
