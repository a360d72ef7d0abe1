"""Declarations are read off the very instance, and what is not understood is refused."""

from dataclasses import dataclass, fields, is_dataclass
from types import SimpleNamespace

import numpy as np
import pytest

import attacks
from attacks import Attack, adopt, declared
from attacks.registry import load


class Plain:
    """A plugin that inherits nothing."""

    needs = "reference"

    def score(self, evidence, rehearsal, rng):
        return np.zeros(len(evidence.labels))


@dataclass(frozen=True)
class Tuned:
    """A plugin whose fields are hyperparameters, one of them a declaration."""

    power: int = 2
    access: str = "probability"

    def score(self, evidence, rehearsal, rng):
        return np.full(len(evidence.labels), float(self.power))


def saying(**declarations):
    return type("Saying", (Plain,), declarations)()


USES = {
    **dict.fromkeys(("rmia", "rmia-offline", "attack-p"), ("population",)),
    **dict.fromkeys(("bavaria-n-offline", "bavaria-t-offline", "pmia-class"), ("population", "proxies")),
    **dict.fromkeys(("quantile", "quantile-network", "quantile-pinball"), ("population", "inputs")),
    "label-distance": ("inputs", "ask"),
    "pmia-nearest": ("population", "proxies", "inputs"),
}


QUERIES = {
    **dict.fromkeys(("label-augmentation", "label-regression"), ("flips-shifts",)),
    "trajectory": ("trajectory(epochs=20)",),
    "label-noise": tuple(f"noise(sigma={sigma}, m=10)" for sigma in (0.1, 0.3, 1.0)),
    **dict.fromkeys(
        ("label-flips", "label-regression-flips"),
        tuple(f"bit-flips(count={count}, m=10)" for count in (3.0, 10.0, 30.0)),
    ),
}


@pytest.mark.parametrize("name", attacks.BUILTIN)
def test_every_builtin_declares_what_its_paper_is(name):
    says = declared(load(name)())
    assert says.reference
    assert says.queries == ("clean", *QUERIES.get(name, ()))
    assert says.uses == USES.get(name, ())
    assert load(name).__doc__
    assert load(name)() == load(name)()


def test_defaults_stand_for_what_is_not_said():
    assert declared(Plain()) == attacks.Declared("", 1, "probability", "reference", ("clean",), ())


@pytest.mark.parametrize(
    ("declarations", "sentence"),
    [
        ({"access": "everything"}, "Saying.access: expected one of label, probability, logit, got 'everything'"),
        ({"access": "logits"}, "did you mean logit?"),
        ({"access": None}, "Saying.access: expected one of label, probability, logit, got None"),
        ({"needs": "sahdow"}, "got 'sahdow'; did you mean shadow?"),
        ({"needs": ("target",)}, "Saying.needs: expected one of"),
        ({"needs": np.str_}, "Saying.needs: expected one of"),
        ({"uses": "population"}, "Saying.uses: expected a tuple of different names, got 'population'"),
        ({"uses": ("popluation",)}, "got 'popluation'; did you mean population?"),
        ({"uses": ("ask", "ask")}, "Saying.uses: expected a tuple of different names"),
        ({"uses": (3,)}, "Saying.uses: expected one of population, proxies, inputs, ask, got 3"),
        ({"queries": "clean"}, "Saying.queries: expected a tuple"),
        ({"queries": ()}, "Saying.queries: expected a tuple of names that begins with 'clean', got ()"),
        ({"queries": ("flip", "clean")}, "begins with 'clean'"),
        ({"queries": ("clean", 4)}, "Saying.queries: expected a tuple of names"),
        ({"version": True}, "Saying.version: expected a whole number of at least 1, got True"),
        ({"version": 0}, "Saying.version: expected a whole number of at least 1, got 0"),
        ({"version": "2"}, "Saying.version: expected a whole number of at least 1, got '2'"),
        ({"version": np.int64(2)}, "Saying.version: expected a whole number"),
        ({"reference": None}, "Saying.reference: expected a string, got None"),
        ({"acess": "label"}, "Saying.acess: no declaration has this name; did you mean access?"),
        ({"need": "shadow"}, "Saying.need: no declaration has this name; did you mean needs?"),
        ({"use": ("ask",)}, "did you mean uses?"),
        ({"needs": property(lambda self: 1 / 0)}, "Saying.needs: ZeroDivisionError: division by zero"),
        ({"needs": property(lambda self: self.gone)}, "Saying.needs: "),
        ({"score": None}, "an attack needs a method score(evidence, rehearsal, rng) or fit(rehearsal, rng)"),
        (
            {"decide": lambda self, evidence: 0},
            "Saying.decide: expected the arguments evidence, rehearsal, alphas, rng",
        ),
        (
            {"score": None, "fit": lambda s, e, r: 0, "decide": lambda s, e, r, a, g: 0},
            "an attack has fit or decide, not both; what fit returns may have a decide",
        ),
        ({"score": lambda self, evidence: 0}, "Saying.score: expected the arguments evidence, rehearsal, rng"),
        (
            {"fit": lambda self, rehearsal, rng: 0},
            "an attack has fit or score, not both; what fit returns may have a score",
        ),
    ],
)
def test_what_is_misspelt_is_refused_in_one_sentence(declarations, sentence):
    instance = saying(**declarations)
    for reader in (declared, adopt):
        with pytest.raises(ValueError) as error:
            reader(instance)
        assert sentence in str(error.value)
        assert "\n" not in str(error.value)


def test_a_misspelling_on_the_instance_alone_is_refused():
    instance = Plain()
    assert declared(instance).needs == "reference"
    instance.needs = "sahdow"
    with pytest.raises(ValueError, match="did you mean shadow"):
        declared(instance)


@pytest.mark.parametrize("cls", [Plain, Tuned, Attack, load("loss")])
def test_a_class_is_no_instance(cls):
    with pytest.raises(ValueError, match=f"{cls.__name__} is a class: give an instance, {cls.__name__}()"):
        adopt(cls)


@pytest.mark.parametrize("thing", [None, 3, "loss", [], {}, Attack()])
def test_what_has_neither_score_nor_fit_is_refused(thing):
    with pytest.raises(ValueError, match="an attack needs a method score"):
        adopt(thing)


def test_an_attack_is_adopted_as_it_is_and_a_plain_object_keeps_its_fields():
    loss = load("loss")()
    assert adopt(loss) is loss
    made = adopt(Tuned(power=3, access="label"))
    assert isinstance(made, Attack)
    assert type(made).__name__ == "Tuned"
    assert is_dataclass(type(made))
    assert {f.name: getattr(made, f.name) for f in fields(type(made))} == {"power": 3, "access": "label"}
    assert declared(made) == declared(Tuned(access="label"))
    assert adopt(made) is made
    assert made == adopt(Tuned(3, "label")) != adopt(Tuned())
    assert len({made, adopt(Tuned(3, "label"))}) == 1


def test_a_namespace_or_an_object_that_passes_on_is_adopted_too():
    class PassesOn:
        def __getattr__(self, name):
            return getattr(load("gap")(), name)

    for plain in (SimpleNamespace(score=Plain().score, access="label"), PassesOn()):
        assert declared(plain).access == declared(adopt(plain)).access == "label"


def test_a_function_may_be_a_hook():
    fitted = SimpleNamespace(score=lambda evidence: np.ones(len(evidence.labels)))
    plain = SimpleNamespace(fit=lambda rehearsal, rng: fitted)
    evidence, rehearsal, _ = attacks.planted(np.random.default_rng(0), 20, 2, 3, 1.0)
    assert attacks.prepare(plain, rehearsal, np.random.default_rng(0)).score(evidence).all()


def test_a_hook_is_called_on_the_very_object():
    class Remembers(Plain):
        def score(self, evidence, rehearsal, rng):
            self.asked = True
            return super().score(evidence, rehearsal, rng)

    plain = Remembers()
    evidence, rehearsal, _ = attacks.planted(np.random.default_rng(0), 20, 2, 3, 1.0)
    made = adopt(plain)
    assert made.decide(evidence, rehearsal, np.array([0.5]), np.random.default_rng(0)).shape == (1, 20)
    assert plain.asked
    assert made.asked


def test_listing_loads_nothing_heavy():
    import subprocess
    import sys

    code = "import attacks.registry, sys; print([m for m in ('numpy', 'scipy', 'torch') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_every_public_name_is_there_and_no_other():
    assert all(getattr(attacks, name) is not None for name in attacks.__all__)
    with pytest.raises(AttributeError, match="no attribute 'Evidense'"):
        _ = attacks.Evidense
