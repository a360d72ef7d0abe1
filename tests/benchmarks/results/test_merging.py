"""What a board keeps when records come to it: additions, replacements, and what cannot go together."""

import pytest
from invented import edited, record

from benchmarks.results import merging
from benchmarks.results.merging import conflicts, merge

OLD = [record(attack="gap", d=0.1), record(attack="loss", d=0.2), record(defense="l2", attack="gap", d=0.1)]


def names(records):
    return [(r.defense.name, r.attack.name) for r in records]


def test_an_attack_is_added_and_nothing_goes():
    found = merge(OLD, [record(attack="c-loss", d=0.5)])
    assert names(found) == [("l2", "gap"), ("none", "c-loss"), ("none", "gap"), ("none", "loss")]
    assert all(old in found for old in OLD)


def test_the_same_attack_on_the_same_games_is_replaced():
    newer = edited(OLD[1], {"attack/version": 2, "device": "another", "command": "another"})
    found = merge(OLD, [newer])
    assert len(found) == 3
    assert next(r for r in found if r.attack.name == "loss" and r.defense.name == "none") == newer


def test_a_defense_of_its_own_games_is_added():
    assert ("hamp", "gap") in names(merge(OLD, [record(defense="hamp", attack="gap")]))


@pytest.mark.parametrize(
    ("changes", "reason", "dropped"),
    [
        ({"suite/seed": 1}, "its seed was 0, this run's is 1", 3),
        ({"suite/references": 5}, "its references was 20, this run's is 5", 3),
        ({"suite/changed": {"epochs": [60, 2]}}, "its changed was", 3),
        ({"suite/recipe/epochs": 2}, "its recipe's epochs was 60, this run's is 2", 3),
        ({"suite/dataset_digest": "f" * 32}, "its dataset_digest was", 3),
        ({"suite/name": "letter"}, "of the suite digits, this run is of letter", 3),
        ({"suite/licence": "another"}, "described otherwise", 3),
        ({"adversary": "unaware"}, "its adversary is adaptive", 3),
        ({"games/inputs": "f" * 32}, "its games of none were played on other models", 2),
        ({"games/outputs": "f" * 32}, "its games of none were played on other models", 2),
    ],
)
def test_records_of_another_run_are_not_mixed_and_said_to_be_dropped(changes, reason, dropped):
    fresh = [edited(record(attack="c-loss", d=0.5), changes)]
    found = conflicts(OLD, fresh)
    assert len(found) == dropped
    assert found[0].startswith("gap against none (digits, adaptive) would be dropped: ")
    assert all(reason in sentence for sentence in found)
    with pytest.raises(ValueError, match="would be dropped"):
        merge(OLD, fresh)


def test_a_migrated_record_meets_one_that_knows_its_games():
    fresh = [edited(record(attack="c-loss", d=0.5), {"games/keys": ["a" * 32] * 4})]
    assert conflicts(OLD, fresh) == []


def test_order_is_that_of_the_files_read_back(tmp_path):
    from benchmarks.results import reading, writing

    made = [record(attack=name) for name in ("two-stage", "two-stage-lira", "two-stage(second=gap)", "c-loss")]
    for one in made:
        writing.write(one, [], tmp_path)
    assert merging.in_order(made) == reading.records(tmp_path)
