"""Rankings over suites, and what a headline says of gains and costs: worked by hand."""

import pytest
from invented import edited, page_of, record

from benchmarks.report import rankings, sentences
from benchmarks.report.headline import headline
from benchmarks.report.section import sections


def suites(*strengths, defense="none"):
    """A suite for each mapping of attacks to how well they do."""
    return [record(f"suite{i}", defense, a, d) for i, of in enumerate(strengths) for a, d in of.items()]


def rows(table):
    """Its first three columns."""
    return [[str(cell) for cell in row[:3]] for row in table.rows]


def test_attacks_are_ranked_on_average_and_at_worst():
    """a wins twice and is last once, b is second always: their averages are 5/3 and 2, at worst 3 and 2."""
    made = suites({"a": 2.0, "b": 1.4, "c": 0.8}, {"a": 2.0, "b": 1.4, "c": 0.8}, {"a": 0.2, "b": 1.4, "c": 2.0})
    table = rankings.tables(sections(made))["ranking--attacks"]
    assert rows(table) == [["a", str(5 / 3), "3.0"], ["b", "2.0", "2.0"], ["c", str(7 / 3), "3.0"]]
    best = {row[0]: (row[3].mean, row[4].mean) for row in table.rows}
    assert best["a"][0] < best["c"][0] < best["b"][0]  # the lowest AUC of each
    assert best["a"][1] == best["c"][1] > best["b"][1]


def test_one_suite_has_no_ranking_over_suites():
    assert rankings.tables(sections(suites({"a": 1.0, "b": 0.5}))) == {}


def test_only_what_every_suite_has_is_ranked():
    table = rankings.tables(sections(suites({"a": 1.0, "b": 0.3}, {"a": 1.0, "c": 0.3})))["ranking--attacks"]
    assert [row[0] for row in table.rows] == ["a"]


def test_attacks_are_ranked_against_the_undefended_model_alone():
    """Of three suites one has no such model: two are left, in which a is ahead."""
    bare = suites({"a": 2.0, "b": 1.0}, {"a": 2.0, "b": 1.0})
    other = [record("other", "l2", "a", 0.1), record("other", "l2", "b", 3.0)]
    table = rankings.tables(sections([*bare, *other]))["ranking--attacks"]
    assert table.caption == "Attacks over 2 of 3 suites, against the model without a defense"
    assert rows(table) == [["a", "1.0", "1.0"], ["b", "2.0", "2.0"]]
    assert table.rows[1][4].mean == bare[1].auc.mean  # the greatest AUC of b: not that against l2
    whole = rankings.tables(sections(bare))["ranking--attacks"]
    assert whole.caption == "Attacks over all suites, against the model without a defense"
    assert rankings.tables(sections(suites({"a": 1.0}, {"a": 2.0}, defense="l2"))) == {}


def again(made, **changes):
    """The same records of another run."""
    return [edited(r, {place.replace("_", "/"): value for place, value in changes.items()}) for r in made]


@pytest.mark.parametrize("other", [{"adversary": "unaware"}, {"suite_seed": 7}])
def test_runs_of_one_suite_are_no_suites(other):
    """Two runs of one suite, alone and beside another suite: nothing is ranked, and they are counted as runs."""
    one, two = suites({"a": 1.0, "b": 0.5}, {"a": 1.0, "b": 0.5})[:2], suites({}, {"a": 1.0, "b": 0.5})
    for made, scope in (
        ([*one, *again(one, **other)], "1 suite in 2 runs"),
        ([*one, *again(one, **other), *two], "2 suites in 3 runs"),
    ):
        shown = sections(made)
        assert rankings.tables(shown) == {}
        assert f"{scope}, 2 attacks, 0 defenses." in page_of(made)
        assert f"on all {len(shown)} runs" in headline(shown)[0]


def test_suites_of_several_adversaries_are_not_ranked_and_models_not_counted():
    one, two = suites({"a": 1.0}), suites({}, {"a": 1.0})
    assert rankings.tables(sections([*one, *two]))
    assert rankings.tables(sections([*one, *again(two, adversary="unaware")])) == {}
    assert "on all 2 suites" in headline(sections([*one, *two]))[0]
    text = page_of([*one, *two])
    assert "2 suites, 1 attack, 0 defenses." in text
    assert "trained model" not in text


def defended(accuracy, suite="s", strength=0.2):
    """A suite whose one defense lowers the AUC, at this test accuracy; none has 86 %."""
    return [record(suite, "none", "a", 1.0), record(suite, "shield", "a", strength, accuracy=accuracy)]


@pytest.mark.parametrize(
    ("accuracy", "first", "answer"),
    [
        (0.71, "and costs <b>15.0</b> points of test accuracy", "It costs <b>15.0</b>"),
        (0.86, "; no cost in test accuracy can be told", "No cost in test accuracy can be told"),
        (0.99, "; no cost in test accuracy can be told", "Test accuracy is no lower"),
    ],
)
def test_no_gain_is_named_without_its_cost(accuracy, first, answer):
    [section] = sections(defended(accuracy))
    said = headline([section])[1]
    assert "<bdi>shield</bdi> lowers the strongest attack's AUC by 0.2" in said
    assert first in said
    assert answer in sentences.help_of(section)[0]


def test_over_suites_gain_and_cost_are_ranges():
    made = sections([*defended(0.80, "one", 0.2), *defended(0.71, "two", 0.1), *defended(0.86, "three", 1.0)])
    said = headline(made)[1]
    assert "by 0.204 to 0.232 on 2 of 3 suites and costs <b>6.0 to 15.0</b> points of test accuracy." in said


def test_where_a_defense_does_not_help_its_cost_is_named_all_the_same():
    made = sections([*defended(0.86, "one", 0.2), *defended(0.71, "two", 1.0), *defended(0.86, "three", 1.0)])
    said = headline(made)[1]
    assert "on 1 of 3 suites; no cost in test accuracy can be told." in said
    assert "Where it does not help, it costs <b>15.0</b> points on 1 of 2 suites." in said
    [answer] = sentences.help_of(made[1])
    assert "Not told apart" in answer
    assert "; costs <b>15.0</b> <small>[13.2, 16.8]</small> points" in answer
    [answer] = sentences.help_of(made[2])
    assert "costs" not in answer


def test_a_defense_that_helps_nowhere_is_named_with_its_cost():
    [one] = sections(defended(0.71, strength=1.0))
    said = headline([one])[1]
    assert said.startswith("No defense lowers the strongest attack's AUC beyond its interval. <bdi>shield</bdi> is")
    assert said.endswith("is of no help and costs <b>15.0</b> points of test accuracy.")
    [worse] = sections(defended(0.71, strength=2.0))
    assert "under <bdi>shield</bdi> (" in sentences.help_of(worse)[0]
    assert "; costs <b>15.0</b> <small>" in sentences.help_of(worse)[0]
    helps = record("s", "cloak", "a", 0.2)
    said = headline(sections([*defended(0.71, strength=1.0), helps]))[1]
    assert said.endswith(" <bdi>shield</bdi> is of no help and costs <b>15.0</b> points of test accuracy.")


def test_of_many_defenses_the_rest_stand_with_the_most_that_they_cost():
    """Five help, as many do not; three of each are named: those that help most, and those that cost most."""
    made = [record("s", "none", "a", 1.0)]
    for i, accuracy in enumerate((0.86, 0.80, 0.76, 0.71, 0.70)):
        made += [
            record("s", f"helps{i}", "a", 0.2, accuracy=accuracy),
            record("s", f"vain{i}", "a", 1.0, accuracy=accuracy),
        ]
    said = headline(sections(made))[1]
    assert [d for d in range(5) if f"<bdi>helps{d}</bdi>" in said] == [0, 1, 2]
    assert "It is lowered by 2 others, too, for up to <b>16.0</b> points of test accuracy." in said
    assert [d for d in range(5) if f"<bdi>vain{d}</bdi>" in said] == [2, 3, 4]
    assert said.endswith("Of no help: 1 other, for up to <b>6.0</b> points of test accuracy.")
    free = [r for r in made if r.defense.name in ("none", "vain0")]
    free += [record("s", f"helps{i}", "a", 0.2) for i in range(4)]
    assert headline(sections(free))[1].endswith("by 1 other, too, at no cost in test accuracy that can be told.")


def test_of_many_that_help_on_a_suite_three_have_a_sentence_and_the_others_a_list_with_costs():
    made = [record("s", "none", "a", 1.0)]
    made += [record("s", f"d{i}", "a", 0.2 + i / 20, accuracy=0.71 if i == 3 else 0.86) for i in range(5)]
    *first, rest = sentences.help_of(sections(made)[0])
    assert [f"<bdi>d{i}</bdi> lowers" in said for i, said in enumerate(first)] == [True] * 3
    assert rest.startswith("It is lower, too, under <bdi>d3</bdi> (")
    assert rest.partition("<bdi>d4</bdi>")[0].count("; costs <b>15.0</b>") == 1
    assert "costs" not in rest.partition("<bdi>d4</bdi>")[2].partition("Where")[0]


def test_defenses_over_suites_stand_beside_the_most_that_they_cost():
    made = sections([*defended(0.80, "one"), *defended(0.71, "two")])
    table = rankings.tables(made)["ranking--defenses"]
    assert rows(table)[0] == ["shield", "1.0", "1.0"]
    assert table.rows[0][-1].mean == pytest.approx(0.15)
    assert table.rows[1][-1].mean is None  # of none itself
