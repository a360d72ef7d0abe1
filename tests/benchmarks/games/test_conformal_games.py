"""The conformal rule in games: who is ranked among the population, what is kept of it, and its guarantee."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from invented import edited, record

import attacks
from attacks.registry import load
from benchmarks.games import outcomes
from benchmarks.games.evaluate import evaluate
from benchmarks.games.game import Contest, Game
from benchmarks.games.playing import play, ranked
from benchmarks.naming.registry import ATTACKS, builtin
from benchmarks.results.record import About, Guaranteed, RunInfo
from benchmarks.statistics.conformal import claimed, p_values
from benchmarks.statistics.played import ALPHAS
from benchmarks.training.store import Store, digest

USES = ("population", "inputs", "ask")


def game(seed=0, offers=("reference", "shadow", *USES), **how):
    rng = np.random.default_rng(seed)
    sizes = {"n": 100, "references": 4, "classes": 3, "leak": 3.0, **how}
    evidence, rehearsal, member = attacks.planted(rng, **sizes, uses=USES)
    return Game(f"{seed:032x}", member, frozenset(offers), ("clean",), lambda queries: (evidence, rehearsal))


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("loss", ""),
        ("c-loss", ""),
        ("two-stage", ""),
        ("lira-online", "needs models that saw the record, and they saw other shares of population records"),
        ("attack-p", "uses the population itself"),
        ("two-stage(second=attack-p)", "uses the population itself"),
    ],
)
def test_a_game_says_whose_scores_have_a_rank_among_the_population(name, why):
    attack = builtin(ATTACKS, name).value
    assert game().uncalibrated(attack) == why
    assert game(offers=("reference",)).uncalibrated(attack) == "needs population records that the target never saw"
    assert bool(play(game(n=20), builtin(ATTACKS, name)).conformal) is not bool(why)


def test_who_asks_the_target_does_not_ask_it_again():
    attack = SimpleNamespace(needs="target", uses=("ask",), queries=("clean",))
    assert "once more" in game().uncalibrated(attack)


def test_p_values_are_ranks_among_the_population():
    """The loss of a record is its own, whoever is scored beside it: so both sides may be scored apart here."""
    of = game()
    evidence, _ = of.sides(("clean",))
    made = play(of, builtin(ATTACKS, "loss")).conformal
    # every second of 4 references saw half of the population: a quarter has been seen by both, none by all 4
    others = evidence.population.signal("log_p").target[:, 0]
    np.testing.assert_array_equal(made.p, p_values(evidence.signal("log_p").target[:, 0], others))
    assert made.others == len(others)


def test_a_record_without_out_models_is_never_claimed():
    of = game(references=1, leak=9.0)
    evidence, rehearsal = of.sides(("clean",))
    seen = np.zeros_like(evidence.trained_on)
    seen[:, :30] = True
    evidence.trained_on = seen
    ready = attacks.prepare(load("loss")(), rehearsal, np.random.default_rng(0))
    made = ranked(ready, evidence, "0")
    assert (made.p[:30] == 1).all()
    assert (made.p[30:] < 0.5).any()
    evidence.population.trained_on = ~np.zeros_like(evidence.population.trained_on)
    assert ranked(ready, evidence, "0") is None


def test_what_is_kept_comes_back(tmp_path):
    store = Store(tmp_path)
    for name in ("c-loss", "attack-p"):
        attack, of = builtin(ATTACKS, name), game()
        made = play(of, attack, store)
        back = outcomes.read(store, digest(outcomes.spec_of(of, attack)), 100)
        if name == "attack-p":
            assert back.conformal is made.conformal is None
            continue
        np.testing.assert_array_equal(back.conformal.p, made.conformal.p)
        assert back.conformal.others == made.conformal.others == 100
        without = replace(of, offers=frozenset({"reference"}))
        assert outcomes.spec_of(without, attack) != outcomes.spec_of(of, attack)
        assert play(without, attack, store).conformal is None


def test_a_record_holds_the_claims_of_both_rules():
    games = tuple(game(seed, leak=6.0) for seed in range(3))
    said = record(trials=3)
    about = About(said.suite, said.defense, said.adversary)
    run = RunInfo(said.games, said.utility, said.cost, said.versions, said.device, said.command, said.duplicates)
    chosen = [builtin(ATTACKS, name) for name in ("lira-offline", "attack-p")]
    (ranked_one, played), (barred, _) = evaluate([Contest(about, games, run)], chosen).made
    assert barred.conformal == "uses the population itself"
    assert isinstance(ranked_one.conformal, Guaranteed)
    assert ranked_one.conformal.others == (100, 100, 100)
    assert [of.alpha for of in ranked_one.conformal.claims] == list(ALPHAS)
    for of in ranked_one.conformal.claims:
        claims = [claimed(g.conformal.p, np.array([of.alpha]))[0] for g in played]
        assert of.tp == tuple(int((c & g.member).sum()) for c, g in zip(claims, played, strict=True))
        assert of.fp == tuple(int((c & ~g.member).sum()) for c, g in zip(claims, played, strict=True))
        total = sum(of.tp) + sum(of.fp)
        assert of.precision.mean == (pytest.approx(sum(of.tp) / total, rel=1e-5) if total else None)
    assert sum(ranked_one.conformal.claims[0].tp) > 50
    nothing = {"alpha": 0.9, "tp": [0, 0], "fp": [0, 0], "precision": {"mean": None, "low": None, "high": None}}
    with pytest.raises(ValueError, match="expected conformal claims of 3 games, got 2"):
        edited(ranked_one, {"conformal": {"others": [1, 1], "claims": [nothing]}})
    with pytest.raises(ValueError, match="expected claims of 3 games, got 2"):
        edited(ranked_one, {"conformal": {"others": [1, 1, 1], "claims": [nothing]}})


@pytest.mark.parametrize("simulations", [200, pytest.param(1000, marks=pytest.mark.slow)])
@pytest.mark.parametrize("name", ["loss", "lira-offline"])
def test_the_false_discovery_rate_keeps_its_bound_on_planted_evidence(name, simulations):
    alphas, found = np.array([0.5, 0.9, 0.98]), []
    for seed in range(simulations):
        of = game(seed, leak=6.0)
        evidence, rehearsal = of.sides(("clean",))
        ready = attacks.prepare(load(name)(), rehearsal, np.random.default_rng(0))
        claims = claimed(ranked(ready, evidence, of.key).p, alphas)
        found.append((claims[:, ~of.member].sum(1) / np.maximum(claims.sum(1), 1), claims.sum(1)))
    shares, claims = (np.array(part) for part in zip(*found, strict=True))
    assert (shares.mean(0) <= 1 - alphas + 2 * shares.std(0) / len(shares) ** 0.5).all()
    assert claims.mean(0)[1] > 5
