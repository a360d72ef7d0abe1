"""Planted differences between members and others are warned of, and chance is not."""

import numpy as np
import pytest

from benchmarks.audit import one_kind
from benchmarks.audit.outputs import Answers, Said

N = 1600


def answers(seed, labels=None, inputs=None, groups=None, member=None):
    rng = np.random.default_rng([7, seed])
    member = np.arange(N) < N / 2 if member is None else member
    y = rng.integers(10, size=len(member)) if labels is None else labels
    return Answers(y, member, Said("loss", np.zeros(len(member))), groups or {}, None, inputs, ())


def planted(kind):
    """Members of one kind and others of another, with the best AUC that there can be."""
    rng = np.random.default_rng(1)
    member, x = np.arange(N) < N / 2, rng.normal(size=(N, 6))
    third = member[:, None] * np.eye(6)[2]
    if kind == "moved":  # by 1: Phi(1 / sqrt(2))
        return answers(0, inputs=x + third), 0.760
    if kind == "wider":  # 3 times: P(|3 a| > |b|) = (2 / pi) arctan(3)
        return answers(0, inputs=x * (1 + 2 * third)), 0.795
    often = np.where(rng.random(N) < 0.5, 0, rng.integers(10, size=N))
    mixed = np.where(member, often, rng.integers(10, size=N))  # 0.55 of members are 0, and 0.1 of others
    if kind == "labels":
        return answers(0, labels=mixed), 0.725
    groups = {"region": np.array([f"r{k}" for k in mixed]), "sex": np.array(["f", "m"] * (N // 2))}
    return answers(0, groups=groups), 0.725


@pytest.mark.parametrize("kind", ["moved", "wider", "labels", "groups"])
def test_what_tells_members_apart_is_found_and_said(kind):
    given, best = planted(kind)
    found = one_kind.apart(given)
    assert best - 0.12 < found.auc.mean < best + 0.03
    assert found.auc.low < found.auc.mean < found.auc.high
    assert found.records == N
    assert found.warning.startswith("Members and non-members are not of one kind: without the model, ")
    assert f"AUC {found.auc.mean:.3f}, 95 % interval {found.auc.low:.3f} to" in found.warning
    assert "no number of this audit" in found.warning
    seen = {"labels": "label alone tells them", "groups": "label, region and sex alone tell them"}
    assert seen.get(kind, "label and inputs alone tell them") in found.warning


def test_records_of_one_kind_are_not_warned_of():
    found = []
    for seed in range(12):
        rng = np.random.default_rng([2, seed])
        inputs = rng.normal(size=(N, 4)) if seed % 2 else None
        found.append(one_kind.apart(answers(seed, inputs=inputs, groups={"sex": rng.integers(2, size=N).astype(str)})))
    assert not any(each.warning for each in found)
    assert sum(each.auc.low > 0.5 for each in found) <= 2
    assert abs(np.mean([each.auc.mean for each in found]) - 0.5) < 0.02


@pytest.mark.slow
def test_chance_warns_of_hardly_any_audit():  # more than 5 of 1,000: P < 0.001 if 1 in 1,000 are
    found = [
        one_kind.apart(answers(s, inputs=np.random.default_rng([3, s]).normal(size=(N, 4)) if s % 2 else None))
        for s in range(1000)
    ]
    assert sum(bool(each.warning) for each in found) <= 5
    assert sum(each.auc.low > 0.5 for each in found) <= 42  # of 25 in the mean


def test_the_answer_of_the_model_is_not_seen():
    given = answers(0)
    told = Answers(given.labels, given.member, Said("loss", given.member * 1.0), {}, given.member.astype(str), None, ())
    assert one_kind.apart(told) == one_kind.apart(given)


def test_a_sample_holds_both_kinds_and_few_records_tell_nothing(monkeypatch):
    few = np.arange(N) < 60
    monkeypatch.setattr(one_kind, "RECORDS", 400)
    found = one_kind.apart(answers(0, member=few))
    assert found.records == 260
    assert found.auc.mean is not None
    nothing = one_kind.apart(answers(0, member=np.arange(N) < 49))
    assert (nothing.auc.mean, nothing.auc.low, nothing.warning) == (None, None, "")


def test_wide_inputs_are_thinned_and_numbers_beyond_float32_are_cut(monkeypatch):
    monkeypatch.setattr(one_kind, "COLUMNS", 8)
    inputs = np.zeros((N, 4, 5))
    inputs[: N // 2, 3, 4] = 1e300
    found = one_kind.apart(answers(0, inputs=inputs))
    assert found.auc.mean == 1


def test_copies_of_members_are_counted():
    given = answers(0, labels=np.arange(6) % 2, member=np.arange(6) < 3)
    inputs = np.array([[1.0, 2], [3, 4], [1, 2], [1, 2], [5, 6], [3, 4]])
    copied = Answers(given.labels, given.member, given.said, {}, None, inputs, ())
    assert one_kind.copies(copied).tolist() == [False, False, False, True, False, True]
    assert one_kind.of_copies(copied) == (
        "Of 3 non-members, 2 have the very inputs of a member: they count as members found in error."
    )
    assert one_kind.of_copies(given) == ""
    assert not one_kind.copies(given).any()
