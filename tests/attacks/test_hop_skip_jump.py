"""HopSkipJump where the distance to the boundary is known: a plane, and a circle from inside and outside."""

import numpy as np
import pytest

from attacks.hop_skip_jump import HALVINGS, _gradient, distances


def plane(d, n=60):
    """(x, starts on the other side, crossed, true distances)."""
    rng = np.random.default_rng(0)
    normal = rng.normal(size=d)
    normal /= np.linalg.norm(normal)
    drawn = rng.normal(size=(2, n, d))
    x, start = (of - (of @ normal)[:, None] * normal for of in drawn)
    far = rng.uniform(0.2, 2, size=n)
    return x - far[:, None] * normal, start + normal, lambda rows, points: points @ normal > 0, far


def circle(sign, n=200):
    """Records inside (sign 1) or outside the unit circle; starts are the nearest of some on the other side."""
    rng = np.random.default_rng(1)
    points = rng.uniform(-2, 2, size=(2000, 2))
    radius = np.linalg.norm(points, axis=1)
    inside = sign * radius < sign
    x, others = points[inside][:n], points[~inside][:50]
    apart = np.linalg.norm(x[:, None] - others, axis=2)
    true = np.abs(np.linalg.norm(x, axis=1) - 1)
    return x, others[apart.argmin(1)], lambda rows, p: sign * np.linalg.norm(p, axis=1) > sign, true


def found(game, budget, seed=2):
    """Distances over the true ones (n,), and the queries of each record."""
    x, start, crossed, true = game
    asked = np.zeros(len(x), int)

    def counted(rows, points):
        np.add.at(asked, rows, 1)
        return crossed(rows, points)

    return distances(x, start, counted, budget, np.random.default_rng(seed)) / true, asked


@pytest.mark.parametrize(("d", "budget", "within"), [(2, 300, 0.03), (20, 1000, 0.05), (64, 3000, 0.05)])
def test_the_distance_of_a_plane(d, budget, within):
    ratio, asked = found(plane(d), budget)
    assert ratio.min() > 1 - 1e-9  # what was found is of another label
    assert ratio.max() < 1 + within
    assert budget / 2 < asked.min() <= asked.max() <= budget


@pytest.mark.parametrize("sign", [1, -1])
def test_the_distance_of_a_circle(sign):
    ratio, _ = found(circle(sign), 1000)
    assert ratio.min() > 1 - 1e-9
    assert np.median(ratio) < 1.02
    assert np.quantile(ratio, 0.9) < 1.1


@pytest.mark.parametrize("game", [plane(20), circle(1), circle(-1)], ids=["plane", "inside", "outside"])
def test_more_queries_never_lead_further_away(game):
    before = np.full(len(game[0]), np.inf)
    for budget in (1, 12, 60, 110, 170, 230, 300, 380, 460, 600, 1800):
        ratio, asked = found(game, budget)
        assert (ratio <= before).all()
        assert asked.max() <= budget
        before = ratio
    assert np.median(before) < 1.03


def test_the_direction_is_the_mean_of_directions_by_their_signs_less_the_mean_sign():
    x, start, crossed, _ = plane(5, 8)
    near, reach = (x + start) / 2, np.full(8, 3.0)
    made = _gradient(near, reach, crossed, np.arange(8), 7, np.random.default_rng(5))
    drawn, mixed = np.random.default_rng(5).standard_normal((8, 7, 5)), 0
    for k in range(8):
        u = [of / np.linalg.norm(of) for of in drawn[k]]
        sign = [1 if crossed(np.array([k]), (near[k] + 3 * of)[None])[0] else -1 for of in u]
        mean = sum(sign) / 7
        mixed += abs(mean) < 1
        whole = sum(((s - mean) if abs(mean) < 1 else s) * of for s, of in zip(sign, u, strict=True))
        np.testing.assert_allclose(made[k], whole / np.linalg.norm(whole), atol=1e-12)
    assert mixed > 0


def test_a_start_that_costs_nothing_is_all_that_one_query_buys():
    x, start, _, true = game = plane(20)
    ratio, asked = found(game, 1)
    np.testing.assert_allclose(ratio * true, np.linalg.norm(start - x, axis=1))
    assert not asked.any()


def test_where_no_step_crosses_the_boundary_the_best_so_far_stays():
    """A single point is of another label: no direction leads on, and each step is halved in vain."""
    x, point = np.zeros((3, 4)), np.ones((3, 4))
    asked = []

    def crossed(rows, points):
        asked.append(len(points))
        return (points == 1).all(1)

    distance = distances(x, point, crossed, 200, np.random.default_rng(0))
    np.testing.assert_allclose(distance, 2)
    assert asked.count(3) > HALVINGS
