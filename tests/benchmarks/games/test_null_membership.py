"""Where outputs say nothing, no attack tells members: not a registered one, and none that looks at the rest."""

from dataclasses import dataclass, fields, replace

import numpy as np
import pytest
from null_games import Balanced, deviations, games, pool
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.linear_model import LogisticRegression

import attacks
from benchmarks.games.playing import play
from benchmarks.naming.registry import ATTACKS, PROTOCOLS, Plugin, everything, find, summaries
from benchmarks.training import plan
from benchmarks.training.plan import ADVERSARIES
from benchmarks.training.queries import unfit
from benchmarks.training.store import Store

BOUND = 5  # null deviations: of millions of attacks that know nothing, two are beyond
PART = 80
REFERENCES = {"six-split": (2, 14, 62), "half-split": (2, 12, 60), "canaries": (2, 4)}
REFERENCES["hamp"] = (2, 14, 62)  # 4 to 64 models a game
SPELLED = {"six-split": "six-split({})", "half-split": "half-split({})", "canaries": "canaries(half-split({}), 40)"}
SPELLED["hamp"] = "hamp({}, validation=20, test=80)"
KEPT = {"six-split": "models that saw the record", "half-split": "population records that reference models trained on"}
KEPT["canaries"] = KEPT["hamp"] = KEPT["half-split"]
REGISTERED, _ = everything(ATTACKS)
QUICK = {"trees": 5, "hidden": (8,), "budget": 40, "passes": 20}  # what says as much as the default, in less time


def places_in(other, side):
    """(n,) where each record of a side stands on the other side, -1 where it does not."""
    where = {x.tobytes(): place for place, x in enumerate(other.inputs)}
    return np.array([where.get(x.tobytes(), -1) for x in side.inputs])


def columns(side, other):
    """(n, F) numbers from all that a side holds, and from what the other side says of the same records."""
    n, seen = len(side.labels), side.trained_on
    places = places_in(other, side)
    hidden = np.isnan(side.references).any((2, 3))
    outputs = [side.target[:, 0], np.nan_to_num(side.references).sum((0, 2)), side.ask(side.inputs)]
    crowd = side.population
    shares = [np.bincount(of, minlength=10)[side.labels] for of in (side.labels, crowd.labels)]
    pixels = side.inputs.reshape(n, 8, -1).sum(2)
    seats = [np.arange(n), np.arange(n) % 2, places, other.trained_on[:, places].T]
    sums = [seen.sum(0), abs(2 * seen.sum(0) - len(seen)), hidden.sum(0), pixels.sum(1)]
    return np.column_stack([*seen, *hidden, *seats, *sums, side.labels, *shares, *outputs, pixels]).astype(float)


@dataclass(frozen=True)
class Looks(attacks.Attack):
    """Ranks by one thing of all that is handed out."""

    what: str = "sum"
    needs: str = "shadow"
    access, uses = "logit", ("population", "inputs", "ask")

    def score(self, evidence, rehearsal, rng):
        n, seen = len(evidence.labels), evidence.trained_on
        places = places_in(rehearsal.evidence, evidence)
        return np.ones(n) * LOOKS[self.what](evidence, rehearsal, seen, places, rng)


LOOKS = {
    "sum": lambda e, r, seen, places, rng: -seen.sum(0),
    "balance": lambda e, r, seen, places, rng: -abs(2 * seen.sum(0) - len(seen)),
    "left over": lambda e, r, seen, places, rng: -seen.sum(0) - r.member[places] * 1.0,
    "rehearsed": lambda e, r, seen, places, rng: r.member[places],
    "place there": lambda e, r, seen, places, rng: places,
    "first": lambda e, r, seen, places, rng: seen[0],
    "last": lambda e, r, seen, places, rng: seen[-1],
    "alternating": lambda e, r, seen, places, rng: seen[::2].sum(0) - seen[1::2].sum(0),
    "hidden": lambda e, r, seen, places, rng: np.isnan(e.references).sum((0, 2, 3)),
    "place": lambda e, r, seen, places, rng: np.arange(len(places)),
    "parity": lambda e, r, seen, places, rng: np.arange(len(places)) % 2,
    "labels": lambda e, r, seen, places, rng: e.labels,
    "label's share": lambda e, r, seen, places, rng: np.bincount(e.labels)[e.labels],
    "share elsewhere": lambda e, r, seen, places, rng: np.bincount(e.population.labels, minlength=10)[e.labels],
    "inputs": lambda e, r, seen, places, rng: e.inputs.reshape(len(places), -1).sum(1),
    "asked": lambda e, r, seen, places, rng: e.ask(e.inputs).sum(1),
    "target": lambda e, r, seen, places, rng: e.target.sum((1, 2)),
    "chance": lambda e, r, seen, places, rng: rng.random(len(places)),
    "addresses": lambda e, r, seen, places, rng: [x.__array_interface__["data"][0] % 96 for x in e.labels[:, None]],
}


@dataclass(frozen=True)
class Learns(attacks.Attack):
    """Learns the rehearsal's membership from all that is handed out, and applies that to the target's."""

    forest: bool = False
    needs: str = "shadow"
    access, uses = "logit", ("population", "inputs", "ask")

    def score(self, evidence, rehearsal, rng):
        own = rehearsal.evidence
        known, asked = columns(own, evidence), columns(evidence, own)
        if self.forest:
            model = GradientBoostingClassifier(n_estimators=20, max_depth=2, random_state=0)
            return model.fit(known, rehearsal.member).predict_proba(asked)[:, 1]
        scale = known.std(0) + 1e-9
        return (
            LogisticRegression(C=0.01, max_iter=1000)
            .fit(known / scale, rehearsal.member)
            .decision_function(asked / scale)
        )


def curious(protocol):
    """Attacks that look at the rest of what the protocol's games hand out."""
    needs = "reference" if protocol == "six-split" else "shadow"
    learning = [Plugin(f"learns {kind}", Learns(kind == "trees", needs)) for kind in ("lines", "trees")]
    return [Plugin(what, Looks(what, needs)) for what in LOOKS] + learning


def furthest(of, plugins):
    """The greatest deviation of every attack over some games, those of its sum over the games and of the canaries alone
    among them.
    """
    found = {}
    for plugin in plugins:
        scores = [play(game, plugin).scores for game in of]
        each = [deviations(s, game.member) for s, game in zip(scores, of, strict=True)]
        alone = [deviations(s[g.canary >= 0], g.member[g.canary >= 0]) for s, g in zip(scores, of, strict=True)]
        sums = [sum(x) / len(x) ** 0.5 for x in (each, alone)]
        found[plugin.name] = max(map(abs, [*each, *alone, *sums]))
    return found


def quick(plugin):
    """The attack with less work."""
    less = {f.name: QUICK[f.name] for f in fields(plugin.value) if f.name in QUICK}
    return replace(plugin, value=replace(plugin.value, **less)) if less else plugin


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return Store(tmp_path_factory.mktemp("null"))


def test_every_protocol_is_tried():
    assert {*REFERENCES} == {*summaries(PROTOCOLS)}


def made(store, name, part, references, **more):
    return games(store, find(PROTOCOLS, SPELLED[name].format(part)).value, references, **more)


CASES = [(name, PART, r, "adaptive") for name, of in REFERENCES.items() for r in of[:2]]
CASES += [(name, PART, of[1], "unaware") for name, of in REFERENCES.items()]
CASES += [
    pytest.param(name, 290, r, adversary, marks=pytest.mark.slow)
    for name, of in REFERENCES.items()
    for r in of
    for adversary in ADVERSARIES
]


@pytest.mark.parametrize(("name", "part", "references", "adversary"), CASES)
def test_a_registered_attack_tells_no_members_where_outputs_say_nothing(store, name, part, references, adversary):
    of = made(store, name, part, references, adversary=adversary)
    lacks = {plugin.name: of[0].lacks(plugin.value) for plugin in REGISTERED}
    kept = {n for n, reason in lacks.items() if reason.startswith(f"needs {KEPT[name]}")}
    kept |= {plugin.name for plugin in REGISTERED if any(unfit(query, pool()) for query in plugin.value.queries)}
    assert {n for n, reason in lacks.items() if reason} == kept
    able = [plugin for plugin in REGISTERED if plugin.name not in kept]
    found = furthest(of, able if part > PART else list(map(quick, able)))
    assert len(found) >= 20
    assert max(found.values()) < BOUND, found


@pytest.mark.parametrize(("name", "part", "references", "adversary"), CASES)
def test_nothing_that_is_handed_out_tells_members_where_outputs_say_nothing(store, name, part, references, adversary):
    found = furthest(made(store, name, part, references, adversary=adversary), curious(name))
    assert len(found) == len(LOOKS) + 2
    assert max(found.values()) < BOUND, found


@pytest.mark.parametrize("references", [2, 14, pytest.param(62, marks=pytest.mark.slow)])
def test_a_balanced_design_is_caught(store, references, monkeypatch):
    with pytest.raises(ValueError, match=r"^protocol balanced: how many other models saw a record tells "):
        games(store, Balanced(PART), references)
    monkeypatch.setattr(plan, "examine", lambda split, records: None)
    found = furthest(games(store, Balanced(PART), references), curious("balanced"))
    caught = {name for name, z in found.items() if z > BOUND}
    assert {"sum", "left over", "learns lines", "learns trees"} <= caught
    assert not caught & {"place", "place there", "labels", "inputs", "share elsewhere", "asked", "target", "chance"}
