"""fully_shard (FSDP2) on two ranks: what each rank says of the pieces that it holds.

The leaves of a forward are whole tensors whose memory is given back before the backward: reading
one of them would end the process.
"""

from __future__ import annotations

import pytest

from tests.distributed.ranks import RankServer

NAMES = [f"{layer}.{name}" for layer in ("extra", "first", "last", "middle")
         for name in ("bias", "weight")]  # fmt: skip

QUICK = ["accumulated"]
HEALTHY = ["plain", "clipped", "root-alone"]


@pytest.mark.parametrize(
    "variant", [*QUICK, *(pytest.param(v, marks=pytest.mark.slow) for v in HEALTHY)]
)
def test_healthy_loops(ranks: RankServer, variant: str) -> None:
    """Also where most backwards leave no gradient at all, and where a rank holds nothing."""
    run = ranks.run("sharded.py", variant)
    run.check_alive()
    for outcome in run.outcomes:
        assert outcome.report is not None
        assert outcome.report["findings"] == []
        assert outcome.report["counts"]["parameters"] == len(NAMES)
        assert outcome.report["counts"]["steps"] == 4


@pytest.mark.slow
@pytest.mark.parametrize("variant", ["plain", "late", "accumulated", "root-alone"])
def test_watch_has_the_names_of_the_model(ranks: RankServer, variant: str) -> None:
    """Begun before the first forward, or between steps, when some layers are whole."""
    run = ranks.run("sharded.py", variant, "watch", audited=False)
    run.check_alive()
    for outcome in run.outcomes:
        assert f"audited {' '.join(NAMES)}\n" in outcome.stdout
        assert outcome.stdout.endswith("found\n")


@pytest.mark.slow
def test_a_layer_that_is_never_used(ranks: RankServer) -> None:
    """By its name in the model, with the module that never ran."""
    run = ranks.run("sharded.py", "unused")
    run.check_alive()
    for outcome in run.outcomes:
        (found,) = outcome.loud()
        assert (found["code"], set(found["parameters"])) == ("GA101", {*NAMES[:2]})
        assert found["cause"]["kind"] == "unused-module"
        assert found["cause"]["module"] == "extra"


@pytest.mark.slow
def test_gradients_that_are_never_cleared(ranks: RankServer) -> None:
    """The pieces are followed from step to step."""
    run = ranks.run("sharded.py", "never-zeroed")
    run.check_alive()
    assert run.codes() == {"GA301"}


@pytest.mark.slow
def test_nan_on_one_rank_reaches_both(ranks: RankServer) -> None:
    """The sum of the ranks is NaN on each at once; the loss only where it was made."""
    run = ranks.run("sharded.py", "nan")
    run.check_alive()
    first = [{f["code"]: f["first_step"] for f in one.loud()} for one in run.outcomes]
    assert [codes["GA201"] for codes in first] == [0, 0]
    assert [codes["GA202"] for codes in first] == [1, 0]
