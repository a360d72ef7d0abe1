"""Attacks in games: what they are handed, what they answer, and what is kept of it."""

import gc
import re
from dataclasses import dataclass, replace
from types import SimpleNamespace

import numpy as np
import pytest

import attacks
from benchmarks.games import outcomes, playing
from benchmarks.games.circumstances import shared
from benchmarks.games.game import Contest, Game
from benchmarks.games.playing import play, play_all
from benchmarks.naming import registry
from benchmarks.naming.registry import Plugin
from benchmarks.statistics.played import ALPHAS, RESAMPLED, SWEEP
from benchmarks.training.queries import canonical
from benchmarks.training.store import Store

MODULES = type(gc)
ARRAYS = ("labels", "target", "references", "trained_on")


def planted(seed=0, **rest):
    """A game of planted evidence, which offers everything but a population, inputs and questions."""
    sizes = {"n": 60, "references": 4, "classes": 3, "leak": 1.0, **rest}
    evidence, rehearsal, member = attacks.planted(np.random.default_rng(seed), **sizes)
    offers = frozenset({"reference", "shadow"})
    return Game(f"{seed:032x}", member, offers, ("clean",), lambda queries: (evidence, rehearsal))


def run_attacks(game, plugins):
    return [(p, play(game, p)) for p in plugins]


class Spy(attacks.Attack):
    """Scores with the target's membership if any object it can reach holds it."""

    access, needs = "logit", "shadow"

    def __init__(self):
        self.reached = []
        self.handed = []

    def score(self, evidence, rehearsal, rng):
        arrays = [getattr(e, name) for e in (evidence, rehearsal.evidence) for name in ARRAYS]
        self.handed = [*arrays, *evidence.signal("phi"), rehearsal.member]
        seen, queue = set(), [evidence, rehearsal, rng]
        while queue:
            thing = queue.pop()
            if id(thing) in seen or isinstance(thing, (type, MODULES)) or callable(thing):
                continue
            seen.add(id(thing))
            if isinstance(thing, np.ndarray):
                self.reached.append(thing)
                queue.append(thing.base)
            queue += [x for x in gc.get_referents(thing) if not callable(x)]
        return np.zeros(len(evidence.labels))


def handed():
    game, spy = planted(n=200, classes=5), Spy()
    play(game, Plugin("spy", spy))
    return spy, game.member


def holds(arrays, member):
    flat = [np.asarray(a).ravel() for a in arrays]
    return any(a.size == member.size and (np.array_equal(a, member) or np.array_equal(a, ~member)) for a in flat)


def test_a_prying_attack_finds_no_membership():
    spy, member = handed()
    assert len(spy.reached) >= 5  # it did see labels, target, references, trained_on and the rehearsal's member
    assert not holds(spy.reached, member)


def test_the_prying_would_find_a_leak():
    spy, member = handed()
    assert holds([*spy.reached, ~member], member)
    assert holds(spy.reached, spy.handed[-1])  # as it finds the rehearsal's own membership


def test_what_an_attack_is_handed_is_read_only():
    spy, _ = handed()
    assert len(spy.handed) == 11
    assert not any(a.flags.writeable for a in spy.handed)


class Constant(attacks.Attack):
    def score(self, evidence, rehearsal, rng):
        return np.zeros(len(evidence.labels))


def test_an_attack_without_a_signal_gets_auc_one_half():
    game = planted(1, n=100)
    outcome = play(game, Plugin("constant", Constant()))
    assert np.ptp(outcome.scores) == 0
    assert outcome.verdicts.shape == (len(SWEEP), len(game.member))


class Recorder(attacks.Attack):
    def __init__(self, access, needs):
        self.access, self.needs, self.seen = access, needs, []

    def score(self, evidence, rehearsal, rng):
        self.seen += [evidence, rehearsal.evidence]
        return np.zeros(len(evidence.labels))


def test_what_an_attack_did_not_declare_is_withheld():
    modest, greedy = Recorder("label", "target"), Recorder("probability", "reference")
    run_attacks(planted(2), [Plugin("modest", modest), Plugin("greedy", greedy)])
    for seen in modest.seen:
        with pytest.raises(ValueError, match="references: the attack did not declare it"):
            _ = seen.references
        assert set(np.unique(seen.target)) == {0, 1}
    for seen in greedy.seen:
        np.testing.assert_array_equal(np.isnan(seen.references).all((2, 3)), seen.trained_on)
        assert seen.trained_on.any()
        assert (seen.target.max(-1) == 0).all()


class Asking:
    """Does on demand what a newcomer's attack may do."""

    def __init__(self, ask):
        self.ask = ask

    def score(self, evidence, rehearsal, rng):
        return self.ask(evidence)


def sorted_in_place(evidence):
    evidence.labels.sort()


def some_nan(evidence):
    scores = np.zeros(len(evidence.labels))
    scores[:3] = np.nan
    return scores


def oops(evidence):
    raise RuntimeError("oops\n  here")


@pytest.mark.parametrize(
    ("ask", "sentence"),
    [
        (oops, r"RuntimeError: oops here \(test_playing.py:\d+\)"),
        (lambda e: e.member, r"AttributeError: 'Evidence' object has no attribute 'member' \(test_playing.py:\d+\)"),
        (lambda e: np.zeros(3) + np.zeros(4), r"ValueError: operands could not .* \(test_playing.py:\d+\)"),
        (
            sorted_in_place,
            r"ValueError: .*read-only \(test_playing.py:\d+\); evidence is read-only; copy before changing it",
        ),
        (lambda e: np.zeros(3), r"expected \(60,\) real scores, got \(3,\) float64"),
        (lambda e: e.labels + 1j, r"expected \(60,\) real scores, got \(60,\) complex128"),
        (some_nan, r"expected finite scores, got 3 of 60 that are NaN or infinite"),
    ],
)
def test_an_attack_that_goes_wrong_is_named_with_the_place(ask, sentence):
    plugin = Plugin("asking", attacks.adopt(Asking(ask)))
    with pytest.raises(ValueError) as error:
        play(planted(3, references=2), plugin)
    assert re.fullmatch(f"attack asking: {sentence}", str(error.value))


@dataclass(frozen=True)
class Counted(attacks.Attack):
    """Counts how often it is asked to score."""

    shift: float = 0.0
    calls = []  # noqa: RUF012

    def score(self, evidence, rehearsal, rng):
        self.calls.append(len(evidence.labels))
        return evidence.signal("log_p").target[:, 0] + self.shift


class Learning:
    """Fits a threshold on the rehearsal's loss."""

    version = 1
    fits = []  # noqa: RUF012

    def fit(self, rehearsal, rng):
        self.fits.append(len(rehearsal.member))
        return Learned(rehearsal.evidence.signal("log_p").target[:, 0][rehearsal.member].mean())


class Learned:
    def __init__(self, mean):
        self.mean, self.facts = mean, {}

    def score(self, evidence):
        self.facts = {"mean": self.mean, "records": np.int64(len(evidence.labels)), "kind": "loss"}
        return -abs(evidence.signal("log_p").target[:, 0] - self.mean)


def test_an_attack_scores_once_a_side_and_one_that_learns_is_fitted_once_a_game(tmp_path):
    Counted.calls.clear()
    Learning.fits.clear()
    play(planted(), Plugin("counted", Counted()))
    play(planted(), Plugin("learning", attacks.adopt(Learning())))
    assert Counted.calls == [60, 60]
    assert Learning.fits == [60]


def test_what_an_attack_answered_is_read_from_the_store_until_something_changes(tmp_path):
    store = Store(tmp_path)
    Counted.calls.clear()
    first = play(planted(), Plugin("counted", Counted()), store)
    again = play(planted(), Plugin("counted", Counted()), store)
    assert len(Counted.calls) == 2
    assert first.resampled.shape == (RESAMPLED, len(ALPHAS))
    for name in ("scores", "verdicts", "rehearsed_precision", "resampled", "seconds"):
        np.testing.assert_array_equal(getattr(again, name), getattr(first, name))
    play(planted(1), Plugin("counted", Counted()), store)  # another game
    play(planted(), Plugin("counted(1.0)", Counted(1.0)), store)  # another field
    assert len(Counted.calls) == 6


def test_what_an_attack_says_of_its_work_is_the_same_from_the_store(tmp_path):
    plugin, store = Plugin("learning", attacks.adopt(Learning())), Store(tmp_path)
    Learning.fits.clear()
    first, again = (play(planted(), plugin, store) for _ in range(2))
    assert Learning.fits == [60]
    mean = planted().sides(("clean",))[1]
    mean = mean.evidence.signal("log_p").target[:, 0][mean.member].mean()
    assert first.facts == again.facts == {"mean": float(f"{mean:.6g}"), "records": 60, "kind": "loss"}
    about = SimpleNamespace(defense=SimpleNamespace(name="none"))
    played, _ = play_all(Contest(about, (planted(), planted()), None), [plugin], store)
    assert [game.facts for game in played["learning"]] == [first.facts] * 2


def test_what_games_agree_on_is_said_once():
    assert shared([{"m": 3, "e": 0.1}, {"m": 3, "e": 0.2}, {"m": 3}]) == {"m": 3, "e": [0.1, 0.2, None]}


def test_edited_code_is_played_again_though_its_version_stayed(tmp_path, monkeypatch):
    before = outcomes.spec_of(planted(), Plugin("counted", Counted()))
    monkeypatch.setattr(outcomes, "code_digest", lambda cls: "f" * 32)
    after = outcomes.spec_of(planted(), Plugin("counted", Counted()))
    assert before.pop("code") != after.pop("code")
    assert before == after
    outcomes_of = outcomes.code_digest
    monkeypatch.undo()
    assert outcomes.code_digest(Counted) != outcomes_of(Counted)
    one, other = (registry.find(registry.ATTACKS, name).value for name in ("loss", "gap"))
    assert outcomes.code_digest(type(one)) == outcomes.code_digest(type(other))  # of one folder


class Holder(Counted):
    """An attack that holds others: as a field of its own, and of its class."""

    inner = ({"by class": Counted()},)

    def __init__(self, *stages):
        self.stages = list(stages)


class Other(Counted):
    pass


def test_an_attack_is_played_again_where_one_within_it_is_another(monkeypatch):
    codes = {Holder: "holder", Counted: "counted", Other: "other"}
    monkeypatch.setattr(outcomes, "code_digest", codes.get)

    def code(attack):
        return outcomes.spec_of(planted(), Plugin("it", attack))["code"]

    inner = Other()
    holder = Holder(Holder(inner))
    before = code(holder)
    assert sorted(name for _, name in before) == ["counted", "holder", "holder", "other"]
    inner.version = 7
    assert [7, "other"] in code(holder)
    codes[Other] = "edited"
    assert [7, "edited"] in code(holder)
    two = registry.find(registry.ATTACKS, "two-stage(second=gap)").value
    codes |= {type(two): "two", type(two.first): "loss", type(two.second): "gap"}
    assert sorted(name for _, name in code(two)) == ["gap", "loss", "two"]


def test_the_code_that_all_attacks_share_is_part_of_an_attacks_own(monkeypatch):
    lonely = type("Lonely", (), {"__module__": "nowhere"})
    before = outcomes.code_digest.__wrapped__(lonely)
    monkeypatch.setattr(outcomes.Attack, "__module__", "nowhere")
    assert outcomes.code_digest.__wrapped__(lonely) != before


class Varied(Counted):
    queries = ("clean", "noise(0.10, 1)")


def test_a_query_set_of_another_version_is_asked_and_played_again():
    attack = Plugin("it", Varied())
    before = outcomes.spec_of(planted(), attack)
    assert before["queries"] == [["clean", 1], ["noise(0.10, 1)", 1]]
    later = replace(planted(), versions={"clean": 1, canonical("noise(0.10, 1)"): 2})
    assert outcomes.spec_of(later, attack)["queries"] == [["clean", 1], ["noise(0.10, 1)", 2]]


def test_a_damaged_outcome_is_played_again(tmp_path, capsys):
    store = Store(tmp_path)
    first = play(planted(), Plugin("counted", Counted()), store)
    [file] = (tmp_path / "outcomes").rglob("outcome.npz")
    file.write_bytes(file.read_bytes()[:-9])
    again = play(planted(), Plugin("counted", Counted()), Store(tmp_path))
    np.testing.assert_array_equal(again.scores, first.scores)
    assert "the attack plays again" in capsys.readouterr().err
    Counted.calls.clear()
    play(planted(), Plugin("counted", Counted()), Store(tmp_path))
    assert not Counted.calls


def test_one_that_breaks_or_cannot_play_is_left_out_and_named(tmp_path, capsys):
    about = SimpleNamespace(defense=SimpleNamespace(name="none"))
    contest = Contest(about, (planted(), planted(1)), None)
    plugins = [
        Plugin("counted", Counted()),
        Plugin("broken", attacks.adopt(Asking(oops))),
        Plugin("asker", Asks()),
        Plugin("turner", Turns()),
    ]
    played, left = play_all(contest, plugins)
    assert list(played) == ["counted"]
    assert [len(of) for of in played.values()] == [2]
    assert [(of.attack, of.failed) for of in left] == [("asker", False), ("turner", False), ("broken", True)]
    assert "needs a target that is kept and can be asked" in left[0].reason
    assert "needs the queries flips-shifts" in left[1].reason
    assert "RuntimeError: oops here (test_playing.py:" in left[2].reason
    playing.say(left)
    assert capsys.readouterr().err.count("left out: ") == 3


class Asks(Counted):
    uses = ("ask",)


class Turns(Counted):
    queries = ("clean", "flips-shifts")


class Endless(attacks.Attack):
    def score(self, evidence, rehearsal, rng):
        while True:
            pass


def test_an_attack_that_hangs_is_named_with_its_line():
    with pytest.raises(ValueError, match=r"^attack endless: Overdue: no end after 0.05 s, .*\(test_playing.py:\d+\)$"):
        play(planted(), Plugin("endless", Endless()), timeout=0.05)


def test_an_attack_that_broke_elsewhere_is_not_tried_again():
    counted, about = Counted(), SimpleNamespace(defense=SimpleNamespace(name="none"))
    contest = Contest(about, (planted(),), None)
    known = {(planted().key, "counted"): "it broke"}
    played, left = play_all(contest, [Plugin("counted", counted)], broken=known)
    assert played == {}
    assert [(of.reason, of.failed) for of in left] == [("it broke", True)]
