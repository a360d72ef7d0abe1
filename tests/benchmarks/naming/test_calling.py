"""What a plugin's own code raises is told with its name and its line."""

import sys

import numpy as np
import pytest
import torch

from attacks import Attack
from benchmarks.naming.calling import answering
from benchmarks.naming.registry import Plugin

MODULE = """
import sys
import numpy as np

class Outside:
    def __init__(self, number=0):
        self.number = number

    def score(self, what):
        if self.number == 1:
            sys.exit(0)
        if self.number == 2:
            what[0] = 1
        if self.number == 3:
            np.zeros((2, 3)) @ np.zeros(2)
        if self.number == 4:
            raise KeyError("two\\nlines")
        return [1, 2]
"""


def call(kind, plugin, hook, *arguments):
    with answering(kind, plugin):
        return getattr(plugin.value, hook)(*arguments)


@pytest.fixture
def outside(tmp_path, monkeypatch):
    (tmp_path / "outside_hooks.py").write_text(MODULE)
    monkeypatch.syspath_prepend(tmp_path)
    from outside_hooks import Outside

    yield Outside
    sys.modules.pop("outside_hooks")


@pytest.mark.parametrize(
    ("number", "sentence"),
    [
        (1, "attack mine: SystemExit: 0 (outside_hooks.py:11)"),
        (2, "(outside_hooks.py:13); evidence is read-only; copy before changing it"),
        (3, "(outside_hooks.py:15)"),
        (4, "attack mine: KeyError: 'two\\nlines' (outside_hooks.py:17)"),
    ],
)
def test_an_error_is_told_with_the_line_of_the_plugin(outside, number, sentence):
    what = np.zeros(3)
    what.flags.writeable = False
    with pytest.raises(ValueError) as error:
        call("attack", Plugin("mine", outside(number)), "score", what)
    assert sentence in str(error.value)
    assert "\n" not in str(error.value)


def test_a_plugin_within_one_of_ours_is_found(outside):
    class Staged(Attack):
        def __init__(self, first):
            self.first = first

        def score(self, what):
            return self.first.score(what)

    with pytest.raises(ValueError, match=r"SystemExit: 0 \(outside_hooks.py:11\)"):
        call("attack", Plugin("staged", Staged(outside(1))), "score", None)


def test_a_function_is_told_with_its_own_line(outside):
    import outside_hooks

    exec("def plain(what):\n    return np.zeros((2, 3)) @ np.zeros(what)", vars(outside_hooks))
    with pytest.raises(ValueError, match=r"^function plain: ValueError: .* \(<string>:2\)$"):
        call("function", Plugin("plain", outside_hooks.plain), "__call__", 2)


def test_of_a_module_of_torch_the_line_is_its_user_s():
    class Net(torch.nn.Module):
        def forward(self, what):
            return torch.nn.functional.linear(what, what[:, :1])

    with pytest.raises(ValueError, match=r"^model Net: RuntimeError: .* \(test_calling.py:\d+\)$"):
        call("model", Plugin("Net", Net()), "__call__", torch.zeros(2, 3))


def test_an_interruption_is_no_error_of_a_plugin():
    with pytest.raises(KeyboardInterrupt), answering("attack", Plugin("mine", None)):
        raise KeyboardInterrupt
