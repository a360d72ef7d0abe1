"""The comparison on planted evidence, whose change of strength is known."""

import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.stats import norm, ttest_ind

from benchmarks import gate, metrics
from benchmarks.audit import ALPHAS
from benchmarks.gate import Entry, compare

TRIALS, RECORDS = 16, 400  # the size of the committed set


def entry(scores, member, version=1, inputs="same", attack="planted", cut=2.0, **changed):
    """An attack that claims what scores at least `cut`, and the parts of its record that the comparison reads."""
    verdicts = [np.tile(s >= cut, (len(ALPHAS), 1)) for s in scores]
    counted = {
        "alpha": 0.98,
        "tp": [int((v[0] & m).sum()) for v, m in zip(verdicts, member, strict=True)],
        "members": [int(m.sum()) for m in member],
    }
    rank = [metrics.ranking(metrics.ranked(s, m)) for s, m in zip(scores, member, strict=True)]
    suite = {"name": "planted", "dataset_digest": "d", "network": "", "recipe": {}, "protocol": "", "part": 0}
    record = {
        "suite": {**suite, "references": 0, **changed.get("suite", {})},
        "defense": {"name": "none", "settings": {}},
        "adversary": "adaptive",
        "attack": {"name": attack, "version": version, "access": "logit", "needs": "target"},
        "inputs": inputs,
        "trials": [{k: float(v) for k, v in r.items()} for r in rank],
        "verdicts": [counted],
    }
    return Entry(record, scores, verdicts, member)


def planted(rng, tpr=0.15, trials=TRIALS, n=RECORDS):
    """Gaussian scores whose true TPR at 1 % FPR is `tpr`."""
    member = [rng.permutation(n) < n // 2 for _ in range(trials)]
    leak = norm.isf(0.01) - norm.isf(tpr)
    return [rng.normal(size=n) + leak * m for m in member], member


def blurred(rng, scores, member, tpr):
    """Noise that costs a tenth of the true TPR at 1 % FPR, on the scale of the scores before."""
    leak, top = norm.isf(0.01) - norm.isf(tpr), norm.isf(0.01)
    s = brentq(lambda s: norm.sf(top - leak / np.hypot(1, s)) - 0.9 * tpr, 0, 3)
    return [(x + s * rng.normal(size=len(x))) / np.hypot(1, s) for x in scores]


def blind(rng, scores, member, tpr):
    """One member in ten is treated as if the model had never seen it."""
    return [np.where(m & (rng.random(len(x)) < 0.1), rng.normal(size=len(x)), x) for x, m in zip(scores, member)]


def rounded(rng, scores, member, tpr):
    """A new version, the same attack in lower precision."""
    return [x.astype(np.float16).astype(float) for x in scores]


def verdict(old, new, **more):
    [finding] = compare([old], [new], more.pop("tolerance", 0.01))
    return finding.verdict


def share_weaker(change, tpr, times, seed=0):
    rng, found = np.random.default_rng(seed), 0
    for _ in range(times):
        scores, member = planted(rng, tpr)
        found += verdict(entry(scores, member), entry(change(rng, scores, member, tpr), member, version=2)) == "weaker"
    return found / times


def null_pair(rng, tpr):
    """Two attacks of equal strength that share most of their noise."""
    scores, member = planted(rng, tpr)
    return [[x + 0.3 * rng.normal(size=len(x)) for x in scores] for _ in range(2)], member


def share_null(tpr, times, seed=1):
    rng, found = np.random.default_rng(seed), 0
    for _ in range(times):
        (a, b), member = null_pair(rng, tpr)
        found += verdict(entry(a, member), entry(b, member, version=2)) == "weaker"
    return found / times
