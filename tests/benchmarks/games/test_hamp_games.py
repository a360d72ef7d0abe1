"""Games of HAMP's protocol: the adversary rehearses on the target itself, whatever it knows. Seconds: 5."""

from dataclasses import replace

import numpy as np
import pytest
from planned import Planned

from benchmarks.games import circumstances, from_store
from benchmarks.games.playing import play
from benchmarks.naming.registry import ATTACKS, DEFENSES, builtin
from benchmarks.training import runner
from benchmarks.training.executors import Here
from benchmarks.training.plan import CLEAN, make
from benchmarks.training.store import Store
from benchmarks.training.suites import find
from datasets import Canaries, HampSplit
from models import Mlp, Recipe


def plan_of(adversary, protocol):
    suite = replace(
        find("digits"),
        network=Mlp(hidden=(8,)),
        recipe=Recipe(3, 20, 0.01, keep="validation"),
        protocol=protocol,
        references=4,
        trials=2,
    )
    none, hamp = (builtin(DEFENSES, name) for name in ("none", "hamp"))
    return make(suite, suite.pool(None), none, (hamp,), adversary, 0)


@pytest.mark.parametrize("adversary", ["adaptive", "unaware"])
@pytest.mark.parametrize("canaries", [False, True])
def test_the_rehearsal_is_the_target_on_the_known_half(tmp_path, adversary, canaries):
    protocol = HampSplit(61, 20, 40)
    plan, store = plan_of(adversary, Canaries(protocol, 30) if canaries else protocol), Store(tmp_path)
    own = "hamp" if adversary == "adaptive" else "none"
    targets = {(d, k) for d in ("none", "hamp") for k in (0, 1)}
    assert set(plan.trainings) == targets | {(d, 10**6 + r) for d in ("none", own) for r in range(4)}
    assert not runner.train(plan, Planned(plan), store, Here())
    hamp, split = plan.defenses[1], plan.split
    games = from_store.contest(plan, store, hamp, "test").games
    for trial, game in zip(split.trials, games, strict=True):
        evidence, rehearsal = game.sides(("clean",))
        key = plan.trainings["hamp", trial.target].outputs_key(CLEAN)
        logits = store.outputs.array(key, "logits.npy")
        known = rehearsal.evidence
        np.testing.assert_array_equal(evidence.target, logits[trial.audited])
        np.testing.assert_array_equal(known.target, logits[trial.rehearsed])
        member = split.member(trial.target)
        np.testing.assert_array_equal(game.member, member[trial.audited])
        np.testing.assert_array_equal(rehearsal.member, member[trial.rehearsed])
        np.testing.assert_array_equal(known.ask(known.inputs), known.target[:, 0])
        for side, at in ((evidence, trial.audited), (known, trial.rehearsed)):
            inside = [split.member(r)[at] for r in trial.references]
            np.testing.assert_array_equal(side.trained_on, inside)
            np.testing.assert_array_equal(side.labels, plan.pool.y[split.audited[at]])
        outcome = play(game, builtin(ATTACKS, "lira-online"))
        assert outcome.scores.shape == game.member.shape
    if not canaries:
        right = [0, 0]
        for trial in split.trials:
            logits = store.outputs.array(plan.trainings["hamp", trial.target].outputs_key(CLEAN), "logits.npy")
            for place, row in enumerate(split.audited):
                inside = row in split.training[trial.target]
                right[inside] += logits[place, 0].argmax() == plan.pool.y[row]
        utility = circumstances.utility(plan, store, hamp, split.trials)
        assert [utility.test.mean, utility.train.mean] == pytest.approx([n / 122 for n in right], abs=1e-6)


def test_nobody_is_judged_on_records_that_were_rehearsed_on_the_target(tmp_path):
    plan = plan_of("adaptive", HampSplit(61, 20, 40))
    trial = replace(plan.split.trials[0], order=lambda side: np.arange(122))
    with pytest.raises(ValueError, match="protocol hamp: a target is attacked on records whose membership is known"):
        from_store.game(plan, Store(tmp_path), plan.defenses[1], trial)
