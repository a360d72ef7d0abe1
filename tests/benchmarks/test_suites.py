"""Suites: the built-in ones as they are, and those that users write."""

import hashlib
import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from msgspec import UNSET
from planned import Planned

from benchmarks.games import from_store
from benchmarks.naming.registry import DEFENSES, builtin
from benchmarks.training import jobs, pulling, runner
from benchmarks.training.executors import Here
from benchmarks.training.plan import Training, make
from benchmarks.training.store import Store
from benchmarks.training.suites import MOST, Suite, find, listing
from benchmarks.training.suites.reading import HOME
from datasets import HalfSplit, SixSplit
from defenses.registry import BUILTIN
from models import DenseNet, Mlp, Recipe

ROOT = Path(__file__).parents[2]
MINE = """
data = "digits"
network = "mlp(hidden=(8,))"
protocol = "six-split(part=50)"
references = 2
trials = 1

[recipe]
epochs = 1
batch = 25
learning_rate = 0.01
"""


def mine(folder, *changes, name="mine.toml"):
    text = MINE
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    (folder / name).write_text(text)
    return find(str(folder / name))


def test_the_built_in_suites_are_those_of_the_first_edition():
    """The digest was taken of the suites when they were written in Python."""
    order = "digits mnist fashion_mnist cifar10_alexnet cifar10_wrn purchase100 texas100 purchase100-twin texas100-twin"
    names = [*order.split(), "location30", "letter", "news20"]
    assert {
        name for name in listing() if not name.endswith(("-half", "-quarter", "-canaries", "-hamp", "-published"))
    } == set(names)
    told = []
    for suite in map(find, names):
        assert isinstance(suite.protocol, SixSplit)
        assert suite.word == suite.name
        assert suite.own is None
        said = f"Recipe({', '.join(f'{name}={value!r}' for name, value in suite.recipe.plain().items())})"
        numbers = (suite.part, suite.references, suite.trials, suite.protocol.target_out)
        told.append((suite.name, suite.about, suite.dataset, *numbers, repr(suite.network), said))
    digest = hashlib.sha256(json.dumps(told).encode()).hexdigest()
    assert digest == "462b5dd5641d0bad5e442793af238de38b5f5bc21164f8065df7135cf6764fba"


def test_suites_of_hamps_evaluation_hold_its_numbers():
    names = ("cifar10", "cifar100", "location30", "purchase100", "texas100")
    told = {f"{name}-hamp": find(f"{name}-hamp") for name in names}
    found = {name: (s.part, s.recipe.epochs, s.recipes["hamp"].epochs, s.recipe.batch) for name, s in told.items()}
    assert found == {
        "cifar10-hamp": (22_500, 100, 200, 64),
        "cifar100-hamp": (22_500, 100, 200, 64),
        "location30-hamp": (1350, 50, 100, 64),
        "purchase100-hamp": (18_000, 100, 200, 32),
        "texas100-hamp": (13_500, 20, 100, 32),
    }
    private = {name: told[f"{name}-hamp"].recipes["dp-sgd"] for name in ("location30", "purchase100", "texas100")}
    assert {name: (r.batch, r.epochs) for name, r in private.items()} == {
        "location30": (128, 50),
        "purchase100": (128, 200),
        "texas100": (64, 200),
    }
    assert {(r.learning_rate, r.momentum, r.weight_decay, r.optimizer) for r in private.values()} == {
        (0.005, 0.9, 5e-4, "sgd")
    }
    assert {r.keep for r in private.values()} == {"last"}  # the accountant knows of no choice among epochs
    advreg = {name: (r.epochs, r.batch, r.learning_rate) for name, s in told.items() for r in [s.recipes["advreg"]]}
    assert advreg == {
        **dict.fromkeys(("cifar10-hamp", "cifar100-hamp"), (200, 256, 1.0)),
        "location30-hamp": (50, 64, 1e-3),
        "purchase100-hamp": (50, 64, 5e-4),
        "texas100-hamp": (20, 64, 1e-3),
    }
    for suite in told.values():
        hamp, sizes = suite.recipes["hamp"], (suite.protocol.validation, suite.protocol.reference)
        assert sizes in ((300, 0), (suite.part // 9, suite.part), (2500, 0))
        assert hamp.learning_rate == (1.0 if suite.name == "cifar100-hamp" else 0.5)
        assert (hamp.momentum, hamp.weight_decay, hamp.optimizer) == (0.99, 1e-5, "sgd")
        assert hamp.keep == suite.recipe.keep == "validation"
        assert suite.recipes["hamp-training"] == hamp
        assert suite.recipes["early-stopping"] == replace(suite.recipe, keep="last")
        assert set(hamp.milestones) == {60, 90, 150} & set(range(hamp.epochs))
        network = DenseNet(100, 12) if suite.dataset.startswith("cifar") else Mlp((1024, 512, 256, 128), "tanh")
        assert (suite.references, suite.network) == (128, network)


def test_a_published_form_is_the_suite_with_what_its_scripts_contaminate():
    suite = find("location30-hamp")
    protocol = replace(suite.protocol, published=True)
    told = {"name": "location30-hamp-published", "protocol": protocol, "trials": 1}
    found = find(told["name"])
    assert found == replace(suite, **told, word=found.name, about=found.about)


def test_the_default_suite_leads_the_list_and_each_says_what_it_is_about():
    assert next(iter(listing())) == "digits"
    assert all(listing().values())
    assert list(listing()) == [find(name).name for name in listing()]
    assert list(listing())[1:] == sorted(list(listing())[1:])
    assert [name for name, about in listing().items() if "the default" in about] == ["digits"]


def test_a_list_of_suites_costs_no_torch():
    code = "import sys; from benchmarks.training.suites import listing; listing(); print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_a_suite_of_ones_own(tmp_path):
    suite = mine(tmp_path, ("[recipe]", "[recipe]\naugment = ['flip']\nmilestones = [1]"))
    assert suite == Suite(
        "mine",
        "mine.toml",
        "",
        "digits",
        Mlp(hidden=(8,)),
        Recipe(1, 25, 0.01, augment=("flip",), milestones=(1,)),
        SixSplit(50),
        2,
        1,
    )
    whole = mine(tmp_path, ("learning_rate = 0.01", "learning_rate = 1"))
    assert repr(whole.recipe.learning_rate) == "1.0"  # one number, one digest
    half = mine(tmp_path, ("six-split(part=50)", "half-split(40)"))
    assert half.protocol == HalfSplit(40)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("data =", "date =", "unknown key 'date'; did you mean data?"),
        ('data = "digits"', "", "expected the key data: text"),
        ('"digits"', "7", "data: expected text, got 7"),
        ('"digits"', '"dig\\nits"', "data: expected one line of text"),
        ('"digits"', '"digitz"', "data: unknown data set 'digitz'; did you mean digits?"),
        ('"digits"', '"mine.csv"', "expected the key source: in your words, the source of mine.csv"),
        ('"digits"', '"digits"\nsource = "me"', "source: belongs beside a file of one's own"),
        ("mlp(", "mpl(", "network: unknown network 'mpl'; did you mean mlp?"),
        ("hidden=", "hiden=", "has no field 'hiden'; did you mean hidden?"),
        ("hidden=(8,)", "hidden=(8,", "cannot read"),
        ("hidden=(8,)", "hidden=(0,)", "hidden is (0,), expected whole numbers"),
        ("hidden=(8,)", "hidden=open('x')", "network mlp(hidden=open('x'))"),
        ("mlp(hidden=(8,))", "nowhere.nets:Wide", "nowhere.nets:Wide cannot be used: ModuleNotFoundError"),
        ("mlp(hidden=(8,))", "json:loads", "expected a frozen dataclass with build(shape, classes)"),
        ("mlp(hidden=(8,))", "json:JSONDecoder", "expected a frozen dataclass with build(shape, classes)"),
        ("six-split", "sixsplit", "protocol: unknown protocol 'sixsplit'; did you mean six-split"),
        ("six-split(part=50)", "half_split", "did you mean half-split"),
        ("(part=50)", "", "needs a value for part"),
        ("(part=50)", "(part=0)", "part: expected a whole number at least 1, got 0"),
        ("(part=50)", "(part=50, target_out=60)", "target_out: expected a whole number from 1 to 50, got 60"),
        ("references = 2", "references = 2.0", "references: expected a whole number, got 2.0"),
        ("references = 2", "references = true", "references: expected a whole number, got True"),
        ("references = 2", "references = 0", "references: expected a whole number from 1 to 10000, got 0"),
        ("trials = 1", f"trials = {'9' * 400}", "trials: expected a whole number from 1 to 10000, got 999"),
        ("epochs = 1", "epoch = 1", "recipe: unknown key 'epoch'; did you mean epochs?"),
        ("epochs = 1", "", "recipe: expected the key epochs"),
        ("epochs = 1", "epochs = 0", "recipe: epochs is 0, expected a whole number"),
        ("epochs = 1", f"epochs = {'9' * 400}", "recipe: expected numbers below"),
        ("epochs = 1", "epochs = 1\naugment = [['flip']]", "recipe: "),
        ("epochs = 1", "epochs = 1\naugment = ['flop']", "recipe: augment"),
        ("epochs = 1", "epochs = 4\nmilestones = [2, 5]", "recipe: milestones: expected epochs up to 4, got [2, 5]"),
        ("0.01\n", "0.01\n[recipes.hampp]\n", "recipes.hampp: unknown defense 'hampp'; did you mean hamp"),
        ("0.01\n", "0.01\n[recipes.hamp]\nepoch = 1\n", "recipes.hamp: unknown key 'epoch'; did you mean epochs?"),
        ("0.01\n", "0.01\n[recipes.'hamp(gamma=1)']\n", "recipes.hamp(gamma=1): expected a name without fields, hamp:"),
        ("0.01\n", "0.01\n[recipes.'defenses.hamp:Hampp']\n", "recipes.defenses.hamp:Hampp: "),
        ("0.01\n", "0.01\n[recipes.hamp]\nepochs = 0\n", "recipes.hamp: epochs is 0, expected a whole number"),
        ("0.01\n", "0.01\n[recipes]\nhamp = 1\n", "recipes.hamp: expected a table, got 1"),
        ("[recipe]", "recipes = 3\n[recipe]", "recipes: expected a table of tables, one a defense, got 3"),
        ("epochs = 1", "epochs = 1\nkeep = 'best'", "recipe: keep is 'best', expected one of"),
        ("[recipe]", "[receipt]", "unknown key 'receipt'; did you mean recipe or recipes?"),
        ("[recipe]", "name = 'digits'\n[recipe]", "name: 'digits' is a built-in suite; give yours another name"),
        ("[recipe]", "name = '../x'\n[recipe]", "name: expected a-z, A-Z, 0-9"),
        ("[recipe]", "name = 'a--b'\n[recipe]", "name: expected a-z, A-Z, 0-9"),
        ("[recipe]", "[recipe", "cannot be read as TOML"),
        ("[recipe]", f"x = {'[' * 5000}\n[recipe]", "cannot be read as TOML"),
    ],
)
def test_what_is_not_understood_is_one_sentence_with_the_file(tmp_path, old, new, words):
    with pytest.raises(ValueError) as error:
        mine(tmp_path, (old, new))
    said = str(error.value)
    assert said.startswith(f"{tmp_path / 'mine.toml'}: ")
    assert words in said
    assert "\n" not in said
    assert len(said) < 700


def test_places_that_hold_no_suite(tmp_path):
    (tmp_path / "folder.toml").mkdir()
    (tmp_path / "latin.toml").write_bytes(b"about = '\xe9'")
    for name, words in (("none", "nothing there"), ("folder", "expected a suite's file"), ("latin", "TOML")):
        with pytest.raises(ValueError, match=words):
            find(str(tmp_path / f"{name}.toml"))
    with pytest.raises(ValueError, match=r"--suite: unknown suite 'lettre'; did you mean letter"):
        find("lettre")
    with pytest.raises(ValueError, match=r"the file.s name, .*: expected a-z"):
        mine(tmp_path, name="two words.toml")


def test_numbers_are_altered_and_said():
    suite = find("mnist").altered(references=5, part=120)
    assert (suite.references, suite.protocol) == (5, SixSplit(120, 100))
    assert suite.changed == {"references": (20, 5), "part": (12000, 120)}
    assert suite.reduced
    assert not find("mnist").altered(trials=3).reduced
    assert find("mnist").altered(20, 2, 100, 12000) == find("mnist")
    assert find("mnist").recipe.milestones == find("mnist").altered(epochs=7).recipe.milestones == ()
    for option, most in MOST.items():
        for value in (0, most + 1):
            with pytest.raises(ValueError, match=f"--{option}: expected a whole number from 1 to {most}, got {value}"):
                find("digits").altered(**{option: value})


def test_milestones_follow_the_epochs(tmp_path):
    suite = mine(tmp_path, ("epochs = 1", "epochs = 100\nmilestones = [50, 75]"))
    assert suite.altered(epochs=20).recipe.milestones == (10, 15)


OWN = "learning_rate = 0.01\n\n[recipes.hamp]\nepochs = 4\nmilestones = [2, 3]\nkeep = 'validation'\n"


def test_a_defense_may_have_a_recipe_of_its_own(tmp_path):
    suite = mine(tmp_path, ("learning_rate = 0.01\n", OWN))
    hamp = Recipe(4, 25, 0.01, milestones=(2, 3), keep="validation")
    assert suite.recipes == {"hamp": hamp}
    assert suite.recipe_of("hamp(gamma=0.5)") == suite.recipe_of("hamp") == hamp
    assert suite.recipe_of("none") == suite.recipe_of("hamper") == suite.recipe == Recipe(1, 25, 0.01)
    shrunk = mine(tmp_path, ("learning_rate = 0.01\n", OWN), ("epochs = 1\n", "epochs = 8\n")).altered(epochs=4)
    assert shrunk.recipes == {"hamp": Recipe(2, 25, 0.01, milestones=(1, 2), keep="validation")}


def test_models_are_trained_by_the_recipe_of_their_defense(tmp_path):
    suite = mine(tmp_path, ("learning_rate = 0.01\n", OWN))
    pool = suite.pool(None)
    none, hamp = (builtin(DEFENSES, name) for name in ("none", "hamp(gamma=0.5)"))
    plan = make(suite, pool, none, (hamp,), "adaptive", 0)
    specs = {t.defense.name: t.spec for t in plan.by_key.values()}
    assert specs["none"]["recipe"] == Recipe(1, 25, 0.01).plain()
    assert specs[hamp.name]["recipe"] == suite.recipes["hamp"].plain()
    cohorts = {group[0].defense.name: group for group in pulling.groups(list(plan.by_key.values()))}
    assert jobs.task_of(cohorts[hamp.name], "cpu").recipe == suite.recipes["hamp"]
    assert jobs.task_of(cohorts["none"], "cpu").recipe == suite.recipe
    store = Store(tmp_path)
    assert not runner.train(plan, Planned(plan), store, Here())
    made = [(d, from_store.contest(plan, store, d, "test").about.defense) for d in (none, hamp)]
    assert made[0][1].recipe is UNSET
    assert made[1][1].recipe == json.loads(json.dumps(suite.recipes["hamp"].plain()))
    assert {"kept_epoch", "validation_accuracy"} == set(made[1][1].facts)


def test_what_is_kept_by_validation_records_depends_on_which_they_are(tmp_path):
    suite = mine(tmp_path, ("epochs = 1", "epochs = 1\nkeep = 'validation'"))
    none, pool = builtin(DEFENSES, "none"), suite.pool(None)
    split = suite.protocol.split(len(pool.y), 1, 2, 0)
    other = replace(split, validation=split.spare)
    last = replace(suite, recipe=replace(suite.recipe, keep="last"))
    keys = [[Training(s, pool, of, 0, none, 0).key for of in (split, other)] for s in (suite, last)]
    assert keys[0][0] != keys[0][1]
    assert keys[1][0] == keys[1][1]


@pytest.mark.parametrize("spelled", ["none", "hamp"])
def test_a_recipe_that_keeps_by_validation_records_needs_some(tmp_path, spelled):
    """Of digits' 1,797 records six parts of 299 leave 3."""
    suite = mine(tmp_path, ("part=50", "part=299"), ("learning_rate = 0.01\n", OWN.replace("hamp", spelled)))
    none, hamp = (builtin(DEFENSES, name) for name in ("none", "hamp"))
    with pytest.raises(ValueError) as error:
        make(suite, suite.pool(None), none, (hamp,), "adaptive", 0)
    words = f"--suite mine.toml: the recipe of {spelled} keeps the epoch of best accuracy on validation records, and"
    assert str(error.value).startswith(f"{words} six-split leaves none of 1797 records")


def test_recipes_of_built_in_suites_are_of_built_in_defenses():
    assert {name for suite in map(find, listing()) for name in suite.recipes} <= set(BUILTIN)


NETS = """
from dataclasses import dataclass
from torch import nn


@dataclass(frozen=True)
class Wide:
    width: int = 8

    def build(self, shape, classes):
        return nn.Sequential(nn.Flatten(), nn.Linear(shape[0], self.width), nn.Tanh(), nn.Linear(self.width, classes))
"""


def test_a_suite_with_ones_own_data_and_network_runs_in_an_empty_folder(tmp_path):
    (tmp_path / "nets.py").write_text(NETS)
    rng = np.random.default_rng(0)
    rows = [
        f"{rng.integers(20, 90)},{rng.normal(70, 9):.2f},{'ill' if rng.random() < 0.5 else 'well'}" for _ in range(90)
    ]
    (tmp_path / "patients.csv").write_text("age,weight,label\n" + "\n".join(rows) + "\n")
    text = MINE.replace('"digits"', '"patients.csv"\nsource = "my clinic"\nlicence = "not shared"')
    text = text.replace("mlp(hidden=(8,))", "nets:Wide(width=3)").replace("six-split(part=50)", "half-split(part=40)")
    (tmp_path / "clinic.toml").write_text(text)
    command = [sys.executable, "-m", "benchmarks.run", "--suite", "clinic.toml", "--attacks", "loss", "lira-offline"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [*command, "--device", "cpu"], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    record = json.loads(next((tmp_path / "output" / "clinic" / "records").glob("*loss.json")).read_text())
    suite = record["suite"]
    assert (suite["name"], suite["dataset"], suite["source"]) == ("clinic", "patients.csv", "my clinic")
    assert (suite["protocol"], suite["part"], suite["network"]) == ("half-split", 40, "Wide(width=3)")
    assert "--suite clinic.toml" in record["command"]
    specs = [json.loads(p.read_text()) for p in (tmp_path / "store").rglob("spec.json")]
    assert [s["network"]["type"] for s in specs if "network" in s] == ["nets:Wide"] * 4
    assert str(tmp_path) not in json.dumps(specs)


def test_of_two_networks_of_one_name_each_has_a_key_of_its_own(tmp_path, monkeypatch):
    for module in ("nets_a", "nets_b"):
        (tmp_path / f"{module}.py").write_text(NETS)
    monkeypatch.syspath_prepend(tmp_path)
    spellings = ("nets_a:Wide", "nets_b:Wide", "nets_a:Wide(width=9)", "nets_a:Wide(9)")
    suites = [mine(tmp_path, ("mlp(hidden=(8,))", spelling)) for spelling in spellings]
    pool = suites[0].pool(None)
    split = suites[0].protocol.split(len(pool.y), 1, 2, 0)
    keys = [Training(suite, pool, split, 0, builtin(DEFENSES, "none"), 0).key for suite in suites]
    assert len(set(keys)) == 3
    assert keys[2] == keys[3]


def test_a_data_set_of_another_package_is_found_by_its_name_or_its_place(tmp_path, monkeypatch):
    lines = ("import numpy as np", "def blobs():", "    'Two blobs.'", "    y = np.arange(400) % 2")
    (tmp_path / "blobby.py").write_text("\n".join([*lines, "    return np.eye(400) + y, y"]))
    info = tmp_path / "blobby-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: blobby\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[mia_arena.datasets]\nblobs = blobby:blobs\n")
    monkeypatch.syspath_prepend(tmp_path)
    for word in ("blobs", "blobby:blobs"):
        pool = mine(tmp_path, ('"digits"', f'"{word}"')).pool(None)
        assert (pool.name, pool.source, pool.x.shape) == (word, "Two blobs.", (400, 400))


def test_built_in_files_are_packaged():
    assert '"*.toml"' in (ROOT / "pyproject.toml").read_text()
    assert len(list(HOME.glob("*.toml"))) == len(listing())


def test_a_recipe_of_a_defense_that_needs_a_value_is_read(tmp_path, monkeypatch):
    (tmp_path / "mine_needing.py").write_text(
        "from dataclasses import dataclass\nfrom defenses import Defense\n\n\n@dataclass(frozen=True)\n"
        "class Shield(Defense):\n    power: float\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    suite = mine(tmp_path, ("0.01\n", "0.01\n[recipes.'mine_needing:Shield']\nepochs = 3\n"))
    assert suite.recipe_of("mine_needing:Shield(power=2.0)").epochs == 3
