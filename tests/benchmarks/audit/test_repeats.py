"""Records that stand in an audit twice are found, and records that agree by chance are none."""

import numpy as np
import pandas as pd
import pytest

from benchmarks.audit import audit
from benchmarks.audit.__main__ import main
from benchmarks.audit.case import population_of
from benchmarks.audit.outputs import answers_of
from benchmarks.audit.repeats import in_both, of_repeats
from benchmarks.audit.summary import summary

N, C = 400, 4
KINDS = ("probabilities", "logits", "loss", "predicted")


def columns(rng, n=N, kind="probabilities", coarse=None):
    """Labels, memberships and answers of n records; `coarse`: of a step, as those of few trees, most of them sure."""
    labels, member = rng.integers(C, size=n), rng.random(n) < 0.5
    logits = rng.normal(size=(n, C)) * 3
    logits[np.arange(n), labels] += 2 + 3 * member
    shares = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    if coarse:
        first = np.round(shares[:, 0] / coarse) * coarse
        shares = np.stack([first, np.maximum(0, 1 - first), 0 * first, 0 * first], axis=1)
    said = {
        "probabilities": shares,
        "logits": logits,
        "loss": -np.log(np.maximum(shares[np.arange(n), labels], 1e-30)),
        "predicted": shares.argmax(1),
    }[kind]
    return {"label": labels, "member": member, kind: said}


def taken(made, rows, **changes):
    return answers_of({name: of[rows] for name, of in made.items()} | changes, {})


@pytest.mark.parametrize("kind", KINDS[:3])
@pytest.mark.parametrize("times", [2, 3, 4])
def test_repeated_rows_are_doubted(kind, times):
    rng = np.random.default_rng(0)
    rows = rng.permutation(np.repeat(np.arange(N // 2), times))
    said = of_repeats(taken(columns(rng, kind=kind), rows))
    assert said.startswith(
        f"Of {len(rows):,} records, {(times - 1) * N // 2} repeat the label, answers and membership of another"
    )


def test_a_third_of_repeated_rows_is_doubted_and_ids_settle_it():
    rng = np.random.default_rng(1)
    rows, made = np.r_[np.arange(N), np.arange(N // 2)], columns(rng)
    assert "200 repeat" in of_repeats(taken(made, rows))
    assert "200 repeat the label, answers, inputs and" in of_repeats(taken(made, rows, inputs=rows[:, None]))
    assert not of_repeats(taken(made, rows, inputs=np.arange(len(rows))[:, None]))
    assert not of_repeats(taken(made, rows, id=np.arange(len(rows))))
    assert not of_repeats(taken(made, np.r_[np.arange(N), 0, 1, 2]))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("coarse", [None, 0.1, 0.01, 0.001, 0.0001])
def test_records_that_agree_by_chance_are_not_doubted(kind, coarse):
    for seed in range(30):
        rng = np.random.default_rng([2, seed])
        made = columns(rng, 2000, kind, coarse)
        assert not of_repeats(taken(made, slice(None)))
        crowd = columns(rng, 700, kind, coarse)
        answers = taken(made, slice(None))
        assert not in_both(answers, crowd["label"], crowd[kind], None)


@pytest.mark.parametrize("steps", [30, 300, 3000, 30_000])
def test_members_that_agree_by_chance_with_members_alone_are_not_doubted(steps):
    """The model is sure of members and unsure of others, in few steps: whoever agrees has the same membership."""
    for seed in range(30):
        rng = np.random.default_rng([8, seed])
        labels, member = rng.integers(2, size=2000), rng.random(2000) < 0.5
        sure = np.round(rng.beta(1, 3, 2000) * steps) / steps
        loss = np.where(member, sure, 2 + sure)
        answers = answers_of({"label": labels, "member": member, "loss": loss}, {})
        assert not of_repeats(answers)


def test_records_that_are_alike_in_the_world_are_not_doubted():
    """Each record has a twin, and coins draw who of all these is trained on, and who is audited."""
    for seed in range(30):
        rng = np.random.default_rng([3, seed])
        made = columns(rng, 700)
        rows = rng.permutation(np.repeat(np.arange(700), 2))
        member = rng.random(1000) < 0.5
        answers = taken(made, rows[:1000], member=member)
        assert not of_repeats(answers)
        assert not in_both(answers, made["label"][rows[1000:]], made["probabilities"][rows[1000:]], None)


def test_an_audit_of_repeated_rows_says_nothing_for_sure():
    rng = np.random.default_rng(4)
    made, rows = columns(rng), np.tile(np.arange(N // 2), 2)
    twice = audit(made["label"][rows], made["member"][rows], made["probabilities"][rows], attacks=["loss", "conf"])
    assert twice.doubts == (of_repeats(twice.case.answers),)
    assert summary(twice).gives_away is None
    once = audit(made["label"], made["member"], made["probabilities"], attacks=["loss", "conf"])
    assert not once.doubts


@pytest.mark.parametrize("kind", KINDS[:3])
@pytest.mark.parametrize("share", [1.0, 0.1])
def test_a_population_of_audited_records_is_refused(kind, share):
    rng = np.random.default_rng(5)
    made, fresh = columns(rng, kind=kind), columns(rng, kind=kind)
    others = np.flatnonzero(~made["member"])
    few = rng.permutation(others)[: round(share * N // 2)][:150]
    crowd = {"labels": made["label"][few], kind: made[kind][few].astype(np.float32)}
    if share < 1:
        crowd = {"labels": np.r_[crowd["labels"], fresh["label"]], kind: np.r_[crowd[kind], fresh[kind]]}
    given = {kind: made[kind]}
    with pytest.raises(ValueError, match=rf"{kind}: expected records that are not audited, got the labels and answers "
                                         rf"of {len(few)} audited records; leave those out"):  # fmt: skip
        audit(made["label"], made["member"], **given, population=crowd, attacks=["loss"])
    audit(made["label"], made["member"], **given, population={"labels": fresh["label"], kind: fresh[kind]},
          attacks=["loss"])  # fmt: skip


def test_inputs_tell_records_apart_that_are_answered_alike():
    rng = np.random.default_rng(6)
    made = columns(rng)
    answers = taken(made, slice(None), inputs=np.arange(N)[:, None])
    few = np.flatnonzero(~made["member"])
    assert in_both(answers, made["label"][few], made["probabilities"][few], few[:, None]) == len(few)
    assert not in_both(answers, made["label"][few], made["probabilities"][few], N + few[:, None])


def test_the_command_refuses_a_file_of_audited_records(tmp_path, capsys):
    made = columns(np.random.default_rng(7))
    flat = {"label": made["label"], "member": made["member"].astype(int)}
    flat |= {f"prob_{c}": made["probabilities"][:, c] for c in range(C)}
    whole = pd.DataFrame(flat)
    whole.to_csv(tmp_path / "all.csv", index=False)
    whole[~made["member"]].to_csv(tmp_path / "test.csv", index=False)
    count = int((~made["member"]).sum())
    assert main([str(tmp_path / "all.csv"), "--population", str(tmp_path / "test.csv"), "--output", str(tmp_path)]) == 2
    assert capsys.readouterr().err == (
        f"error: {tmp_path / 'test.csv'}: prob_0: expected records that are not audited, got the labels and answers of "
        f"{count} audited records; leave those out\n"
    )


def test_ids_that_differ_settle_whether_records_are_in_both():
    """A population of the audited records' own rows: refused without ids, taken with others; never of classes alone."""
    rng = np.random.default_rng(3)
    for kind, found in (("probabilities", N), ("predicted", 0)):
        made = columns(rng, kind=kind)
        audited = taken(made, np.arange(N))
        assert in_both(audited, audited.labels, audited.said.values, None) == found
    made = columns(rng)
    order = np.random.default_rng(4).permutation(N)
    rows = {"label": made["label"][order], "probabilities": made["probabilities"][order]}
    ours, theirs = ({"id": np.arange(N) + start} for start in (0, N))
    audited, without = taken(made, np.arange(N), **ours), taken(made, np.arange(N))
    assert population_of({**rows, **theirs}, audited, {}).ids is not None
    with pytest.raises(ValueError, match="expected records that are not audited, got the labels and answers of 400"):
        population_of(rows, without, {})
