"""Attacks play the games of one audited model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.audit.case import Case, part
from benchmarks.audit.games import Table, table, unseen_by_none
from benchmarks.audit.held import NotHeld
from benchmarks.audit.missing import missing
from benchmarks.games.circumstances import inputs_of
from benchmarks.games.evaluate import evaluate
from benchmarks.games.game import Contest, Game
from benchmarks.games.playing import LeftOut, play
from benchmarks.naming import registry
from benchmarks.naming.registry import Plugin
from benchmarks.naming.wording import counted
from benchmarks.results import making
from benchmarks.results.record import About, Cost, DefenseInfo, Games, Record, RunInfo, SuiteInfo, Utility, Value
from benchmarks.statistics.accuracy import Answers, accuracy
from benchmarks.statistics.exposure import Trial
from benchmarks.training.facts import versions
from benchmarks.training.store import digest

SHOWN = {"logits": ("label", "probability", "logit"), "probabilities": ("label", "probability"),
         "predicted": ("label",), "loss": ("probability", "logit")}  # fmt: skip
HELD = {
    "logits": "logits",
    "probabilities": "probabilities",
    "predicted": "predicted classes alone",
    "loss": "losses alone",
}
WANTED = {"logit": "logits", "probability": "probabilities or logits", "label": "predicted classes"}
PATIENCE = 500_000  # records times passes, some minutes of learning, that `all` does not ask for
FEW = 50  # members, others and records of the population, of a game that is played to see who can
UNKNOWN = Value(None, None, None)


@dataclass(frozen=True, eq=False)
class Attacked:
    """What the attacks said: a record of each, its scores (n,), who could not play and why, and all that those lack."""

    records: tuple[Record, ...]
    scores: dict[str, np.ndarray]
    left: tuple[LeftOut, ...]
    lacks: dict[str, tuple[str, ...]]

    def halves(self, member: np.ndarray, half: np.ndarray) -> dict[str, tuple[Trial, Trial]]:
        """Each attack's scores and membership (n,) in the two halves (n,) bool."""
        return {name: tuple((s[of], member[of]) for of in (half, ~half)) for name, s in self.scores.items()}  # type: ignore[misc]


@dataclass(frozen=True)
class Wanted:
    """Attacks that are asked for: `attacks`, and the names of those that stand for themselves, not for `all`."""

    attacks: tuple[Plugin, ...]
    named: frozenset[str]

    @classmethod
    def of(cls, spellings: Sequence[str], warn: bool = False) -> Wanted:
        """The attacks that are spelled so; `warn` as of `registry.choose`. Raises ValueError on an unknown one."""
        named = registry.choose(registry.ATTACKS, [word for word in spellings if word != "all"])
        every = registry.choose(registry.ATTACKS, spellings, warn=warn)
        return cls(every, frozenset(attack.name for attack in named))


def attacked(case: Case, seats: Table, wanted: Wanted, name: str, command: str) -> Attacked:
    """Every attack that can play in the games of a case. Raises ValueError where none can."""
    able, left, lacks = [], [], {}
    for attack in wanted.attacks:
        slow = "" if attack.name in wanted.named else _slow(attack, case)
        reason = slow or _unfit(attack, case, seats.games[0], seats.shadow)
        if reason:
            left.append(LeftOut(attack.name, "none", reason, False))
            lacks[attack.name] = (
                (f"--attacks {attack.name}",) if slow else _lacks(attack, case, seats.games[0], seats.shadow)
            )
        else:
            able.append(attack)
    if not able:
        raise ValueError(f"attacks: none can play; {left[0].attack} {left[0].reason}")
    found = evaluate([contest(case, seats, name, command)], able)
    scores = {}
    for record, played in found.made:
        scores[record.attack.name] = np.empty(len(case.answers.member))
        for game, rows in zip(played, seats.rows, strict=True):
            scores[record.attack.name][rows] = game.scores
    return Attacked(tuple(record for record, _ in found.made), scores, (*left, *found.left), lacks)


def _slow(attack: Plugin, case: Case) -> str:
    """Why an attack is not among all that are asked for, as the rest of a sentence; empty where it is."""
    passes, n = getattr(attack.value, "passes", 1), len(case.answers.member)
    return f"learns in {passes} passes, minutes on {n:,} records; name it to have it" if passes * n > PATIENCE else ""


def _unfit(attack: Plugin, case: Case, game: Game, shadow: int | None) -> str:
    """Why an attack cannot play, as the rest of a sentence; empty where it can."""
    value, kind = attack.value, case.answers.said.kind
    if value.access not in SHOWN[kind]:
        return f"needs {WANTED[value.access]}; there are {HELD[kind]}"
    asked = [query for query in value.queries if query != "clean"]
    if asked:
        return f"asks the model about changed records ({asked[0]}); there is one answer a record"
    blind = unseen_by_none(case, shadow)
    if value.needs == "reference" and not game.lacks(value) and blind.any():
        return (
            f"needs reference models that never saw a record; {int(blind.sum()):,} of {len(blind):,} records have none"
        )
    return game.lacks(value) or (_untold(attack, case) if kind == "loss" else "")


def _lacks(attack: Plugin, case: Case, game: Game, shadow: int | None) -> tuple[str, ...]:
    """All that one that cannot play would need besides, a phrase each; of losses one cannot tell, and it is more."""
    value, kind = attack.value, case.answers.said.kind
    told = WANTED[value.access] if kind == "loss" or value.access not in SHOWN[kind] else ""
    blind = unseen_by_none(case, shadow).any()
    return missing(value, game.offers - {"reference"} if blind else game.offers, told)


def _untold(attack: Plugin, case: Case) -> str:
    """Whether an attack needs more than losses, which a game of few records tells."""
    try:
        play(table(_thinned(case)).games[0], attack)
    except ValueError as error:
        cause: BaseException | None = error
        while cause is not None and not isinstance(cause, NotHeld):
            cause = cause.__cause__
        return f"needs all classes' probabilities; there are {HELD['loss']}" if cause else ""
    return ""


def _thinned(case: Case) -> Case:
    member = case.answers.member
    return part(case, np.sort(np.concatenate([np.flatnonzero(member == kind)[:FEW] for kind in (True, False)])), FEW)


def contest(case: Case, seats: Table, name: str, command: str) -> Contest:
    """The games of a case, and what they are about, as records say it."""
    answers = case.answers
    keys = tuple(game.key for game in seats.games)
    models = 1 + (len(case.references.trained_on) if case.references else 0)
    suite = SuiteInfo(
        name=name,
        dataset=name,
        dataset_digest=digest([answers.labels.tolist(), answers.member.tolist()]),
        source="a model of somebody's own",
        licence="not stated",
        synthetic=False,
        lossless=True,
        network="not stated",
        recipe={},
        protocol="own outputs" if seats.shadow else "own outputs, halves",
        part=int(answers.member.sum()),
        references=models - 1 - (seats.shadow is not None),
        trials=len(seats.games),
        changed={},
        reduced=False,
        seed=0,
    )
    run = RunInfo(
        games=Games(inputs=inputs_of(keys), outputs=digest(list(keys)), keys=keys),
        utility=utility(case),
        cost=Cost(models=models, seconds=0.0),
        versions=versions(),
        device="stored outputs",
        command=command,
        duplicates=0,
    )
    return Contest(About(suite, DefenseInfo("none", {}), "adaptive"), seats.games, run)


def utility(case: Case) -> Utility:
    """The audited model's accuracy on members and others; unknown where there are losses alone."""
    said, member = case.answers.said, case.answers.member
    if said.kind == "loss":
        return Utility(train=UNKNOWN, test=UNKNOWN)
    right = (said.values if said.kind == "predicted" else said.values.argmax(-1)) == case.answers.labels
    train, test = (accuracy(Answers((right[of],), (np.flatnonzero(of),))) for of in (member, ~member))
    return Utility(train=making.value(train), test=making.value(test))


def adversary(case: Case, seats: Table) -> str:
    """What the adversary has, a phrase."""
    has = [HELD[case.answers.said.kind]]
    count = len(case.references.trained_on) if case.references else 0
    if count:
        has.append(counted(count, "reference model"))
    which = "a shadow model" if count == 1 else "one of which is a shadow model"
    has.append(which if seats.shadow else "half of the records' memberships")
    return ", ".join(has)
