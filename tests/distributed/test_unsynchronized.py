"""GA602 with two real processes: what it says of their gradients is so, or it says nothing.

Each script compares the gradients of the ranks by itself (`common.tell`): that is the truth here.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.distributed.ranks import Ranks, RankServer

EXTRA = {"extra.weight", "extra.bias"}
OTHERS = {f"{layer}.{name}" for layer in ("first", "middle", "last") for name in ("weight", "bias")}
NOT_FINISHED = "Expected to have finished reduction in the prior iteration"


def findings(run: Ranks, rank: int = 0) -> list[dict[str, Any]]:
    """The findings of GA602 on one rank."""
    report = run[rank].report
    assert report is not None, run.errors()
    return [f for f in report["findings"] if f["code"] == "GA602"]


def only(run: Ranks, rank: int = 0) -> dict[str, Any]:
    """The one loud finding of a rank."""
    (found,) = findings(run, rank)
    assert [found] == run[rank].loud()
    return found


def test_an_unused_layer_is_named_one_step_before_the_wrapper_raises(ranks: RankServer) -> None:
    """On each rank: the layer, and the six gradients which really differ."""
    run = ranks.run("loop.py", "unused")
    assert run.truth() == {0: OTHERS}
    for rank in (0, 1):
        found = only(run, rank)
        assert set(found["parameters"]) == EXTRA
        assert set(found["evidence"]["not_averaged"]) == OTHERS
        assert found["cause"]["kind"] == "unused-module"
        assert (found["cause"]["file"], found["cause"]["module"]) == ("common.py", "extra")
        assert (found["rank"], found["first_step"], found["optimizer"]) == (rank, 0, "optimizer")
        assert run[rank].code == 1
        assert NOT_FINISHED in run[rank].stderr


def test_the_report_at_the_crash_begins_with_the_cause(ranks: RankServer) -> None:
    """After the traceback: the layer first, then what it did to the others."""
    shown = ranks.run("loop.py", "unused")[0].stderr.rpartition("gradaudit: ")[2]
    head = " ".join(shown.split())
    assert head.startswith("1 error in 1 step")
    assert "what `extra.weight` and `extra.bias` got no gradient, so" in head
    assert "6 gradients that this rank alone has" in head
    assert "unused-module" in head


@pytest.mark.slow
@pytest.mark.parametrize("variant", ["detached", "unused-output"])
def test_other_causes(ranks: RankServer, variant: str) -> None:
    """A cut, and a result that no loss needs: each with its own line."""
    found = only(ranks.run("loop.py", variant))
    assert set(found["parameters"]) == EXTRA
    kind = "detach" if variant == "detached" else variant
    assert found["cause"]["kind"] == kind
    assert found["cause"]["file"] == "loop.py"


def test_one_step_without_a_layer(ranks: RankServer) -> None:
    """Two good steps before: named in the third, and without a cause from the first."""
    run = ranks.run("loop.py", "once")
    assert run.truth() == {0: set(), 1: set(), 2: OTHERS}
    found = only(run)
    assert set(found["parameters"]) == EXTRA
    assert found["first_step"] == 2
    assert found["cause"] is None


@pytest.mark.slow
def test_only_what_is_sure_is_said_of_gradients_in_buckets(ranks: RankServer) -> None:
    """Gradients that are views of buckets: those of later buckets are not averaged, at least."""
    first = ranks.run("loop.py", "unused", "gradient_as_bucket_view=True")
    assert set(only(first)["evidence"]["not_averaged"]) == OTHERS == first.truth()[0]
    later = ranks.run("loop.py", "once", "gradient_as_bucket_view=True", "bucket_cap_mb=0.0001")
    said = set(only(later)["evidence"]["not_averaged"])
    assert said
    assert said <= later.truth()[2]


@pytest.mark.slow
def test_a_layer_that_is_frozen_after_the_wrapper_was_built(ranks: RankServer) -> None:
    """Healthy where it is frozen before."""
    found = only(ranks.run("loop.py", "frozen-later"))
    assert set(found["parameters"]) == EXTRA
    assert found["cause"]["kind"] == "requires-grad-off"
    assert ranks.run("loop.py", "frozen").codes() == set()


@pytest.mark.slow
def test_a_layer_that_is_replaced_after_the_wrapper_was_built(ranks: RankServer) -> None:
    """The wrapper waits for the one that is gone, and knows nothing of the other."""
    found = only(ranks.run("loop.py", "replaced"))
    assert found["parameters"] == []
    assert "2 parameters that the model had when" in found["message"]


@pytest.mark.slow
def test_micro_batches_without_no_sync(ranks: RankServer) -> None:
    """The wrapper raises before any step: told all the same, with the cause."""
    run = ranks.run("loop.py", "micro-batches")
    assert run.truth() == {}
    found = only(run)
    assert set(found["parameters"]) == EXTRA
    assert found["cause"]["kind"] == "unused-module"
    assert "its forward has raised" in found["message"]


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["static_graph=True", "find_unused_parameters=True"])
def test_what_the_modes_of_the_wrapper_do_not_help_with(ranks: RankServer, mode: str) -> None:
    """A static graph that changes is found; looking for unused parameters does help."""
    run = ranks.run("loop.py", "once", mode)
    if mode.startswith("find"):
        run.check_alive()
        assert run.codes() == set()
        assert not any(run.truth().values())
        return
    found = only(run)
    assert found["first_step"] == 2
    assert set(found["evidence"]["not_averaged"]) == run.truth()[2]
    assert "static_graph" in found["fix"]


@pytest.mark.slow
def test_a_layer_that_only_one_rank_uses(ranks: RankServer) -> None:
    """The rank without it tells; the other waits for it, and dies with it, without a finding."""
    run = ranks.run("loop.py", "unused-on-one-rank")
    assert [f["parameters"] for f in findings(run, 1)] == [sorted(EXTRA, reverse=True)]
    assert findings(run, 0) == []
    assert 0 not in [one.code for one in run.outcomes]
    healthy = ranks.run("loop.py", "one-rank-and-all", "find_unused_parameters=True")
    healthy.check_alive()
    assert healthy.codes() == set()


@pytest.mark.parametrize(
    "variant",
    ["inside", *(pytest.param(v, marks=pytest.mark.slow) for v in ("bypassed", "clipped"))],
)
def test_a_forward_past_the_wrapper(ranks: RankServer, variant: str) -> None:
    """Nothing ever raises, and no step is right."""
    run = ranks.run("loop.py", variant)
    run.check_alive()
    assert all(names == OTHERS | EXTRA for names in run.truth().values())
    found = only(run)
    assert set(found["parameters"]) == OTHERS | EXTRA
    assert (found["count"], found["first_step"], found["last_step"]) == (4, 0, 3)


@pytest.mark.parametrize(
    "variant", ["unfrozen-later", pytest.param("added", marks=pytest.mark.slow)]
)
def test_parameters_that_the_wrapper_does_not_know(ranks: RankServer, variant: str) -> None:
    """Only those are named, and only those differ."""
    run = ranks.run("loop.py", variant)
    run.check_alive()
    found = only(run)
    assert set(found["parameters"]) == run.truth()[3]
    assert found["count"] == (2 if variant == "unfrozen-later" else 4)


QUICK = ["plain", "no-sync", "by-hand"]
HEALTHY = [
    "plain gradient_as_bucket_view=True", "plain find_unused_parameters=True",
    "plain static_graph=True", "plain bucket_cap_mb=0.0001",
    "no-sync gradient_as_bucket_view=True", "local", "frozen", "ignored", "join", "fp16-hook",
    "powersgd", "batch-norm", "batch-norm broadcast_buffers=False",
]  # fmt: skip


@pytest.mark.parametrize(
    "variant", [*QUICK, *(pytest.param(v, marks=pytest.mark.slow) for v in HEALTHY)]
)
def test_healthy_loops(ranks: RankServer, variant: str) -> None:
    """No error and no warning on any rank, and all come to their end."""
    run = ranks.run("loop.py", *variant.split())
    run.check_alive()
    assert run.codes() == set()


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["static_graph=True", "find_unused_parameters=True"])
def test_an_idle_layer_that_the_wrapper_was_told_of(ranks: RankServer, mode: str) -> None:
    """All is averaged: what remains to be said is GA101's, on dead weight."""
    run = ranks.run("loop.py", "unused", mode)
    run.check_alive()
    assert not any(run.truth().values())
    assert run.codes() == {"GA101"}
    assert findings(run) == []


@pytest.mark.slow
def test_one_process_under_the_wrapper(ranks: RankServer) -> None:
    """Nothing is to be averaged, so a forward past it does no harm; an unused layer still does."""
    assert ranks.run("loop.py", "bypassed", ranks=1).codes() == set()
    found = only(ranks.run("loop.py", "unused", ranks=1))
    assert "nothing to average" in found["message"]
    assert found["evidence"]["not_averaged"] == []
