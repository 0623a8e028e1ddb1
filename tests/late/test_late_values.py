"""What two numbers from a device say of a gradient is what a look at every element says."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from gradaudit.events import STATUS_NAMES, Status
from gradaudit.probes import late_lanes, late_values
from gradaudit.probes.late_values import Collector, LateMeter
from gradaudit.probes.measure import GradientMeter
from gradaudit.tracing.finite import FINITE, INF, NAN
from gradaudit.tracing.late_answers import send
from tests.late.slow_lane import late_cpu

WIDE = (torch.float16, torch.bfloat16, torch.float32, torch.float64)
NAN_, INF_ = float("nan"), float("inf")


def _of(dtype: torch.dtype, *values: float) -> torch.Tensor:
    return torch.tensor(values, dtype=torch.float64).to(dtype)


def _sparse(places: list[int], values: list[float]) -> torch.Tensor:
    indices = torch.tensor([places], dtype=torch.int64).reshape(1, -1)
    return torch.sparse_coo_tensor(indices, torch.tensor(values), (5,))


def _every_kind() -> dict[str, torch.Tensor | None]:
    kinds: dict[str, torch.Tensor | None] = {"absent": None}
    for dtype in WIDE:
        name = str(dtype).removeprefix("torch.")
        big = torch.finfo(dtype).max
        kinds |= {
            f"{name} plain": _of(dtype, 1.5, -2.0, 0.0),
            f"{name} zero": _of(dtype, 0.0, -0.0),
            f"{name} nan": _of(dtype, 1.0, NAN_),
            f"{name} inf": _of(dtype, -INF_, 1.0),
            f"{name} nan and inf": _of(dtype, INF_, NAN_, -INF_),
            f"{name} largest": torch.full((5,), big, dtype=dtype),
            f"{name} smallest": torch.full((3,), torch.finfo(dtype).tiny, dtype=dtype),
            f"{name} scalar": _of(dtype, -3.0).reshape(()),
            f"{name} empty": torch.zeros(0, dtype=dtype),
            f"{name} many": torch.linspace(-1, 1, 70_001, dtype=torch.float64).to(dtype),
            f"{name} a column": torch.ones(6, 4, dtype=dtype)[:, 1],
            f"{name} transposed": torch.arange(12.0).reshape(3, 4).to(dtype).t(),
        }
    kinds |= {
        "complex": torch.tensor([3 + 4j, 0]),
        "complex nan": torch.tensor([complex(1, NAN_)]),
        "complex, conjugated": torch.tensor([3 + 4j]).conj(),
        "sparse": _sparse([0, 2], [3.0, 4.0]).coalesce(),
        "sparse, nothing stored": _sparse([], []).coalesce(),
        "sparse, twice the same place": _sparse([1, 1], [3.0, 4.0]),
        "sparse with inf": _sparse([1], [INF_]).coalesce(),
        "csr": torch.eye(3).to_sparse_csr(),
        "float8": torch.ones(4).to(torch.float8_e4m3fn),
    }
    return kinds


KINDS = _every_kind()


@pytest.fixture(params=["once", "twice"])
def passes(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Over the memory of bf16 and float32: with sums in float64 as on CUDA, or without."""
    monkeypatch.setattr(late_values, "SUMS_IN_FLOAT64", {"cpu"} if request.param == "once" else {})
    return request.param


@pytest.mark.filterwarnings("ignore:Sparse CSR")
@pytest.mark.parametrize("name", KINDS)
def test_status_and_norm_are_those_of_reading_at_once(name: str, passes: str) -> None:
    """Of one gradient by itself."""
    gradient = KINDS[name]
    (status,), (norm,) = GradientMeter().measure([gradient])
    with late_cpu(asks=0):
        reading = LateMeter().ask([gradient])
        assert reading.is_ready()
    assert not reading.given_up
    assert STATUS_NAMES[reading.status[0]] == STATUS_NAMES[status]
    if name == "sparse, twice the same place":
        assert math.isnan(reading.norm[0]), "summing the places would wait for the device"
    elif "many" in name and "16" in name:
        assert reading.norm[0] == pytest.approx(norm, rel=1e-3)
    elif passes == "once" and "float64" not in name and name != "bfloat16 many":
        assert reading.norm[0] == pytest.approx(norm, rel=1e-6, nan_ok=True)
    elif "largest" in name and status == Status.OK and norm > 1e38:
        # Squares overflow: it is told as its largest element, which is at least that large.
        assert min(norm, 1.7e308) / 3 < reading.norm[0] <= norm * (1 + 1e-6)
    elif "smallest" in name:
        assert norm / 2 < reading.norm[0] <= norm * (1 + 1e-6)
    else:
        assert reading.norm[0] == pytest.approx(norm, rel=1e-6, nan_ok=True)


@pytest.mark.usefixtures("passes")
def test_all_at_once_they_are_the_same_again() -> None:
    """Whatever is read together with what."""
    everything = list(KINDS.values())
    with late_cpu(asks=0, ring=100):
        meter = LateMeter()
        meter.ask(everything)
        together = meter.ask(everything)  # by the plan that was made
        assert together.is_ready()
        alone = [LateMeter().ask([one]) for one in everything]
        assert all(one.is_ready() for one in alone)
    np.testing.assert_array_equal(together.status, [one.status[0] for one in alone])
    np.testing.assert_allclose(together.norm, [one.norm[0] for one in alone], rtol=1e-6)


def test_gradients_that_change_their_kind_are_planned_anew() -> None:
    """Another dtype, another layout, absent or empty now."""
    a, b = torch.ones(4), torch.full((4,), 2.0)
    ways: list[list[torch.Tensor | None]] = [
        [a, b],
        [a.double(), b],
        [None, b],
        [a, torch.zeros(0)],
        [a.to_sparse(), b],
        [a, b],
    ]
    with late_cpu(asks=0):
        meter = LateMeter()
        for gradients in ways:
            reading = meter.ask(gradients)
            assert reading.is_ready()
            status, norm = GradientMeter().measure(gradients)
            np.testing.assert_array_equal(reading.status, status)
            np.testing.assert_allclose(reading.norm, norm, rtol=1e-6)


def test_a_loss_comes_with_the_gradients() -> None:
    """One number more in the same vector."""
    with late_cpu(asks=0) as lane:
        reading = LateMeter().ask([torch.ones(4)], loss=torch.tensor(2.5))
        assert reading.is_ready()
    assert reading.more == {"loss": 2.5}
    assert len(lane.sent) == 1


def test_what_a_reading_does_not_ask_about_is_known_at_once() -> None:
    """Presence is; and nothing is invented where the values never come."""
    with late_cpu(asks=1000):
        reading = LateMeter().ask([torch.ones(3), None, torch.zeros(0)])
        assert not reading.is_ready()
        names = [STATUS_NAMES[s] for s in reading.status]
        reading.give_up()
    assert names == ["ok", "none", "skipped"]
    assert not reading.zero().any()
    assert math.isnan(reading.norm[0])


def test_little_scratch_memory_is_asked_for() -> None:
    """Of each call: one partial sum for every chunk of its largest tensor, for every tensor."""
    sizes = [7] * 1500 + [300] * 1500 + [70_000] * 300 + [900_000] * 40 + [9_000_000] * 2
    gradients: list[torch.Tensor | None] = [torch.empty(size, device="meta") for size in sizes]
    with late_cpu() as lane, pytest.MonkeyPatch.context() as patch:
        patch.setitem(late_lanes.LANES, "meta", lambda device: lane)
        plan = late_values._make_plan(gradients)
    calls = plan.calls[torch.device("meta")]
    assert sorted(i for call in calls for i in call.members) == list(range(len(sizes)))
    for call in calls:
        chunks = max(-(-sizes[i] // late_values.CHUNK) for i in call.members)
        results = 512 * len(call.members)  # bytes that the allocator takes for each result
        assert 4 * chunks * len(call.members) + results < 1 << 20
    assert len(calls) < 25


def test_gradients_that_are_gone_when_the_backward_ends_are_sent_together() -> None:
    """Each was asked about while it was there."""
    with late_cpu(asks=0) as lane:
        collector = Collector()
        reading = collector.reading(3)
        collector.add(0, torch.tensor([3.0, 4.0]))
        collector.add(2, torch.tensor([NAN_]))
        assert not reading.is_ready()
        collector.send()
        assert reading.is_ready()
    assert [STATUS_NAMES[s] for s in reading.status] == ["ok", "none", "nan"]
    assert reading.norm[0] == pytest.approx(5.0)
    assert len(lane.sent) == 1


def test_answers_of_a_traced_step_come_in_one_vector() -> None:
    """Largest values, of several dtypes; places that were answered before stay."""
    asked = [NAN, torch.tensor(1.0), torch.tensor(INF_), torch.tensor(NAN_).double(), FINITE]
    with late_cpu(asks=1) as lane:
        answers = send(asked)
        assert not answers.is_ready()
        assert answers.is_ready()
        assert answers.read() == [NAN, FINITE, INF, NAN, FINITE]
    assert len(lane.sent) == 1


def test_answers_that_never_come_are_none() -> None:
    """Not "finite"."""
    with late_cpu(asks=1000, ring=1):
        first, second = send([torch.tensor(1.0)]), send([torch.tensor(1.0)])
        assert first.is_ready()
        assert first.read() is None
        second.wait()
        assert second.read() == [FINITE]


class _Sharded(torch.Tensor):
    """As much of a DTensor as is asked for: what this rank holds."""

    held: torch.Tensor

    def to_local(self) -> torch.Tensor:
        return self.held


def _sharded(whole: torch.Tensor, held: torch.Tensor) -> torch.Tensor:
    one = whole.as_subclass(_Sharded)
    one.held = held
    return one


def test_shards_are_read_together_and_one_without_elements_is_empty() -> None:
    """A rank that holds nothing of a parameter has no zero gradient."""
    shards: list[torch.Tensor | None] = [
        _sharded(torch.ones(6), torch.full((3,), 2.0)),
        _sharded(torch.ones(6), torch.zeros(0)),
        _sharded(torch.ones(6), torch.tensor([NAN_, 1.0])),
        torch.ones(4),
    ]
    with late_cpu(asks=0):
        meter = LateMeter()
        meter.ask(shards)
        reading = meter.ask(shards)  # by the plan that was made
        assert reading.is_ready()
        assert meter._plan is not None
        (calls,) = meter._plan.calls.values()
    assert [STATUS_NAMES[s] for s in reading.status] == ["ok", "skipped", "nan", "ok"]
    assert reading.norm[0] == pytest.approx(math.sqrt(12))
    assert sorted(len(call.members) for call in calls) == [1, 2]


def test_one_gradient_that_cannot_be_read_does_not_hide_the_others() -> None:
    """It is skipped."""
    odd = torch.ones(3).as_subclass(_Unreadable)
    with late_cpu(asks=0):
        reading = LateMeter().ask([torch.ones(4), odd])
        assert reading.is_ready()
    assert [STATUS_NAMES[s] for s in reading.status] == ["ok", "skipped"]
    assert reading.norm[0] == pytest.approx(2.0)


class _Unreadable(torch.Tensor):
    def to_local(self) -> torch.Tensor:
        raise NotImplementedError("this one is kept elsewhere")
