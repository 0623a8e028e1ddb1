"""`values="sampled"`: how late a wrong value may be told of, and that nothing false ever is."""

from __future__ import annotations

import math
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from gradaudit.events import STATUS_NAMES
from gradaudit.probes.measure import GradientMeter
from gradaudit.probes.sampling import CHUNK, LARGE, ROUND, WORTH_IT, SampledMeter

FEW = settings(max_examples=15, deadline=None)
SETTLED = 2 * ROUND + 1
"""From this call on, 31 come in which nothing is read whole without a reason."""

DTYPES = [torch.float32, torch.float64, torch.bfloat16, torch.float16]
WRONG = [math.nan, math.inf, -math.inf]


def laid_out(shape: tuple[int, ...], how: str, dtype: torch.dtype) -> Tensor:
    """Random numbers, without gaps in memory but in this order of dimensions."""
    values = torch.randn(shape, dtype=torch.float32).to(dtype)
    if how == "transposed":
        return values.mT.contiguous().mT
    if how == "channels last":
        rows = values.reshape(4, -1, 8, 8)
        return rows.contiguous(memory_format=torch.channels_last)
    if how == "inside another":
        holder = torch.zeros(values.numel() + 100, dtype=dtype)
        holder[50 : 50 + values.numel()] = values.reshape(-1)
        return holder[50 : 50 + values.numel()].view(shape)
    return values


large = st.builds(
    laid_out,
    st.sampled_from([(256, 72), (256, 600), (2048, 160), (3, 256, 500)]),
    st.sampled_from(["plain", "transposed", "channels last", "inside another"]),
    st.sampled_from(DTYPES),
)
small = st.builds(torch.randn, st.sampled_from([1, 7, 300, LARGE]))
lists = st.tuples(st.lists(large, min_size=2, max_size=4), st.lists(small, max_size=5)).map(
    # Enough of it that sampling is worth it.
    lambda pair: [*pair[0], laid_out((1024, 1040), "plain", torch.float32), *pair[1]]
)


def statuses(meter: GradientMeter, gradients: list[Tensor | None]) -> list[str]:
    return [STATUS_NAMES[s] for s in meter.measure(gradients)[0].tolist()]


def exact(gradients: list[Tensor | None]) -> list[str]:
    return statuses(GradientMeter(), gradients)


def settled(gradients: list[Tensor | None], more: int = 0) -> SampledMeter:
    """A meter that knows these and has begun to sample them."""
    meter = SampledMeter()
    for _ in range(SETTLED - 1 + more):
        meter.measure(gradients)
    return meter


def flat(tensor: Tensor, place: float) -> tuple[int, ...]:
    """The index of the element that far (0 to 1) into the tensor."""
    position = min(int(place * tensor.numel()), tensor.numel() - 1)
    return tuple(int(i) for i in np.unravel_index(position, tuple(tensor.shape)))


class Reads:
    """Counts the elements that norms are taken of."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.elements = 0
        foreach: Any = torch._foreach_norm
        vector: Any = torch.linalg.vector_norm

        def counted_foreach(tensors: list[Tensor], *args: Any) -> Any:
            self.elements += sum(t.numel() for t in tensors)
            return foreach(tensors, *args)

        def counted_vector(tensor: Tensor, *args: Any, **kwargs: Any) -> Any:
            self.elements += tensor.numel()
            return vector(tensor, *args, **kwargs)

        monkeypatch.setattr(torch, "_foreach_norm", counted_foreach)
        monkeypatch.setattr(torch.linalg, "vector_norm", counted_vector)

    def take(self) -> int:
        taken, self.elements = self.elements, 0
        return taken


# ---------------------------------------------------------------- one wrong value


@FEW
@given(lists, st.data())
def test_one_wrong_element_of_a_large_tensor_is_named_within_a_round(
    gradients: list[Tensor | None], data: st.DataObject
) -> None:
    """Wherever it is and whenever it comes: until then "ok", then this tensor, and it alone."""
    meter = settled(gradients, more=data.draw(st.integers(0, ROUND - 2)))
    big = [i for i, g in enumerate(gradients) if g is not None and g.numel() > LARGE]
    which = data.draw(st.sampled_from(big))
    tensor = gradients[which]
    assert tensor is not None
    index = flat(tensor, data.draw(st.floats(0, 1)))
    before = tensor[index].clone()
    tensor[index] = data.draw(st.sampled_from(WRONG))
    true = exact(gradients)
    for _ in range(ROUND):
        said = statuses(meter, gradients)
        if said[which] != "ok":
            break
        assert set(said) == {"ok"}
    assert said == true
    for _ in range(3):
        assert statuses(meter, gradients) == true  # for as long as it is so
    tensor[index] = before
    assert set(statuses(meter, gradients)) == {"ok"}  # and no longer


@FEW
@given(lists, st.data())
def test_a_wrong_element_of_a_small_tensor_has_everything_read_at_once(
    gradients: list[Tensor | None], data: st.DataObject
) -> None:
    """A NaN in a bias at the same time as one in a weight: both are named in that backward."""
    guard = torch.zeros(3)
    gradients = [*gradients, guard]
    meter = settled(gradients, more=data.draw(st.integers(0, ROUND - 2)))
    guard[1] = math.nan
    for tensor in gradients[:2]:
        assert tensor is not None
        tensor[flat(tensor, data.draw(st.floats(0, 1)))] = data.draw(st.sampled_from(WRONG))
    assert statuses(meter, gradients) == exact(gradients)


def test_what_befalls_a_whole_tensor_of_sixteen_chunks_is_seen_at_once() -> None:
    """Its chunks are spread over all turns."""
    gradients: list[Tensor | None] = [torch.ones(ROUND * CHUNK), torch.ones(LARGE + 1)]
    meter = settled(gradients)
    gradients[0] = torch.full((ROUND * CHUNK,), math.nan)
    assert statuses(meter, gradients) == ["nan", "ok"]


@FEW
@given(st.data())
def test_a_round_is_counted_by_the_backwards_in_which_the_tensor_is_there(
    data: st.DataObject,
) -> None:
    """With any pattern of absence (a GAN, layerdrop) a wrong element waits for at most sixteen."""
    tensors = [torch.randn(n) for n in (1_000_000, 20_000, 140_000)]
    meter = settled([*tensors])
    which = data.draw(st.integers(0, 2))
    tensors[which][flat(tensors[which], data.draw(st.floats(0, 1)))] = math.nan
    seen = 0
    pattern = data.draw(st.lists(st.tuples(*[st.booleans()] * 3), min_size=1, max_size=5))
    for k in range(ROUND * len(pattern)):
        there = pattern[k % len(pattern)]
        said = statuses(meter, [t if is_there else None for t, is_there in zip(tensors, there)])
        assert [s == "none" for s in said] == [not is_there for is_there in there]
        assert set(said) <= {"ok", "none", "nan"}
        seen += there[which]
        if said[which] == "nan":
            break
    assert seen <= ROUND
    assert said[which] == "nan" or seen < ROUND


@pytest.mark.parametrize("place", [0.1, 0.3, 0.6, 0.9])
def test_one_that_is_there_in_every_other_backward_has_all_its_turns(place: float) -> None:
    """As in a GAN: turns of its own, not those of the backwards in which it happens to be there."""
    always, now_and_then = torch.randn(1_000_000), torch.randn(4 * CHUNK)
    meter = settled([always, now_and_then])
    now_and_then[flat(now_and_then, place)] = math.nan
    said: list[str] = []
    for _ in range(ROUND):
        said.append(statuses(meter, [always, now_and_then])[1])
        assert statuses(meter, [always, None]) == ["ok", "none"]
    assert "nan" in said


# ---------------------------------------------------------------- nothing false


@FEW
@given(st.data())
def test_what_is_not_ok_is_exactly_so(data: st.DataObject) -> None:
    """Tensors that come and go, in part zero, wholly zero, wrong and right in any order."""
    sizes = (1_100_000, 40_000, 20_000, 50)
    values = {
        "ok": lambda n: torch.randn(n),
        "zero": torch.zeros,
        "one": lambda n: torch.zeros(n).index_fill_(0, torch.tensor([n // 3]), 1.0),
        "nan": lambda n: torch.randn(n).index_fill_(0, torch.tensor([n - 1]), math.nan),
        "inf": lambda n: torch.zeros(n).index_fill_(0, torch.tensor([n // 2]), math.inf),
    }  # fmt: skip
    kinds = st.sampled_from([*values, "none", "ok", "ok"])
    meter = SampledMeter()
    for rows in data.draw(st.lists(st.tuples(*[kinds] * 4), min_size=1, max_size=8)):
        gradients = [None if k == "none" else values[k](n) for k, n in zip(rows, sizes)]
        for _ in range(data.draw(st.integers(1, ROUND + 2))):
            said, true = statuses(meter, gradients), exact(gradients)
            assert all(s in ("ok", t) for s, t in zip(said, true, strict=True))
            assert [s == "none" for s in said] == [t == "none" for t in true]
            assert said[-1] == true[-1]
            if said[-1] in ("nan", "inf"):
                assert said == true


def test_zero_is_said_only_of_what_was_read_whole() -> None:
    """A single element that is not zero and wanders from chunk to chunk (rows of an embedding)."""
    n = 20 * CHUNK
    meter = settled([torch.ones(n)])
    for k in range(3 * ROUND):
        gradient = torch.zeros(n)
        gradient[(k * 7919 * 131) % n] = 1.0
        ((status,), (norm,)) = meter.measure([gradient])
        assert STATUS_NAMES[status] == "ok"
        assert 0.0 < norm < math.inf


def test_zero_is_said_within_a_round_and_until_it_is_over() -> None:
    """All zero from some backward on; then one element is not."""
    gradients: list[Tensor | None] = [torch.randn(9 * CHUNK), torch.randn(9)]
    meter = settled(gradients)
    gradients[0] = torch.zeros(9 * CHUNK)
    said = [statuses(meter, gradients)[0] for _ in range(ROUND + 4)]
    assert said == sorted(said)  # "ok", then "zero"
    assert said[ROUND - 1 :] == ["zero"] * 5
    gradients[0][flat(gradients[0], 0.9)] = 1e-30
    assert statuses(meter, gradients)[0] == "ok"


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_the_norm_of_a_steady_gradient(dtype: torch.dtype) -> None:
    """Anew in each backward, of equal size: within a hundredth, though a sixteenth is read."""
    meter = SampledMeter()
    for _ in range(40):
        gradient = torch.randn(1100, 1100).to(dtype)
        _, (norm,) = meter.measure([gradient])
        assert norm == pytest.approx(float(gradient.double().norm()), rel=1e-2)


@FEW
@given(st.lists(st.floats(-12, 12), min_size=40, max_size=60))
def test_an_estimate_is_bounded_by_what_there_was(exponents: list[float]) -> None:
    """At most four times the largest norm of the round; not below what this backward has read."""
    base = torch.randn(9 * CHUNK)
    size = float(base.double().norm())
    meter = SampledMeter()
    true: list[float] = []
    for k, exponent in enumerate(exponents, 1):
        true.append(size * 10.0**exponent)
        _, (norm,) = meter.measure([base * 10.0**exponent])
        window = true[-ROUND:]
        assert 0.9 * min(window) <= norm <= 1.01 * math.sqrt(ROUND) * max(window)
        if k & (k - 1) == 0:
            assert norm == pytest.approx(true[-1], rel=1e-3)  # read whole


def test_norms_that_squares_cannot_hold() -> None:
    """float64 at both of its ends, also where numpy is told to raise."""
    for scale in (1e-180, 1e180):
        gradient = torch.full((1_200_000,), scale, dtype=torch.float64)
        meter = SampledMeter()
        with np.errstate(all="raise"):
            for _ in range(20):
                _, (norm,) = meter.measure([gradient])
        assert norm == pytest.approx(scale * math.sqrt(1_200_000))


# ---------------------------------------------------------------- what changes


def test_tensors_that_are_added_are_read_whole_first() -> None:
    """In the backwards in which they are new, and by turns from then on."""
    gradients: list[Tensor | None] = [torch.randn(1_200_000), torch.randn(10)]
    meter = settled(gradients)
    new = torch.randn(200_000)
    new[150_000] = math.inf
    gradients.append(new)
    assert statuses(meter, gradients) == ["ok", "ok", "inf"]
    new[150_000] = 1.0
    for _ in range(5):
        assert statuses(meter, gradients) == ["ok", "ok", "ok"]
    new[10] = math.nan
    assert "nan" in [statuses(meter, gradients)[2] for _ in range(ROUND)]


def between_nans() -> Tensor:
    """Every second element of its memory is its own, and the others are NaN."""
    holder = torch.full((1_280_000,), math.nan)
    holder[::2] = 1.0
    return holder[::2].view(800, 800)


def among_nans() -> Tensor:
    """A view of a part of its memory, as in a bucket; the rest is NaN."""
    holder = torch.full((1_000_000,), math.nan)
    holder[200_000:840_000] = 1.0
    return holder[200_000:840_000].view(800, 800)


OTHERS: list[Callable[[], Tensor]] = [
    between_nans,
    among_nans,
    lambda: torch.zeros(1).expand(640_000),
    lambda: torch.randn(640_000, 2)[:, 0],
    lambda: torch.randn(1_280_000)[::2],
    lambda: torch.randn(100),
    lambda: torch.randn(700_000),
    lambda: torch.zeros(640_000, dtype=torch.float64),
    lambda: torch.randn(320_000, dtype=torch.complex64),
    lambda: torch.eye(800).to_sparse(),
    lambda: torch.eye(800).to_sparse_csr(),
    lambda: torch.zeros(0),
    lambda: torch.full((800, 800), math.nan).t(),
    lambda: torch.randn(640_000).to(torch.float8_e5m2),
    lambda: torch.empty(640_000, device="meta"),
]


@pytest.mark.parametrize("other", OTHERS)
@pytest.mark.filterwarnings("ignore:Sparse:UserWarning")
def test_a_gradient_that_becomes_one_of_another_kind(other: Callable[[], Tensor]) -> None:
    """Size, dtype, layout: by the next time that it has a turn it is read as it is, and back."""
    gradients: list[Tensor | None] = [torch.randn(800, 800), torch.randn(1_100_000)]
    meter = settled(gradients, more=2)
    plain, gradients[0] = gradients[0], other()
    true = exact(gradients)
    said = [statuses(meter, gradients) for _ in range(ROUND + 1)]
    assert said[-1] == true
    assert all(s[0] in ("ok", true[0]) for s in said)
    gradients[0] = plain
    assert [statuses(meter, gradients) for _ in range(ROUND + 1)][-1] == ["ok", "ok"]


def test_memory_that_was_given_back_is_not_read() -> None:
    """Sharding frees memory and leaves the tensor; to read it would end the process."""
    freed = torch.randn(1_100_000)
    gradients: list[Tensor | None] = [freed, torch.randn(1_100_000)]
    freed.untyped_storage().resize_(0)
    meter = SampledMeter()
    assert not meter._schedule
    meter._look_around(gradients)
    assert meter._schedule is not None
    assert meter._schedule.places == [1]


# ---------------------------------------------------------------- what it reads


def test_a_backward_reads_about_a_sixteenth(monkeypatch: pytest.MonkeyPatch) -> None:
    """And all of it where the tensors are new or something is wrong."""
    sizes = [*[20_000] * 30, 1_000_000, 3_000_000, 200_000]
    total = sum(sizes)
    gradients: list[Tensor | None] = [torch.randn(n) for n in sizes]
    meter = SampledMeter()
    reads = Reads(monkeypatch)
    for _ in range(2):
        meter.measure(gradients)
        assert reads.take() == total
    for _ in range(SETTLED - 3):
        meter.measure(gradients)
    reads.take()
    each: list[int] = []
    for _ in range(ROUND):
        meter.measure(gradients)
        each.append(reads.take())
    assert sum(each) == total
    assert max(each) <= total / ROUND + CHUNK
    first = gradients[0]
    assert first is not None
    first[0] = math.nan
    while "nan" not in statuses(meter, gradients):
        pass
    for _ in range(3):
        reads.take()
        meter.measure(gradients)
        assert reads.take() == total
    first[0] = 1.0
    meter.measure(gradients)
    reads.take()
    meter.measure(gradients)
    assert reads.take() < total / ROUND + CHUNK


def test_where_it_saves_little_all_is_read() -> None:
    """Up to a million elements in large tensors, nothing is ever late."""
    gradients: list[Tensor | None] = [torch.randn(LARGE * 4) for _ in range(WORTH_IT // LARGE // 4)]
    meter = settled(gradients)
    last = gradients[-1]
    assert last is not None
    last[-1] = math.nan
    assert statuses(meter, gradients) == exact(gradients)


def test_no_gradient_is_kept_alive() -> None:
    """Nor a view of one."""
    gradient = torch.randn(1_200_000)
    meter = settled([gradient])
    alive = weakref.ref(gradient)
    storage = weakref.ref(gradient.untyped_storage())
    del gradient
    assert alive() is None
    assert storage() is None
    assert statuses(meter, [None]) == ["none"]
