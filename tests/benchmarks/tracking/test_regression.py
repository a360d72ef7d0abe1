"""The project's own gate, on the committed outputs: it passes as things are, and catches real mutations of attacks."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from msgspec import structs

import attacks
import attacks.ready
import attacks.signals
import attacks.thresholds
import attacks.two_stage
from attacks.evidence import Evidence, Rehearsal
from attacks.lira_two_sided import LiraTwoSided
from attacks.ready import prepare
from benchmarks.games import from_arrays
from benchmarks.naming.registry import ATTACKS, Plugin, find
from benchmarks.regression import TIED, main
from benchmarks.statistics import telling as design_telling
from benchmarks.tracking import gate, packed, stored
from benchmarks.tracking.baseline import COMMITTED, entries

ROOT = Path(__file__).parents[3]
RECORDS = ROOT / COMMITTED


@pytest.fixture(scope="module")
def outputs():
    return stored.read(ROOT / stored.FILE)


@pytest.fixture(scope="module")
def committed():
    return {e.key[3]: e for e in entries("--baseline", str(RECORDS))}


def telling(member):
    """In how many of the games who trained on a record tells the target's membership."""
    found = 0
    for game in from_arrays.in_turn(len(member)):
        try:
            design_telling.refuse_telling(member, *game)
        except ValueError:
            found += 1
    return found


def test_the_models_that_are_trained_for_the_stored_outputs_tell_nothing_of_each_other():
    made = stored.Twins().plan()
    member = np.stack([made.split.member(model) for model in range(0, 2 * stored.MODELS, 2)])
    assert member.shape == (stored.MODELS, stored.RECORDS)
    assert set(member.sum(1)) == {stored.RECORDS // 2}
    assert telling(member) == 0
    whole = np.stack([made.split.member(model) for model in range(stored.MODELS)])
    assert telling(whole) > 0  # twins among the models would tell


def test_the_stored_outputs_tell_nothing_of_each_other(outputs):
    assert telling(outputs.member) == 0


def built(name):
    return find(ATTACKS, name).value


def evaluated(outputs, folder, **named):
    """Attacks on the committed outputs, as the gate reads them."""
    stored.evaluate(outputs, [Plugin(name, attack) for name, attack in named.items()], folder)
    return {e.key[3]: e for e in entries("--current", str(folder))}


def verdicts(old, new):
    """The gate's verdict with the version as it is, and with a new one."""
    [silent] = gate.compare([old], [new], 0.01)
    record = new.record
    newer = structs.replace(record, attack=structs.replace(record.attack, version=record.attack.version + 1))
    [raised] = gate.compare([old], [replace(new, record=newer)], 0.01)
    return silent.verdict, raised.verdict


SILENT = "changed without a new version"


def test_every_attack_says_what_its_committed_record_says(committed, tmp_path, monkeypatch):
    """If this fails, an attack changed. By mistake: mend it. On purpose: raise its `version`; then make new records,
    as docs/regression.md says.
    """
    monkeypatch.chdir(ROOT)
    assert {*attacks.BUILTIN} <= {*committed}, "an attack has no committed record yet"
    assert main(["evaluate", "--attacks", *committed, "--output", str(tmp_path)]) == 0
    findings = gate.compare(list(committed.values()), entries("--current", str(tmp_path)), 0.0)
    assert {(f.verdict, f.how) for f in findings} == {("unchanged", "equal scores and verdicts")}
    assert all(old == new for old, new in (f.versions for f in findings)), "a new version without new records"


def test_the_committed_outputs_are_those_that_can_be_made_again(outputs):
    """Rows, labels and membership follow from the seed; each model saw half of the records."""
    assert outputs.logits.shape == (stored.MODELS, stored.RECORDS, 19, 10)
    assert outputs.crowd_logits.shape == (stored.MODELS, stored.CROWD, 19, 10)
    assert not {*outputs.rows} & {*outputs.crowd_rows}
    made = stored.Twins().plan().split
    assert np.array_equal(outputs.member, [made.member(model) for model in range(0, 2 * stored.MODELS, 2)])
    assert (outputs.member.sum(1) == stored.RECORDS / 2).all()
    right = outputs.logits[:, :, 0].argmax(-1) == outputs.labels
    assert right[outputs.member].mean() > 0.99  # they did learn what they trained on, and less well what not
    assert 0.8 < right[~outputs.member].mean() < 0.99
    assert (ROOT / stored.FILE).stat().st_size < 3_000_000


def test_the_packed_models_are_those_that_can_be_made_again(outputs):
    """Training them anew gives the same arrays, up to the processor's rounding."""
    again = packed.train("cpu")
    assert list(again) == list(outputs.more)
    apart = [float(np.mean(~np.isclose(again[name], of, atol=0.05))) for name, of in outputs.more.items()]
    assert max(apart) < 0.02


def test_packed_models_are_asked_with_the_weights_that_made_their_outputs(outputs):
    """A game's `ask` and its stored outputs are of one model; reference models trained on half of the population."""
    with packed.contest(outputs.more, packed.SUITE.name, "x") as games:
        assert len(games.games) == packed.TARGETS
        for game in games.games:
            evidence, rehearsal = game.sides(("clean",))
            for side in (evidence, rehearsal.evidence):
                np.testing.assert_allclose(side.ask(side.inputs), side.target[:, 0], atol=2e-5)
                assert (side.population.trained_on.sum(1) == packed.PART).all()
            assert game.member.mean() == rehearsal.member.mean() == 0.5


def test_packed_models_of_the_half_split_saw_half_of_the_records_and_keep_labels_alone(outputs):
    """Each record is in half of every game's reference models; an answer is its label, and nothing more."""
    with packed.contest(outputs.more, packed.HALVES.name, "x") as games:
        assert len(games.games) == packed.SEEING + 4
        for game in games.games:
            evidence, _ = game.sides(("clean", *packed.FLIPS))
            assert evidence.references.shape == (packed.SEEING, 2 * packed.PART, 31, 10)
            assert (evidence.trained_on.sum(0) == packed.SEEING / 2).all()
            assert (evidence.trained_on.sum(1) == packed.PART).all()
            assert game.member.mean() == 0.5
            for answers in (evidence.target, evidence.references):
                assert np.array_equal(np.sort(answers, -1), np.broadcast_to(np.arange(10) == 9, answers.shape))
            right = evidence.target[:, 0].argmax(-1) == evidence.labels
            assert right[game.member].mean() > right[~game.member].mean() + 0.1


def test_an_attack_that_cannot_play_anywhere_is_named(outputs, tmp_path, capsys):
    class Elsewhere(attacks.Attack):
        queries = ("rotations",)

        def score(self, evidence, rehearsal, rng):
            return np.zeros(len(evidence.labels))

    with pytest.raises(ValueError, match=r"^--attacks: elsewhere: needs the queries rotations; "):
        evaluated(outputs, tmp_path, elsewhere=Elsewhere())
    assert not list(tmp_path.iterdir())


class Wrapped(attacks.Attack):
    """Another attack, with something changed on the way in or out."""

    def __init__(self, inner):
        self.inner = inner
        self.reference, self.version, self.access, self.needs = (
            inner.reference,
            inner.version,
            inner.access,
            inner.needs,
        )

    def score(self, evidence, rehearsal, rng):
        return self.inner.score(evidence, rehearsal, rng)


class Flipped(Wrapped):
    """The sign of the score flipped; verdicts by the base class."""

    def score(self, evidence, rehearsal, rng):
        return -super().score(evidence, rehearsal, rng)


@pytest.mark.parametrize("name", ["loss", "c-conf", "two-stage"])
def test_a_flipped_sign_is_weaker(name, outputs, committed, tmp_path):
    new = evaluated(outputs, tmp_path, **{name: Flipped(built(name))})[name]
    assert verdicts(committed[name], new) == (gate.BOTH, "weaker")


class Through(Wrapped):
    """An attack that is handed evidence changed by `change`, for scores and verdicts alike."""

    def __init__(self, inner, change):
        super().__init__(inner)
        self.change = change

    def fit(self, rehearsal, rng):
        changed = Rehearsal(self.change(rehearsal.evidence), rehearsal.member)
        return Changed(prepare(self.inner, changed, rng), {rehearsal.evidence: changed.evidence}, self.change)

    score = attacks.Attack.score


class Changed:
    def __init__(self, ready, known, change):
        self.ready, self.known, self.change = ready, known, change

    def _of(self, evidence):
        if evidence not in self.known:
            self.known[evidence] = self.change(evidence)
        return self.known[evidence]

    def score(self, evidence):
        return self.ready.score(self._of(evidence))

    def decide(self, evidence, alphas):
        return self.ready.decide(self._of(evidence), alphas)


def references(keep):
    def change(e):
        return Evidence(e.labels.copy(), e.target.copy(), e.references[keep].copy(), e.trained_on[keep].copy())

    return change


def temperature(t):
    def change(e):
        others = e.references / t if len(e.trained_on) else []  # of an attack that declared them
        return Evidence(e.labels.copy(), e.target / t, others, e.trained_on.copy())

    return change


@pytest.mark.parametrize("name", ["lira-offline", "two-stage"])
def test_one_reference_model_dropped_is_seen(name, outputs, committed, tmp_path):
    """Of 14 it costs next to nothing (AUC 0.002): with a new version it may pass."""
    new = evaluated(outputs, tmp_path, **{name: Through(built(name), references(slice(1, None)))})[name]
    assert SILENT in verdicts(committed[name], new)[0]


def out_models(most):
    """Evidence in which a record's first `most` reference models that never saw it are all that it has."""

    def change(e):
        kept = ~e.trained_on & ((~e.trained_on).cumsum(0) <= most)
        return Evidence(e.labels.copy(), e.target.copy(), e.references.copy(), ~kept)

    return change


def test_reference_models_dropped_until_it_hurts_is_weaker(outputs, committed, tmp_path):
    new = evaluated(outputs, tmp_path, **{"attack-r": Through(built("attack-r"), out_models(2))})
    assert verdicts(committed["attack-r"], new["attack-r"]) == (gate.BOTH, "weaker")


def test_one_sided_lira_made_two_sided_is_weaker(outputs, committed, tmp_path):
    new = evaluated(outputs, tmp_path, **{"lira-offline": LiraTwoSided()})["lira-offline"]
    assert verdicts(committed["lira-offline"], new) == (gate.BOTH, "weaker")


@pytest.mark.parametrize("name", ["loss", "c-loss", "two-stage"])
def test_temperature_on_logits_is_seen(name, outputs, committed, tmp_path):
    new = evaluated(outputs, tmp_path, **{name: Through(built(name), temperature(np.float32(1.5)))})[name]
    assert SILENT in verdicts(committed[name], new)[0]


def test_temperature_that_hurts_is_weaker(outputs, committed, tmp_path):
    new = evaluated(outputs, tmp_path, entropy=Through(built("entropy"), temperature(np.float32(4))))["entropy"]
    assert verdicts(committed["entropy"], new) == (gate.BOTH, "weaker")


def strictly_above(scores, thresholds):
    """`claimed` of one score with > in the place of >=."""
    return scores > thresholds[:, None]


def strictly_above_both(s0, s1, t0, t1):
    """`claimed` of two stages with > in the place of >=."""
    return (s0 > t0[:, None]) & (s1 > t1[:, None])


def test_a_strict_threshold_on_tied_scores_is_seen(outputs, committed, tmp_path, monkeypatch):
    """Scores stay as they were; at alpha = .5 alone, where everybody is claimed, the threshold lies on a tie."""
    monkeypatch.setattr(attacks.ready, "claimed", strictly_above)
    new = evaluated(outputs, tmp_path, gap=built("gap"))["gap"]
    old = committed["gap"]
    assert all(np.array_equal(a.scores, b.scores) for a, b in zip(old.played, new.played, strict=True))
    assert SILENT in verdicts(old, new)[0]


def test_a_strict_threshold_of_the_second_stage_is_seen(outputs, committed, tmp_path, monkeypatch):
    monkeypatch.setattr(attacks.two_stage, "claimed", strictly_above_both)
    new = evaluated(outputs, tmp_path, **{TIED: built(TIED)})[TIED]
    assert SILENT in verdicts(committed[TIED], new)[0]


def test_a_strict_demand_on_precision_is_seen(outputs, committed, tmp_path, monkeypatch):
    """precision > alpha in the place of precision >= alpha, in Algorithm 2: the demand just above."""
    exact = attacks.thresholds._inclusion
    strict = lambda ordered, member, alphas: exact(ordered, member, np.nextafter(alphas, 2))  # noqa: E731
    monkeypatch.setattr(attacks.thresholds, "_inclusion", strict)
    new = evaluated(outputs, tmp_path, gap=built("gap"))["gap"]
    assert SILENT in verdicts(committed["gap"], new)[0]


class OtherProcessor:
    """numpy with exp and log that are one unit in the last place off, here and there."""

    def __init__(self, seed):
        self.rng = np.random.default_rng(seed)

    def __getattr__(self, name):
        return getattr(np, name)

    def _off(self, y, exact):
        unit = np.finfo(y.dtype).eps * self.rng.integers(-1, 2, size=y.shape)
        return np.where(exact, y, y * (1 + unit)).astype(y.dtype)

    def exp(self, x, out=None):
        y = self._off(np.exp(x), x == 0)
        if out is not None:
            out[...] = y
        return y

    def log(self, x):
        return self._off(np.log(x), x == 1)


def test_another_processors_rounding_is_no_change(outputs, committed, tmp_path, monkeypatch):
    monkeypatch.setattr(attacks.signals, "np", OtherProcessor(0))
    names = ("attack-r", "c-loss", "lira-two-sided", "loss", "mentr", "two-stage")
    new = evaluated(outputs, tmp_path, **{name: built(name) for name in names})
    x = np.linspace(-3, 3, 99)
    assert (OtherProcessor(0).exp(x) != np.exp(x)).any()
    again = (abs(new["loss"].played[t].scores - committed["loss"].played[t].scores).max() for t in range(stored.MODELS))
    assert max(again) < 1e-9  # scores keep 12 digits
    findings = gate.compare([committed[name] for name in names], list(new.values()), 0.01)
    assert {f.verdict for f in findings} == {"unchanged"}
