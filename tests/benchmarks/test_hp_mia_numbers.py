"""Numbers of a reproduction against the attacks themselves, naive loops and hand-worked cases."""

from types import SimpleNamespace

import numpy as np
import pytest

from attacks import Evidence, Rehearsal
from benchmarks.games import playing
from benchmarks.naming.plugins import attack_classes, parse
from benchmarks.papers.hp_mia import floor, numbers, protocol, scores
from benchmarks.training.suites import find


def planted(seed, n=400, references=6, classes=4):
    """Evidence with a leak, and who is a member."""
    rng = np.random.default_rng(seed)
    labels, member = rng.integers(classes, size=n), rng.random(n) < 0.5
    hard = rng.gamma(0.5, 2, n)
    logits = rng.normal(size=(references + 1, n, 1, classes)).astype(np.float32)
    logits[:, np.arange(n), 0, labels] += (3 - hard).astype(np.float32)
    logits[0, np.arange(n), 0, labels] += np.where(member, hard + 2, 0).astype(np.float32)
    return Evidence(labels, logits[0], logits[1:], np.zeros((references, n), bool)), member


def view(evidence):
    own = scores.of_model(evidence.target, evidence.labels, {**scores.SIGNALS, **scores.OWN})
    each = [scores.of_model(logits, evidence.labels, scores.SIGNALS) for logits in evidence.references]
    return scores.View(own, {name: np.stack([e[name] for e in each]) for name in scores.SIGNALS})


def case(seed, **shape):
    own, member = planted(seed, **shape)
    shadow, rehearsed = planted(seed + 1, **shape)
    return SimpleNamespace(
        view=view(own),
        rehearsal=view(shadow),
        member=member,
        rehearsed=rehearsed,
        outcome=lambda attack, r: scores.apply(scores.fit(attack, view(shadow), rehearsed, r), view(own)),
    )


@pytest.mark.parametrize("name", scores.ATTACKS)
@pytest.mark.parametrize("references", [6, 3])
def test_scores_and_verdicts_equal_the_attacks_own(name, references):
    own, _ = planted(0)
    shadow, rehearsed = planted(1)
    fewer = [Evidence(e.labels, e.target, e.references[:references], e.trained_on[:references]) for e in (own, shadow)]
    attack = parse("--attacks", name, attack_classes())
    ((_, expected),) = playing.run_attacks(fewer[0], Rehearsal(fewer[1], rehearsed), [attack], "seed")
    found = scores.apply(scores.fit(name, view(shadow), rehearsed, references), view(own))
    np.testing.assert_allclose(found.scores, expected.scores, rtol=1e-12, atol=1e-12)
    np.testing.assert_array_equal(found.verdicts, expected.verdicts)
    np.testing.assert_array_equal(found.rehearsed_precision, expected.rehearsed_precision)


def test_a_fixed_beta_equals_a_loop_over_all_thresholds():
    made = case(4, n=60)
    found = numbers._by_beta([made], 6)
    s0, s1 = (scores.SCORES[k](made.rehearsal, 6) for k in ("loss", "c-loss"))
    o0, o1 = (scores.SCORES[k](made.view, 6) for k in ("loss", "c-loss"))
    for beta, tp, fp in zip(found["beta"], found["tp"], found["fp"], strict=True):
        t0, t1 = naive(s0, s1, made.rehearsed, beta, 0.9)
        claimed = (o0 >= t0) & (o1 >= t1)
        assert (tp, fp) == ((claimed & made.member).sum(), (claimed & ~made.member).sum()), beta


def naive(s0, s1, member, beta, alpha):
    """Algorithm 2 at one beta, candidate by candidate."""
    best = (-1, np.inf)
    for cut in midpoints(s0):
        out = s0 < cut
        if out.any() and (out & ~member).sum() / out.sum() >= beta and (out & ~member).sum() > best[0]:
            best = ((out & ~member).sum(), cut)
    remain = s0 >= best[1]
    met, rest = (-1, np.inf), (-1.0, np.inf)
    for cut in midpoints(s1[remain]):
        into = remain & (s1 >= cut)
        hits = (into & member).sum()
        precision = hits / into.sum()
        met = (hits, cut) if precision >= alpha and hits > met[0] else met
        rest = (precision, cut) if precision > rest[0] else rest
    return best[1], met[1] if met[0] >= 0 else rest[1]


def midpoints(values):
    ordered = np.sort(values)
    return 0.5 * ordered[:-1] + 0.5 * ordered[1:]


def test_the_last_number_of_references_is_the_attack_itself():
    cases = [case(0), case(8)]
    rows = numbers._by_references(cases, 6)
    whole = numbers._measured([c.outcome("two-stage", 6) for c in cases], [c.member for c in cases])
    assert [r["references"] for r in rows] == [1, 2, 3, 4, 5, 6]
    assert rows[-1]["tp"] == whole["verdicts"]["0.9"]["tp"]
    assert rows[0]["more_than_one"]["difference"] == 0
    for row in rows:
        assert row["more_than_one"]["difference"] == sum(row["tp"]) - sum(rows[0]["tp"])


def test_the_change_of_precision_by_hand():
    last = {"tp": [80, 90], "fp": [20, 10]}
    assert numbers._precision_change(last, last)["difference"] == 0
    assert numbers._precision_change({"tp": [5, 0], "fp": [1, 0]}, last) is None
    three = {"tp": [80, 90, 90], "fp": [20, 10, 10]}
    change = numbers._precision_change({"tp": [70, 60, 70], "fp": [30, 40, 30]}, three)  # by -0.1, -0.3 and -0.2
    assert change["difference"] == pytest.approx(-0.2)
    assert change["high"] == pytest.approx(-0.2 + 4.302653 * 0.1 / 3**0.5)  # Student's t with two degrees of freedom
    alike = numbers._precision_change({"tp": [70, 80], "fp": [30, 20]}, last)  # by -0.1 twice: binomial errors alone
    near = [(71 / 102, 100), (81 / 102, 100), (81 / 102, 100), (91 / 102, 100)]
    error = sum(p * (1 - p) / n for p, n in near) ** 0.5 / 2
    assert alike["low"] == pytest.approx(-0.1 - 1.959964 * error)


def test_measured_counts_and_auc_by_hand():
    member = np.array([True, True, False, False])
    verdicts = np.zeros((len(playing.SWEEP), 4), bool)
    verdicts[-1, 0] = True
    outcome = scores.Result(np.array([3.0, 1.0, 2.0, 0.0]), verdicts, np.full(len(playing.SWEEP), 0.95))
    found = numbers._measured([outcome, outcome], [member, member])
    assert found["auc"]["mean"] == 0.75  # of the four pairs one is in the wrong order
    assert found["verdicts"]["1"]["tp"] == [1, 1]
    assert found["verdicts"]["1"]["recall"]["mean"] == 0.5
    assert found["verdicts"]["1"]["precision"]["mean"] == 1.0
    assert not found["verdicts"]["1"]["reached"]
    assert found["verdicts"]["0.9"]["reached"]
    assert found["verdicts"]["0.9"]["precision"]["mean"] is None
    assert found["sweep"]["tp"][-1] == 2


def test_identified_members_that_are_all_harder_are_so_with_certainty():
    losses = np.array([0.1, 0.2, 5.0, 6.0, 9.0])
    references = {"log_p": -np.stack([losses - 0.05, losses + 0.05])}
    made = SimpleNamespace(view=scores.View({}, references), member=np.array([True, True, True, True, False]))
    verdicts = np.zeros((len(playing.SWEEP), 5), bool)
    verdicts[:, 2:] = True
    found = numbers._difficulty([made], [scores.Result(losses, verdicts, np.ones(1))], 2)
    assert found["harder"]["mean"] == 1.0
    assert sum(found["identified"]) == 2  # the non-member is in neither group
    assert sum(found["missed"]) == 2
    nobody = scores.Result(losses, np.zeros_like(verdicts), np.ones(1))
    assert numbers._difficulty([made], [nobody], 2) is None


def test_the_floor_of_a_fully_connected_network_by_hand():
    suite = find("letter")  # 16 - 256 - 128 - 26, batches of 64, 2,000 records, 100 epochs
    weights = 16 * 256 + 256 * 128 + 128 * 26
    steps = 100 * 32
    work = floor.of_model(suite)
    assert work.operations == steps * 64 * 2 * (3 * weights - 16 * 256)  # nothing flows back into the records
    outputs = 64 * (256 + 128 + 26)
    assert work.bytes == steps * (40 * (weights + 256 + 128 + 26) + 8 * outputs)
    assert floor.Work(10, 20).seconds(5, 5) == 4


def test_models_are_counted_as_the_paper_needs_them():
    jobs = protocol.jobs_of(protocol.PARTS, protocol.suites_of([]), None, {}, 0)
    count = {suite: models for suite, (models, _) in floor.of_jobs(jobs).items()}
    assert count["mnist"] == 2 + 100  # targets that are each other's shadows, and references, all with L2
    assert count["cifar10_wrn"] == 2 + 60
    # F-MNIST: undefended targets and references, targets under seven factors, one of which Tables 1-5 have too
    assert count["fashion_mnist"] == 102 + (2 + 20) + 6 * 2
    assert count["cifar10_alexnet"] == 62 + 7 * 2  # undefended: Table 6 shares all but the targets under L2
