"""The comparison on planted evidence, whose change of strength is known."""

import invented
import msgspec
import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.stats import norm, t, ttest_ind

from benchmarks.results import making
from benchmarks.results.checking import checked, digest_of
from benchmarks.results.record import Estimate, Record
from benchmarks.statistics.played import ALPHAS, Played
from benchmarks.tracking import gate, verdicts
from benchmarks.tracking.gate import Entry, compare

TRIALS, RECORDS = 16, 400  # the size of the committed set


def entry(scores, member, version=1, inputs="same", attack="planted", cut=2.0, **changed):
    """An attack that claims what scores at least `cut`, and a record with what the comparison reads."""
    claims = [np.tile(s >= cut, (len(ALPHAS), 1)) for s in scores]
    games = [Played(m, s, v, np.ones(4), 0.0, alphas=ALPHAS) for s, v, m in zip(scores, claims, member, strict=True)]
    counts = [game.counts(0.98) for game in games]
    tp, fp = (tuple(count[k] for count in counts) for k in (0, 1))
    rng = np.random.default_rng(0)
    plain = msgspec.to_builtins(PATTERN) | {
        "games": {"inputs": digest_of(inputs), "outputs": digest_of(inputs)},
        "scores": [making.digest_of_scores(s) for s in scores],
        "metrics": {key: msgspec.to_builtins(_measured(gate.MEASURES[key], games, rng)) for key in gate.MEASURES},
        "verdicts": [_verdict(tp, fp, member)],
        "sweep": {"alpha": [0.98], "tp": [sum(tp)], "fp": [sum(fp)]},
    }
    plain["attack"] |= {"name": attack, "version": version}
    plain["suite"] |= changed.get("suite", {})
    return Entry(checked(plain, Record), games)


PATTERN = invented.record("planted")


def _measured(metric, games, rng):
    """The values in each game, with an interval that nobody reads."""
    values = tuple(making.rounded(metric.measure(game)) for game in games)
    return Estimate(*[values[0]] * 3, values)


def _verdict(tp, fp, member):
    alike = {"rehearsed_precision": [1.0] * len(tp), "reached": [True] * len(tp)}
    return {"alpha": 0.98, "tp": tp, "fp": fp, "members": [int(m.sum()) for m in member], **alike}


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
    lost = [m & (rng.random(len(m)) < 0.1) for m in member]
    return [np.where(gone, rng.normal(size=len(x)), x) for x, gone in zip(scores, lost, strict=True)]


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


def test_equal_scores_are_unchanged_whatever_the_version():
    scores, member = planted(np.random.default_rng(0))
    assert verdict(entry(scores, member), entry(scores, member)) == "unchanged"
    assert verdict(entry(scores, member), entry(scores, member, version=2)) == "unchanged"


def test_other_scores_without_a_new_version_are_a_finding_of_their_own():
    scores, member = planted(np.random.default_rng(0))
    more = [x + 0.01 * m for x, m in zip(scores, member, strict=True)]
    assert verdict(entry(scores, member), entry(more, member)) == "changed without a new version"
    assert verdict(entry(scores, member), entry(more, member, version=2)) != "changed without a new version"


def test_equal_scores_with_other_verdicts_are_a_finding_too():
    scores, member = planted(np.random.default_rng(0))
    scores = [x.round(1) for x in scores]  # ties at the threshold
    tied = entry(scores, member, cut=2.0)
    above = entry(scores, member, cut=np.nextafter(2.0, 3.0))  # > instead of >=
    assert gate.SILENT in verdict(tied, above)


def test_rounding_is_equal_and_what_is_more_is_not():
    rng = np.random.default_rng(0)
    scores, member = planted(rng, trials=4)
    old = entry(scores, member)
    noise = [x * (1 + 1e-7 * rng.normal(size=len(x))) for x in scores]
    assert gate.same(old, entry(noise, member))
    for change in (lambda x: -x, lambda x: x + 0.01 * rng.normal(size=len(x)), lambda x: 1.01 * x, lambda x: x + 0.01):
        assert not gate.same(old, entry([change(x) for x in scores], member))
    few = [x.copy() for x in scores]
    few[0][np.argmin(few[0])] += 1.0  # one record of 1,600, far from where it was
    assert not gate.same(old, entry(few, member))
    turned = entry(noise, member)
    turned.played[0].verdicts[:, :3] ^= True  # 12 of 6,400 verdicts
    assert not gate.same(old, turned)


@pytest.mark.parametrize("change", [blurred, blind])
def test_a_tenth_of_the_tpr_lost_is_flagged(change):
    assert share_weaker(change, 0.15, 15) >= 0.9


def test_the_unchanged_is_not_flagged():
    assert share_weaker(rounded, 0.15, 10) == 0
    assert share_null(0.15, 20) <= 1 / 20


@pytest.mark.slow
def test_shares_flagged_in_1000_simulations():
    """Lost a tenth: 95 % at least. Lower precision, or other noise of the same strength: 1 % at most."""
    for tpr in (0.07, 0.15):
        assert share_weaker(blurred, tpr, 1000) >= 0.95
        assert share_weaker(blind, tpr, 1000) >= 0.95
        assert share_weaker(rounded, tpr, 1000) == 0
        assert share_null(tpr, 1000) <= 0.01


def test_a_loss_within_the_tolerance_is_let_pass():
    rng = np.random.default_rng(2)
    scores, member = planted(rng, 0.5)
    old, new = entry(scores, member), entry(blind(rng, scores, member, 0.5), member, version=2)
    assert verdict(old, new, tolerance=0.01) == "weaker"
    assert verdict(old, new, tolerance=0.3) == "unchanged"
    assert verdict(new, old) == "stronger"


def test_the_share_lost_by_hand():
    def effect(before, difference):
        return gate.Effect(before, gate.Difference(difference, 0, 0, 0))

    assert gate.lost("auc", effect(0.7, -0.05)) == pytest.approx(0.25)  # of the 0.2 above one half
    assert gate.lost("tpr_at_1%_fpr", effect(0.2, -0.05)) == pytest.approx(0.25)
    assert gate.lost("auc", effect(0.7, 0.05)) == 0
    assert gate.lost("auc", effect(0.49, -0.2)) == 0  # had no strength to lose


def test_other_models_are_compared_by_trials():
    rng = np.random.default_rng(3)
    old, same, weak = (entry(*planted(rng, tpr), inputs=i) for tpr, i in ((0.5, "a"), (0.5, "b"), (0.15, "c")))
    assert verdict(old, same) == "unchanged"
    [finding] = compare([old], [weak], 0.01)
    assert finding.verdict == "weaker"
    assert finding.how == "other models: by trials"
    auc = [e.record.metrics["auc"].values for e in (weak, old)]
    assert finding.effects["auc"].difference.difference == pytest.approx(np.mean(auc[0]) - np.mean(auc[1]))
    raw = ttest_ind(*auc, equal_var=False).pvalue
    assert raw <= finding.effects["auc"].difference.p <= 3 * raw


def test_trials_that_are_all_alike_prove_nothing():
    """TPR is a count: of two sides whose trials agree, one record more in each is no change; from 0.5 to 1 is one."""
    quarter, none = np.full(4, 0.005), np.zeros(4)
    found = gate._welch(quarter, none, 1 / 200)
    assert found.p == pytest.approx(2 * t.sf(2**0.5, 6))
    assert found.low < 0 < found.difference == 0.005 < found.high
    assert gate._welch(none + 1, none + 0.5, 1 / 200).p < 1e-6
    assert gate._welch(none, none, 1 / 200).p == 1


def shared(rng, leak, trials, n=RECORDS):
    """An attack in a half-split, where some records leak in all trials; another seed has other records."""
    leaks = np.where(rng.random(n) < 0.5, leak, 0.0)
    member = [rng.permutation(n) < n // 2 for _ in range(trials)]
    games = [
        Played(m, rng.normal(size=n) + leaks * m, np.zeros((4, n), bool), np.ones(4), 0.0, alphas=ALPHAS, records=ALL)
        for m in member
    ]
    return gate.Entry(entry([g.scores for g in games], member, inputs=str(leaks)).record, games)


ALL = np.arange(RECORDS)


def resolved(made, seed):
    """The record with its intervals, of a run with that seed."""
    rng, record = np.random.default_rng(0), made.record
    found = {key: making.estimate(metric, made.played, rng) for key, metric in gate.MEASURES.items()}
    metrics = {**record.metrics, **found}
    suite = msgspec.structs.replace(record.suite, seed=seed)
    return gate.Entry(msgspec.structs.replace(record, suite=suite, metrics=metrics), made.played)


def test_another_seed_has_other_records_which_its_trials_share():
    """By Welch's test on trials, 20 % of such checks find a change (16 trials), and 52 % of 64."""
    false = 0
    for number in range(100):
        rng = np.random.default_rng([11, number])
        old, new = (resolved(shared(rng, 2.5, 16), seed) for seed in (0, 1))
        [finding] = compare([old], [new], 0.01)
        assert finding.how == "other models and records: by intervals"
        assert list(finding.effects) == ["auc", "tpr_at_1%_fpr"]
        false += finding.verdict != "unchanged"
    assert false <= 3
    strong, weak = (resolved(shared(np.random.default_rng(12), leak, 16), leak) for leak in (3, 1))
    assert verdict(strong, weak) == "weaker"
    assert verdict(weak, strong) == "stronger"


def test_few_trials_of_other_models_are_incomparable_with_the_reason():
    rng = np.random.default_rng(4)
    alone = [entry(*planted(rng, trials=3), inputs=i) for i in "ab"]
    pair = entry(*planted(rng), attack="other")
    findings = compare([alone[0], pair], [alone[1], pair], 0.01)
    assert [(f.key[3], f.verdict) for f in findings] == [("planted", "incomparable"), ("other", "unchanged")]
    assert "fewer than 4 trials" in findings[0].how
    with pytest.raises(ValueError, match="nothing can be compared"):
        compare(alone[:1], alone[1:], 0.01)


def test_another_protocol_is_incomparable_and_other_data_are_an_error():
    scores, member = planted(np.random.default_rng(5), trials=2)
    old, pair = entry(scores, member), entry(scores, member, attack="other")
    wider = entry(scores, member, suite={"references": 5})
    findings = compare([old, pair], [wider, pair], 0.01)
    assert findings[0].how == "suite's references was 20, is 5"
    with pytest.raises(ValueError, match="other data"):
        compare([old], [entry(scores, member, suite={"dataset_digest": "e" * 8})], 0.01)


def test_missing_doubled_and_contradicting_records_are_errors_and_new_ones_are_named():
    scores, member = planted(np.random.default_rng(6), trials=2)
    one, two = entry(scores, member, attack="one"), entry(scores, member, attack="two")
    with pytest.raises(ValueError, match=r"--current: lacks two against none \(planted, adaptive\)"):
        compare([one, two], [one], 0.01)
    with pytest.raises(ValueError, match="--current: has two records of one"):
        compare([one], [one, one], 0.01)
    with pytest.raises(ValueError, match="other members"):
        compare([one], [entry(scores, [~m for m in member], attack="one")], 0.01)
    assert [f.verdict for f in compare([one], [one, two], 0.01)] == ["new", "unchanged"]


def test_many_attacks_at_once_raise_no_false_alarm():
    """Holm over the table: 20 attacks of unchanged strength, three measures each."""
    rng, old, new = np.random.default_rng(7), [], []
    for number in range(20):
        (a, b), member = null_pair(rng, 0.15)
        old.append(entry(a, member, attack=str(number)))
        new.append(entry(b, member, attack=str(number), version=2))
    assert {f.verdict for f in compare(old, new, 0.0)} == {"unchanged"}


def test_a_name_with_markup_stays_inside_its_cell():
    scores, member = planted(np.random.default_rng(8), trials=2)
    plain, nasty = (entry(scores, member, attack=name) for name in ("plain", "x`|<script> ## y"))
    text = verdicts.markdown(compare([plain, nasty], [plain, nasty], 0.01), 0.01)
    head, *_ = rows = [line for line in text.splitlines() if line.startswith("|")]
    assert len(rows) == 4
    assert {row.count("|") for row in rows} == {head.count("|")}
    assert "| `x''<script> ## y` |" in text  # in code, so that no browser reads it as a tag
