"""Several shadow models of one adversary: whose they are, and that their records are pooled as they lie. Seconds: 2."""

from dataclasses import replace

import numpy as np
import pytest

from attacks import Evidence, Rehearsal, prepare
from attacks.thresholds import inclusion
from benchmarks import run
from benchmarks.games import from_store
from benchmarks.games.pooling import pooled
from benchmarks.naming.registry import ATTACKS, DEFENSES, builtin
from benchmarks.training.plan import CLEAN, make
from benchmarks.training.store import Store, array_file, digest, rows_digest
from benchmarks.training.suites import find
from datasets import HalfSplit, Pool, SixSplit


def rehearsal(seed, n=50):
    rng = np.random.default_rng(seed)
    logits = rng.normal(size=(4, n, 1, 3)).astype(np.float32)
    seen = rng.random((3, n)) < 0.3
    seen[0] = False
    return Rehearsal(Evidence(rng.integers(3, size=n), logits[0], logits[1:], seen), rng.random(n) < 0.5)


@pytest.mark.parametrize("name", ["loss", "c-loss", "two-stage"])
def test_thresholds_are_those_of_all_records(name):
    parts, attack, alphas = [rehearsal(1), rehearsal(2, 70)], builtin(ATTACKS, name).value, np.array([0.6, 0.9])
    whole, rng = pooled(parts), np.random.default_rng(0)
    np.testing.assert_array_equal(whole.member, np.concatenate([of.member for of in parts]))
    np.testing.assert_array_equal(whole.evidence.target, np.concatenate([of.evidence.target for of in parts]))
    each = [prepare(attack, of, rng).score(of.evidence) for of in parts]
    ready = prepare(attack, whole, rng)
    if name != "two-stage":  # whose ranks depend on the thresholds
        together = ready.score(whole.evidence)
        np.testing.assert_array_equal(together, np.concatenate(each))
        expected = together >= inclusion(together, whole.member, alphas)[:, None]
        np.testing.assert_array_equal(ready.decide(whole.evidence, alphas), expected)
    assert ready.decide(parts[1].evidence, alphas).shape == (2, 70)


def test_one_rehearsal_is_left_as_it_is():
    one = rehearsal(3)
    assert pooled([one]) is one


@pytest.mark.parametrize(
    ("protocol", "shadows"),
    [
        (SixSplit(9), [[2, 6, 3, 7], [0, 4, 1, 5]]),  # targets 0 and 2: all models of the other pair of parts
        (SixSplit(9, 7), [[2, 3, 6, 7, 10], [0, 4, 8]]),  # part 1 is never trained on
        (HalfSplit(27), [[2], [0]]),  # all models are trained on the target's records
    ],
)
def test_further_shadow_models_are_attacked_on_none_of_the_targets_records(protocol, shadows):
    split = protocol.split(54, 8, 6, 0)
    for trial, expected in zip(split.trials, shadows, strict=False):
        found = split.shadows(trial, 100)
        assert sorted(model for model, _ in found) == sorted(expected)
        assert found[0][0] == trial.shadow
        assert [model for model, _ in split.shadows(trial, 2)] == [model for model, _ in found][:2]
        for model, rows in found[1:]:
            assert not set(rows) & set(trial.audited)
            assert not split.trained_on(model, split.audited[trial.audited]).any()
            assert 0 < split.member(model)[rows].mean() < 1


def plan_of(shadows, trials=4, protocol=None):
    suite = find("digits").altered(references=3, trials=trials, shadows=shadows)
    pool = Pool("digits", np.zeros((54, 64), np.uint8), np.arange(54) % 10, 10, (1.0,), (0.0,), "", "")
    none = builtin(DEFENSES, "none")
    return make(replace(suite, protocol=protocol or SixSplit(9)), pool, none, (), "adaptive", 0)


def test_more_shadow_models_than_there_are_is_refused_in_one_sentence():
    assert plan_of(2).suite.changed["shadows"] == (1, 2)
    with pytest.raises(
        ValueError, match=r"^--shadows: six-split with 4 trials has 2 shadow models .*; take at most 2$"
    ):
        plan_of(3)
    with pytest.raises(ValueError, match=r"^--shadows: half-split .* take at most 1$"):
        plan_of(2, 2, HalfSplit(27))


def test_a_stored_game_rehearses_on_all_of_them(tmp_path):
    one, two, store = plan_of(1), plan_of(2), Store(tmp_path)
    rng, facts = np.random.default_rng(0), {"seconds": 1.0, "device": "invented", "versions": {}}
    said = {}
    for training in one.by_key.values():
        said[training.model] = rng.normal(size=(36, 1, 10)).astype(np.float32)
        written = {"logits.npy": array_file(said[training.model])}
        store.outputs.write(training.outputs_spec(CLEAN), written, {}, durable=False)
        store.models.write(training.spec, {}, facts, durable=False)
    trial, none = one.split.trials[0], one.none
    alone, both = (from_store.game(plan, store, none, trial) for plan in (one, two))
    first, second = two.split.shadows(trial, 2)
    evidence = both.sides(("clean",))[1].evidence
    expected = np.concatenate([said[model][rows] for model, rows in (first, second)])
    np.testing.assert_array_equal(evidence.target, expected)
    assert {"population", "proxies", "ask"} & both.offers == set()
    models = [t.outputs_key(CLEAN) for t in [*one.roles(none, trial)[:2], *one.roles(none, trial)[2]]]
    rows = [rows_digest(of) for of in (trial.audited, trial.rehearsed, one.split.population)]
    assert alone.key == digest([models, rows]) != both.key  # of one shadow model as it was before there were several
    np.testing.assert_array_equal(alone.member, both.member)


def test_the_command_refuses_more_than_there_are(capsys):
    assert run.main(["--suite", "digits", "--attacks", "loss", "--trials", "4", "--shadows", "3", "--dry-run"]) == 2
    assert "error: --shadows: six-split with 4 trials has 2 shadow models" in capsys.readouterr().err
