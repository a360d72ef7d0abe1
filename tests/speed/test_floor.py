"""The floor of a training step against networks counted by hand."""

from benchmarks.papers.hp_mia import floor as paper
from benchmarks.speed.floor import work
from benchmarks.speed.shapes import SHAPES
from benchmarks.speed.shapes import work as of_shape
from models import Cnn, Mlp, Recipe

RECIPE = Recipe(epochs=3, batch=4, learning_rate=0.001)


def test_an_mlp_by_hand():
    found = work(Mlp(hidden=(6,)), RECIPE, 12, (5,), 3)  # three full batches of 4
    weights = 5 * 6 + 6 * 3
    assert found.flops == 2 * 4 * (3 * weights - 5 * 6)  # forward, and both gradients but that of the records
    assert found.parameters == weights + 6 + 3
    assert found.kept == 4 * (5 + 6 + 3) + 1  # records, hidden layer, log-probabilities, and the loss's own weight
    reads_weights, reads_them_again, writes_them, moves_moments = 4, 4, 4, 4 * 4
    each = reads_weights + reads_them_again + writes_them + moves_moments
    assert found.floor_bytes("fp32") == each * 57 + (4 + 4) * 57
    assert found.floor_bytes("mixed") == each * 57 + (2 + 2) * 57


def test_a_cnn_by_hand():
    found = work(Cnn(hidden=2), RECIPE, 4, (16, 16, 1), 3)  # one batch of 4
    first, second, linear = 12 * 12 * 24 * 25, 2 * 2 * 48 * 24 * 25, 48 * 2 + 2 * 3
    assert found.flops == 2 * 4 * (2 * first + 3 * (second + linear))
    assert found.parameters == 24 * 25 + 24 + 48 * 24 * 25 + 48 + (48 * 2 + 2) + (2 * 3 + 3)
    convolutions, activations = 24 * 12 * 12 + 48 * 2 * 2, 24 * 6 * 6 + 48 + 2
    assert found.kept == 4 * (16 * 16 + convolutions + activations + 3) + 1
    assert found.floor_bytes("mixed") == 28 * found.parameters + 4 * found.kept


def test_a_smaller_last_batch_counts_as_what_it_is():
    network, whole = Mlp(hidden=(6,)), work(Mlp(hidden=(6,)), RECIPE, 12, (5,), 3)
    assert work(network, RECIPE, 10, (5,), 3).flops == round(whole.flops * 10 / 12)
    assert work(network, RECIPE, 3, (5,), 3).flops == whole.flops * 3 / 4  # fewer records than a batch


def test_both_pages_count_alike():
    for shape in SHAPES:
        suite, one = shape.suite, of_shape(shape)
        if suite.dataset in paper.SHAPES:
            found = paper.of_model(suite)
            assert found.operations == one.flops * shape.steps
            assert found.bytes == one.floor_bytes(suite.recipe.precision) * shape.steps
