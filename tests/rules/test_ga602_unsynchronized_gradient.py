"""GA602: a step used gradients that were not averaged over the ranks."""

from __future__ import annotations

from typing import Any

from gradaudit.events import GradientsUnsynchronized
from gradaudit.findings import Cause
from tests.rules.build import Run, at, indices

DETACHED = Cause.at("detach", at(7), op="Tensor.detach", module="b")


def unsynchronized(run: Run, **fields: Any) -> Run:
    """What the probe saw at the step that comes next, of two ranks unless said."""
    for name in ("missing", "local", "frozen"):
        fields[name] = indices(fields.get(name, ()))
    defaults: dict[str, Any] = {"step": run.steps, "optimizer": 0, "world_size": 2, "site": at(10)}
    return run.feed(GradientsUnsynchronized(**{**defaults, **fields}))


def unfinished(run: Run, **fields: Any) -> Run:
    """The reducer waits for parameter 1."""
    return unsynchronized(run, why="unfinished", **{"missing": [1], "local": [0, 2], **fields})


def test_a_missing_gradient_is_named_at_once() -> None:
    """An error, before the step is taken, with what the others hold."""
    run = unfinished(Run(3).backward(arrived=[0, 2]))
    assert run.says("GA602") == [("error", ("b.weight",))]
    (found,) = run.found("GA602")
    assert "`b.weight` got no gradient" in found.message
    assert "has not averaged the backward at train.py:10 over the 2 ranks" in found.message
    assert "`optimizer` steps with 2 gradients that this rank alone has" in found.message
    assert "find_unused_parameters=True" in found.fix
    assert found.evidence["not_averaged"] == ["a.weight", "c.weight"]


def test_the_cause_is_that_of_the_trace() -> None:
    """And so is the remedy."""
    run = Run(3).trace(reached=[0, 2], why={1: DETACHED}).backward(arrived=[0, 2])
    (found,) = unfinished(run).step().found("GA602")
    assert found.cause == DETACHED
    assert "detach()" in found.fix


def test_two_causes_are_two_findings() -> None:
    """Each with its own parameter."""
    other = Cause.at("no-grad-region", at(8), module="c")
    run = Run(3).trace(reached=[0], why={1: DETACHED, 2: other}).backward(arrived=[0])
    unfinished(run, missing=[1, 2], local=[0]).step()
    assert run.says("GA602") == [("error", ("b.weight",)), ("error", ("c.weight",))]


def test_nothing_is_told_twice() -> None:
    """What is missing is no GA101 beside it, nor a GA102 where it came in other steps."""
    run = Run(3)
    for _ in range(3):
        unfinished(run.backward(arrived=[0, 2])).step().reset()
    assert {f.code for f in run.end().report().findings} == {"GA602"}
    run = Run(3).turns(2)
    unfinished(run.backward(arrived=[0, 2])).step().reset()
    assert {f.code for f in run.end().report().findings} == {"GA602"}


def test_a_way_that_was_there_before_is_no_cause() -> None:
    """A branch that is left out in one step: the earlier traces say nothing of it."""
    run = Run(3).turns(2)
    (found,) = unfinished(run.backward(arrived=[0, 2])).found("GA602")
    assert found.cause is None


def test_frozen_after_the_wrapper_was_built() -> None:
    """It is no unused layer, and find_unused_parameters is not what is told."""
    run = Run(3).freeze([1]).backward(arrived=[0, 2])
    (found,) = unfinished(run, frozen=[1]).found("GA602")
    assert found.cause is not None
    assert found.cause.kind == "requires-grad-off"
    assert "requires no grad any more" in found.message
    assert "freeze before" in found.fix


def test_with_one_rank_nothing_was_to_be_averaged() -> None:
    """The next forward raises all the same."""
    run = Run(3).backward(arrived=[0, 2])
    (found,) = unfinished(run, world_size=1, local=()).found("GA602")
    assert "nothing to average" in found.message
    assert "will raise" in found.message


def test_the_error_of_the_wrapper_itself() -> None:
    """No step came in between: nobody steps, and the forward has raised."""
    run = Run(3).backward(arrived=[0, 2])
    (found,) = unfinished(run, optimizer=-1).found("GA602")
    assert "its forward has raised" in found.message
    assert "2 other gradients are this rank's own" in found.message
    assert found.optimizer is None


def test_before_any_optimizer_is_known() -> None:
    """Micro-batches without no_sync: the cause is known all the same."""
    run = Run(3, optimizer=False).trace(reached=[0, 2], why={1: DETACHED}).backward(arrived=[0, 2])
    (found,) = unfinished(run, optimizer=-1).found("GA602")
    assert found.cause == DETACHED


def test_what_cannot_be_known_is_not_said() -> None:
    """Sums that were begun in `.grad` itself may be there or not."""
    run = Run(3).backward(arrived=[0, 2])
    (found,) = unfinished(run, local=[2], partial=True).found("GA602")
    assert "1 gradient that surely this rank alone has" in found.message
    run = Run(3).backward(arrived=[0, 2])
    (found,) = unfinished(run, local=[], partial=True).found("GA602")
    assert "may differ from rank to rank" in found.message


def test_missing_parameters_that_are_not_audited() -> None:
    """By the name they have in the model, or by their number where they are gone."""
    run = Run(3).backward()
    (found,) = unfinished(run, missing=[], missing_elsewhere=("x.bias",)).found("GA602")
    assert "`x.bias` got no gradient" in found.message
    run = Run(3).backward()
    (found,) = unfinished(run, missing=[], missing_elsewhere=("", "")).found("GA602")
    assert "2 parameters that the model had when" in found.message
    assert "replace layers before" in found.fix


def test_a_wrapper_that_nobody_calls() -> None:
    """From the second step on, with the number of steps."""
    run = Run(2)
    assert unsynchronized(run.backward(), why="bypassed", local=[0, 1]).step().loud() == []
    run.reset()
    for _ in range(3):
        unsynchronized(run.backward(), why="bypassed", local=[0, 1]).step().reset()
    (found,) = run.found("GA602")
    assert (found.count, found.first_step, found.last_step) == (4, 0, 3)
    assert "has stepped 4 times" in found.message
    assert "ddp(x)" in found.fix


def test_parameters_the_wrapper_does_not_know() -> None:
    """Only those, and the repair is another one."""
    run = Run(2)
    for _ in range(2):
        unsynchronized(run.backward(), why="outside", local=[1]).step().reset()
    assert run.says("GA602") == [("error", ("b.weight",))]
    assert "unfreeze or add" in run.found("GA602")[0].fix


def test_where_this_rule_is_ignored_another_speaks() -> None:
    """A parameter that never learns is not lost between two rules."""
    run = Run(3, ignore=["GA602"])
    for _ in range(3):
        unfinished(run.backward(arrived=[0, 2])).step().reset()
    assert {f.code for f in run.end().report().findings} == {"GA101"}
