"""Run or resume a suite from Python, and play attacks of one's own on what is stored."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks import engine
from benchmarks.api import naming
from benchmarks.api.refusing import choice, in_python, number, sizes
from benchmarks.api.results import Results
from benchmarks.games import from_store
from benchmarks.games.game import Contest, Game
from benchmarks.games.playing import LeftOut
from benchmarks.naming.registry import ATTACKS, DEFENSES, choose
from benchmarks.results.files import alone_in, check_writable
from benchmarks.results.record import Record
from benchmarks.statistics.played import Played
from benchmarks.training import runner
from benchmarks.training.executors import Executor, Here
from benchmarks.training.executors.places import cores, place
from benchmarks.training.plan import Plan
from benchmarks.training.request import Request
from benchmarks.training.standing import complete
from benchmarks.training.store import Store
from benchmarks.training.suites import Suite, find

if TYPE_CHECKING:
    import pandas as pd

Made = dict[tuple[str, str], tuple[Record, Sequence[Played]]]


@dataclass(frozen=True, eq=False)
class Question:
    """What a run is of, and where its models are trained and kept."""

    request: Request
    store: Path
    places: Executor
    players: Executor | None
    timeout: float | None


def run(
    suite: str = "digits",
    attacks: Any = "all",
    defenses: Any = (),
    *,
    store: str | Path = "store",
    data: str | Path | None = None,
    adversary: str = "adaptive",
    seed: int = 0,
    references: int | None = None,
    trials: int | None = None,
    epochs: int | None = None,
    part: int | None = None,
    shadows: int | None = None,
    device: str = "auto",
    on: str = "auto",
    workers: int | None = None,
    timeout: float | None = None,
) -> Run:
    """Train what the store lacks and play the attacks: the same models and records as `python -m benchmarks.run`.

    `suite`: a name or a .toml file. `attacks`, `defenses`: names, as in "l2(0.001)", and objects of one's own; "all"
    are all that can be used, and the undefended model is always there. `data`: the folder of data sets. `references`
    R, `trials` K, `epochs`, `part` and `shadows` change the suite for this run. `on`, `workers`: as `--on` and
    `--workers` of the command. A run that was stopped goes on where it was.

    Raises ValueError, in one sentence, on whatever cannot be used, and where no attack has an answer.
    """
    with in_python():
        changed = sizes(seed=seed, references=references, trials=trials, epochs=epochs, part=part, shadows=shadows)
        folder, workers = Path(store), sizes(workers=workers)["workers"]
        places = place(on, device, workers, folder)
        spelled = naming.defenses(defenses, isinstance(places, Here))
        where = Path(data) if data is not None else None
        request = Request(str(suite), spelled, adversary, where, **changed)  # type: ignore[arg-type]
        question = Question(request, folder, places, cores(places, on, workers, folder), number("timeout", timeout))
        return _played(question, naming.split(ATTACKS, attacks), Run(question))


def suite(name: str) -> Suite:
    """The suite of that name, or in that .toml file: its data set, network, recipe, protocol and sizes.

    Raises ValueError, in one sentence, where there is none or where it cannot be read.
    """
    with in_python():
        return find(name)


class Run(Results):
    """A suite's results, and the games that they come from.

    `plan`: the models, and who trained on what; `left_out`: who has no results, and why.
    """

    def __init__(
        self,
        question: Question,
        asked: engine.Asked | None = None,
        made: Made | None = None,
        contests: Sequence[Contest] = (),
        left_out: Iterable[LeftOut] = (),
    ) -> None:
        self._question, self._asked, self._made = question, asked, made or {}
        self._contests = {contest.about.defense.name: contest for contest in contests}
        self.left_out = tuple(left_out)
        super().__init__([record for record, _ in self._made.values()])

    @property
    def plan(self) -> Plan:
        """The models, the protocol's split, and the data."""
        assert self._asked is not None
        return self._asked.plan

    def games(self, defense: str = "none") -> tuple[Game, ...]:
        """The K games of a defense, a target each: `member` (n,), and `sides(queries)`, the evidence and the rehearsal
        that an attack is handed. Raises ValueError on an unknown name.
        """
        return self._contests[choice("defense", defense, self._contests)].games

    def outcomes(self, attack: str, defense: str = "none") -> tuple[Played, ...]:
        """What an attack said in the K games of a defense: `scores` (n,), `member` (n,), `claimed(alpha)` (n,). Raises
        ValueError on an unknown name.
        """
        attacks = [name for of, name in self._made if of == choice("defense", defense, self._contests)]
        return tuple(self._made[defense, choice("attack", attack, attacks)][1])

    def scores(self, attack: str, defense: str = "none") -> pd.DataFrame:
        """A row a record of each game: game, record (its row in `plan.pool`), label, member, score. Canaries are left
        out. Raises ValueError on an unknown name.
        """
        import pandas as pd

        said = self.outcomes(attack, defense)
        plugin = next(d for d in self.plan.defenses if d.name == defense)
        trials, _ = from_store.standing(self.plan, Store(self._question.store), plugin)
        parts = []
        for k, (game, trial) in enumerate(zip(said, trials, strict=True)):
            rows = self.plan.split.audited[trial.audited]
            rows = rows[self.plan.split.canary(rows) < 0]
            columns = {"record": rows, "label": self.plan.pool.y[rows], "member": game.member, "score": game.scores}
            parts.append(pd.DataFrame({"game": k, **columns}))
        return pd.concat(parts, ignore_index=True)

    def play(self, *attacks: Any) -> Run:
        """The same run with further attacks, by name or as objects; nothing is trained, and models are only asked for
        queries that nobody had. An object is played each time, whatever its class said before.

        Raises ValueError where none of them can play.
        """
        if not attacks:
            raise ValueError("attacks: expected at least one, got none")
        with in_python():
            return _played(self._question, naming.split(ATTACKS, attacks), self)

    def write(self, folder: str | Path, drop: bool = False) -> Path:
        """Write board, records and plots as the command does, and return the board's file; `drop` drops
        other runs' records that lie there. Raises ValueError where they stand in the way.
        """
        from benchmarks.report.publish import check_places, publish
        from benchmarks.results.exchange import finish

        output = Path(folder)
        with in_python():
            if output.resolve() == self._question.store.resolve():
                raise ValueError(f"folder: {output} is the store of models; give the board a folder of its own")
            check_writable("folder", output)
            check_places(output)
            with alone_in(output):
                finish(output)
                store = Store(self._question.store)
                publish([*self._made.values()], output, engine.kept(self.plan, store, output, drop))
        return output / "leaderboard.md"


def _played(question: Question, given: tuple[tuple[str, ...], tuple[Any, ...]], before: Run) -> Run:
    """The run with these attacks, names and objects, beside those that it had."""
    known, own = naming.attacks(*given)
    earlier = before._asked.attacks if before._asked else ()
    fresh = {plugin.name: plugin for plugin in (*earlier, *known, *own)}
    wanted = choose(DEFENSES, question.request.defenses, warn=True)
    asked = engine.asked(question.request, [*fresh.values()], wanted, "all" not in given[0])
    store = Store(question.store)
    if not all(complete(training, asked.plan, store) for training in asked.plan.by_key.values()):
        check_writable("store", question.store)
    runner.discard_damaged(asked.plan, store)
    engine.train(asked, store, question.places, question.timeout)
    words = [*given[0], *(plugin.name for plugin in own)]
    contests, left = engine.contests(asked.plan, store, engine.command_of(asked.plan, words, question.request.data))
    made: Made = {}
    for attacks, keep, players in ((known, store, question.players), (own, None, None)):
        able = tuple(plugin for plugin in asked.attacks if plugin in attacks)
        if able:
            found = engine.play(replace(asked, attacks=able), contests, keep, players, question.timeout)
            made |= {(record.defense.name, record.attack.name): (record, played) for record, played in found.made}
            left += found.left
    if not made:
        raise ValueError(f"nothing was played: {left[0].reason}" if left else "attacks: none of them can play")
    return Run(question, asked, before._made | made, contests, dict.fromkeys([*before.left_out, *left]))
