"""Each score against its definition written out in float64 on probabilities, and against closed forms."""

import numpy as np
import pytest
from scipy.stats import norm

import attacks
from attacks import Evidence, Rehearsal, prepare
from attacks.check import auc
from attacks.registry import load

RNG = np.random.default_rng(0)
N, R, C = 50, 5, 4
LABELS = RNG.integers(C, size=N)
TARGET = RNG.normal(size=(N, 1, C)).astype(np.float32)
REFERENCES = RNG.normal(size=(R, N, 1, C)).astype(np.float32)


def evidence():
    return Evidence(LABELS, TARGET, REFERENCES, np.zeros((R, N), bool))


def probabilities(logits):
    e = np.exp(logits[..., 0, :].astype(np.float64))
    return e / e.sum(-1, keepdims=True)


def of_label(p):
    return np.take_along_axis(p, np.broadcast_to(LABELS[:, None], (*p.shape[:-1], 1)), -1)[..., 0]


P, Q = probabilities(TARGET), probabilities(REFERENCES)
PY, QY = of_label(P), of_label(Q)
OTHER = np.arange(C) != LABELS[:, None]
ODDS, OUT = np.log(PY / (1 - PY)), np.log(QY / (1 - QY))
COMMON, SQUARES = OUT.var(0, ddof=1).mean(), ((OUT - OUT.mean(0)) ** 2).sum(0)
STD = np.sqrt((64 * COMMON + SQUARES) / (64 + R - 1) * (1 + 1 / R))
EXPECTED = {
    "loss": np.log(PY),
    "conf": np.log(P.max(-1)),
    "entropy": (P * np.log(P)).sum(-1),
    "mentr": (1 - PY) * np.log(PY) + (OTHER * P * np.log(1 - P)).sum(-1),
    "gap": (P.argmax(-1) == LABELS).astype(float),
    "c-loss": np.log(PY) - np.log(QY).mean(0),
    "c-conf": PY - QY.mean(0),
    "c-conf-max": np.log(P.max(-1)) - np.log(Q.max(-1)).mean(0),
    "lira-offline": (ODDS - OUT.mean(0)) / STD,
    "lira-offline-fixed": (ODDS - OUT.mean(0)) / np.sqrt(COMMON),
    "lira-two-sided": -norm.logpdf(ODDS, OUT.mean(0), STD) - 0.5 * np.log(2 * np.pi),
}


@pytest.mark.parametrize("name", EXPECTED)
def test_score_equals_its_definition(name):
    score = load(name)().score(evidence(), None, RNG)
    assert score.dtype == np.float64
    np.testing.assert_allclose(score, EXPECTED[name], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", attacks.BUILTIN)
@pytest.mark.parametrize("second", [-1, 1])
def test_extreme_logits_give_finite_scores(name, second):
    """The second of two reference models agrees, or says the contrary; each saw every other record."""
    extreme = np.where(np.arange(C) == LABELS[:, None], 1e4, -1e4).astype(np.float32)[:, None].repeat(3, axis=1)
    seen = np.arange(2)[:, None] == np.arange(N) % 2

    def case(**more):
        inputs = RNG.normal(size=(N, 2)).astype(np.float32)
        asked = sorted({query for each in attacks.BUILTIN for query in load(each)().queries})
        columns = {**dict.fromkeys(asked, slice(1, 3)), "clean": slice(0, 1)}
        references = np.stack([extreme, second * extreme])
        return Evidence(LABELS, extreme, references, seen, inputs=inputs, columns=columns, **more)

    def ask(x):
        return np.resize(extreme[:, 0], (len(x), C))

    made = [case(population=case(), ask=ask) for _ in range(2)]
    ready = prepare(load(name)(), Rehearsal(made[0], RNG.random(N) < 0.5), RNG)
    assert np.isfinite(ready.score(made[1])).all()


def test_offline_lira_on_gaussians_reaches_the_auc_of_its_closed_form():
    rng, n, references = np.random.default_rng(3), 4000, 400
    member = rng.random(n) < 0.5
    mean = rng.normal(size=n)

    def binary(phi):  # two classes: phi is the difference of the logits
        return np.stack([phi, np.zeros_like(phi)], -1).astype(np.float32)[..., None, :]

    target = binary(rng.normal(mean + member))
    out = binary(rng.normal(mean, size=(references, n)))
    case = Evidence(np.zeros(n, np.int64), target, out, np.zeros((references, n), bool))
    score = load("lira-offline")().score(case, None, rng)
    assert auc(score, member) == pytest.approx(norm.cdf(1 / np.sqrt(2)), abs=0.02)


def test_two_stage_ranks_by_strictest_alpha():
    ev, practice, member = attacks.planted(np.random.default_rng(0), 2000, 6, 5, 2.0)
    attack = load("two-stage")()
    score = attack.score(ev, practice, RNG)
    strict, loose = attack.decide(ev, practice, np.array([1.0, 0.0]), RNG)
    assert score[strict].min() > score[~strict].max()
    assert auc(score, member) > auc(load("loss")().score(ev, practice, RNG), member)
    assert loose.sum() > strict.sum()


def test_no_reference_left_is_said():
    seen = Evidence(LABELS, TARGET, REFERENCES, np.ones((R, N), bool))
    with pytest.raises(ValueError, match="train more references"):
        load("c-loss")().score(attacks.restrict(seen, "probability", "reference"), None, RNG)
