"""`values="sampled"`: small gradients are read in each backward, of large ones a sixteenth.

Index letters: s large tensors, c chunks of them (those of one tensor side by side).

Reading is what costs: a large gradient has to come from memory once more. So each tensor of more
than `LARGE` elements is cut into chunks, each chunk has its turn in one of `ROUND` backwards, and
the turns are dealt out so that each backward reads about as much as any other. The small ones stand
guard: a NaN that flows through a layer gets into its bias or its norm as well, and whenever
anything read is not finite, all the rest is read at once, so that what is named is exact.

[Note: What is believed] A large tensor may be left unread only while it was fine (finite, not all
zero) when it was looked at last; one that was not is read whole in each backward until it is. So
NaN, Inf and zero are always said of a gradient that was read whole in this very backward, and only
"fine" can be old: by fewer than `ROUND` backwards in which the tensor was there. In rounds in
which `clip_grad_norm_` reads all anyway, nothing is left unread. Elsewhere its norm is that of all
its chunks, each as it was read last: never more than 4 (the root of `ROUND`) times the
largest norm of this one and the fifteen backwards before it.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch

from gradaudit import events
from gradaudit.arrays import IS_BAD
from gradaudit.events import BoolArray, ByteArray, FloatArray
from gradaudit.probes.measure import GradientMeter

LARGE = 16_384
"""A tensor of more elements is sampled; to read a smaller one costs about as much as to ask."""

CHUNK = 131_072
"""Most elements that are read in a row; a tensor is cut into equal parts of at most so many."""

ROUND = 16
"""Backwards, counted for each tensor by those in which it is there, that read all its chunks."""

WORTH_IT = 1_048_576
"""Where the large tensors have no more elements than this together, all are read whole.

To choose who has a turn costs about as much as to read these.
"""

WHOLE_AT_FIRST = 2
"""Backwards in which a tensor that was not known is read whole."""

_SQUARE_IS_FINITE = 1e150
_PLAIN = (torch.Tensor, torch.nn.Parameter)
_SAMPLED = frozenset((torch.float16, torch.bfloat16, torch.float32, torch.float64))

_Indices = npt.NDArray[np.int64]
_Gradients = Sequence["torch.Tensor | None"]


def meter_for(values: str) -> GradientMeter:
    """The meter for the option `values`: "all" or "sampled"."""
    return SampledMeter() if values == "sampled" else GradientMeter()


class _ChangedKindError(Exception):
    """A large gradient is laid out in another way than it was, or cannot be read in parts."""


@dataclass(slots=True, eq=False)
class _Schedule:
    """Which tensors are large, how they are cut, and whose turn it is when."""

    places: list[int]
    """Of each large tensor, in the list of gradients."""
    sizes: list[int]
    kinds: list[object]
    places_s: _Indices
    others: list[int]
    """Places of all that is read in each backward."""
    others_at: _Indices
    tensor_c: list[int]
    begin_c: list[int]
    end_c: list[int]
    s_of_c: _Indices
    first_s: _Indices
    """The first chunk of each tensor."""
    share_c: FloatArray
    """Root of the share that a chunk has in the elements of its tensor."""
    turn_c: _Indices
    by_turn: list[_Indices]
    """The chunks of each turn."""
    all_s: BoolArray
    """True for each."""


@dataclass(slots=True, eq=False)
class _Known:
    """What was read last."""

    clock_s: _Indices
    """Backwards in which the tensor was there."""
    fine_s: BoolArray
    status_s: ByteArray
    norm_s: FloatArray
    status_c: ByteArray
    norm_c: FloatArray
    steady: bool = False
    """All were there so often that it is the same turn for all, and all are fine."""


class SampledMeter(GradientMeter):
    """A `GradientMeter` that reads large gradients by and by; see [Note: What is believed]."""

    def __init__(self) -> None:
        super().__init__()
        self._calls = 0
        self._n = -1
        self._schedule: _Schedule | None = None
        self._known = _nothing_known(0, 0)
        self._others = GradientMeter()
        self._chunks = GradientMeter()

    def measure(self, gradients: _Gradients) -> tuple[ByteArray, FloatArray]:
        """Status and L2 norm of each gradient, as `GradientMeter.measure` gives them.

        Those of large tensors that this backward did not read whole are OK, with an estimate of the
        norm.
        """
        self._calls += 1
        everything, self._read_all_next = self._read_all_next, False
        milestone = self._calls & (self._calls - 1) == 0
        if milestone or self._calls % ROUND == 1 or len(gradients) != self._n:
            with torch._C.DisableTorchFunction():
                self._look_around(gradients)
        schedule = self._schedule
        if schedule is None:
            return self._others.measure(gradients)
        try:
            # Neither a user's function mode nor autograd (create_graph) may see the views.
            with torch.no_grad(), torch._C.DisableTorchFunction():
                return self._measure(schedule, gradients, everything=milestone or everything)
        except (_ChangedKindError, RuntimeError, NotImplementedError, TypeError):
            self._schedule = None
            with torch._C.DisableTorchFunction():
                self._look_around(gradients)
            return GradientMeter().measure(gradients)

    def agrees(self, norm: FloatArray, measured: FloatArray) -> bool:
        """As of `GradientMeter`, by what is read in each backward."""
        if self._schedule is None:
            return super().agrees(norm, measured)
        small = self._schedule.others_at
        return len(small) > 0 and super().agrees(norm[small], measured[small])

    def took(self, status: ByteArray, norm: FloatArray) -> None:
        """All was read: the chunks of a tensor have their share of its norm, until their turn."""
        schedule, known = self._schedule, self._known
        if schedule is None or status[schedule.places_s].any():
            return
        known.norm_s = norm[schedule.places_s]
        known.norm_c = known.norm_s[schedule.s_of_c] * schedule.share_c

    def _look_around(self, gradients: _Gradients) -> None:
        """Which tensors are large now? Where that has changed, all is begun anew, and read whole.

        One that has become large since the last time is read whole until the next.
        """
        old = self._schedule
        known = {} if old is None else dict(zip(old.places, old.kinds, strict=True))
        large: dict[int, int] = {}
        kinds: list[object] = []
        for i, g in enumerate(gradients):
            if g is None:
                if i in known and old is not None:
                    large[i] = old.sizes[old.places.index(i)]
                    kinds.append(known[i])
            elif g.numel() > LARGE and _can_be_cut(g):
                large[i] = g.numel()
                kinds.append(_kind(g))
        same = old is not None and large == dict(zip(old.places, old.sizes, strict=True))
        if len(gradients) == self._n and same and old is not None and kinds == old.kinds:
            return
        self._n = len(gradients)
        self._others, self._chunks = GradientMeter(), GradientMeter()
        worth_it = sum(large.values()) > WORTH_IT
        self._schedule = _schedule(large, kinds, len(gradients)) if worth_it else None
        if self._schedule is not None:
            self._known = _nothing_known(len(large), len(self._schedule.tensor_c))

    def _measure(
        self, schedule: _Schedule, gradients: _Gradients, *, everything: bool
    ) -> tuple[ByteArray, FloatArray]:
        known = self._known
        large = [gradients[i] for i in schedule.places]
        present = _present(large, schedule)
        steady = known.steady and present is schedule.all_s and not everything
        known.clock_s += present
        if steady:
            chosen = schedule.by_turn[int(known.clock_s[0]) % ROUND]
        else:
            whole = present & (~known.fine_s | (known.clock_s <= WHOLE_AT_FIRST) | everything)
            in_turn = (known.clock_s % ROUND)[schedule.s_of_c] == schedule.turn_c
            chosen = np.flatnonzero(present[schedule.s_of_c] & (in_turn | whole[schedule.s_of_c]))

        status = np.zeros(self._n, np.uint8)  # OK
        norm = np.empty(self._n)
        alarm = False
        if schedule.others:
            its_status, its_norm = self._others.measure([gradients[i] for i in schedule.others])
            norm[schedule.others_at] = its_norm
            if its_status.any():
                status[schedule.others_at] = its_status
                alarm = bool(IS_BAD[its_status].any())
        calm = self._read(schedule, large, chosen)
        if not steady or alarm or not calm:
            self._read_on(schedule, large, present, chosen, alarm=alarm)
            status[schedule.places_s] = np.where(present, known.status_s, events.NONE)
        elif len(chosen):
            known.norm_s = _norms(schedule, known.norm_c)
        norm[schedule.places_s] = (
            known.norm_s if present is schedule.all_s else np.where(present, known.norm_s, np.nan)
        )
        return status, norm

    def _read_on(
        self,
        schedule: _Schedule,
        large: list[torch.Tensor | None],
        present: BoolArray,
        chosen: _Indices,
        *,
        alarm: bool,
    ) -> None:
        """After `chosen`: what must be read as well, so that what is said is exact.

        All the rest once anything is not finite, and the rest of each tensor that seems to be zero.
        """
        known = self._known
        unread = present[schedule.s_of_c]
        unread[chosen] = False
        alarm = alarm or bool(IS_BAD[known.status_c[chosen]].any())
        while unread.any():
            empty = np.maximum.reduceat(known.norm_c, schedule.first_s) == 0.0
            more = np.flatnonzero(unread & (alarm | empty[schedule.s_of_c]))
            if not len(more):
                break
            self._read(schedule, large, more)
            unread[more] = False
            alarm = alarm or bool(IS_BAD[known.status_c[more]].any())
        known.norm_s = _norms(schedule, known.norm_c)
        known.status_s = np.where(known.norm_s == 0.0, events.ZERO, events.OK).astype(np.uint8)
        for bad, value in ((events.INF, np.inf), (events.NAN, np.nan)):
            has = np.logical_or.reduceat(known.status_c == bad, schedule.first_s)
            known.status_s[has], known.norm_s[has] = bad, value
        known.fine_s[present] = known.status_s[present] == events.OK
        turn_s = known.clock_s % ROUND
        known.steady = bool(
            known.fine_s.all()
            and known.clock_s.min() > WHOLE_AT_FIRST
            and (turn_s == turn_s[0]).all()
        )

    def _read(
        self, schedule: _Schedule, large: list[torch.Tensor | None], chosen: _Indices
    ) -> bool:
        """Read these chunks, of tensors that are there. True: all are finite and none is all zero.

        Raises:
            _ChangedKindError: one of the tensors is laid out in another way than it was.
            RuntimeError: it has no memory any more.

        """
        parts: list[torch.Tensor] = []
        before, offset = -1, 0
        gradient: torch.Tensor | None = None
        for c in chosen.tolist():
            s = schedule.tensor_c[c]
            if s != before:
                before, gradient = s, large[s]
                if gradient is None or _kind(gradient) != schedule.kinds[s]:
                    raise _ChangedKindError
                offset = gradient.storage_offset()
            assert gradient is not None
            begin, end = schedule.begin_c[c], schedule.end_c[c]
            parts.append(gradient.as_strided((end - begin,), (1,), offset + begin))
        if not parts:
            return True
        status, norm = self._chunks.measure(parts)
        calm = not status.any()
        if not calm and (status == events.SKIPPED).any():
            raise _ChangedKindError
        self._known.status_c[chosen], self._known.norm_c[chosen] = status, norm
        return calm


def _present(large: list[torch.Tensor | None], schedule: _Schedule) -> BoolArray:
    """Which of the large tensors are there; `schedule.all_s` itself where all are.

    Raises:
        _ChangedKindError: one has another size than it had.

    """
    now = [-1 if g is None else g.numel() for g in large]
    if now == schedule.sizes:
        return schedule.all_s
    if any(a not in (-1, b) for a, b in zip(now, schedule.sizes, strict=True)):
        raise _ChangedKindError
    return np.asarray(now) >= 0


def _norms(schedule: _Schedule, norm_c: FloatArray) -> FloatArray:
    """Of each large tensor, from those of its chunks; NaN and Inf where a chunk has one."""
    unit = norm_c.max()
    if not 0.0 < unit < _SQUARE_IS_FINITE or norm_c.min() < 1.0 / _SQUARE_IS_FINITE:
        with np.errstate(all="ignore"):  # people make numpy raise
            most = np.maximum.reduceat(norm_c, schedule.first_s)
            unit_s = np.where((most > 0.0) & (most < np.inf), most, 1.0)
            squares_c = np.square(norm_c / unit_s[schedule.s_of_c])
            return unit_s * np.sqrt(np.add.reduceat(squares_c, schedule.first_s))
    return np.sqrt(np.add.reduceat(np.square(norm_c), schedule.first_s))


def _nothing_known(tensors: int, chunks: int) -> _Known:
    return _Known(
        clock_s=np.zeros(tensors, np.int64),
        fine_s=np.zeros(tensors, np.bool_),
        status_s=np.zeros(tensors, np.uint8),
        norm_s=np.zeros(tensors),
        status_c=np.zeros(chunks, np.uint8),
        norm_c=np.zeros(chunks),
    )


def _schedule(large: dict[int, int], kinds: list[object], n: int) -> _Schedule:
    """`large`: place -> elements, `n`: gradients in the list."""
    tensor_c: list[int] = []
    begin_c: list[int] = []
    end_c: list[int] = []
    first_s: list[int] = []
    for s, size in enumerate(large.values()):
        first_s.append(len(begin_c))
        count = -(-size // CHUNK)
        edges = [size * k // count for k in range(count + 1)]
        tensor_c += [s] * count
        begin_c += edges[:-1]
        end_c += edges[1:]
    turn_c = _turns([b - a for a, b in zip(begin_c, end_c, strict=True)])
    others = [i for i in range(n) if i not in large]
    sizes = list(large.values())
    return _Schedule(
        places=list(large),
        sizes=sizes,
        kinds=kinds,
        places_s=np.asarray(list(large), np.int64),
        others=others,
        others_at=np.asarray(others, np.int64),
        tensor_c=tensor_c,
        begin_c=begin_c,
        end_c=end_c,
        s_of_c=np.asarray(tensor_c, np.int64),
        first_s=np.asarray(first_s, np.int64),
        share_c=np.sqrt(
            [(e - b) / sizes[s] for s, b, e in zip(tensor_c, begin_c, end_c, strict=True)]
        ),
        turn_c=turn_c,
        by_turn=[np.flatnonzero(turn_c == turn) for turn in range(ROUND)],
        all_s=np.ones(len(large), np.bool_),
    )


def _turns(lengths: list[int]) -> _Indices:
    """A turn (0 to ROUND - 1) for each chunk, so that all turns read about as many elements.

    The longest first, each to the turn that has least: so those of one tensor are spread over all
    turns, and what befalls a whole tensor of 16 chunks or more is seen at once.
    """
    loads = [(0, turn) for turn in range(ROUND)]
    turns = np.zeros(len(lengths), np.int64)
    for c in sorted(range(len(lengths)), key=lambda c: -lengths[c]):
        load, turn = loads[0]
        turns[c] = turn
        heapq.heapreplace(loads, (load + lengths[c], turn))
    return turns


def _kind(gradient: torch.Tensor) -> object:
    """What must stay as it is for chunks to be the same elements the next time."""
    return type(gradient), gradient.layout, gradient.dtype, gradient.device, gradient.stride()


def _can_be_cut(gradient: torch.Tensor) -> bool:
    """Its elements lie in memory without gaps and overlaps, so any stretch of it is a view.

    Sparse, complex, quantised and sharded gradients are not cut, but read whole each time.
    """
    if (
        type(gradient) not in _PLAIN
        or gradient.layout != torch.strided
        or gradient.is_nested
        or gradient.dtype not in _SAMPLED
        or gradient.device.type == "meta"
    ):
        return False
    if not gradient.is_contiguous():
        reach = 1
        for stride, size in sorted(zip(gradient.stride(), gradient.shape, strict=True)):
            if size == 1:
                continue
            if stride != reach:
                return False
            reach *= size
    # Sharding frees memory and leaves the tensor.
    held = gradient.untyped_storage().nbytes() // gradient.element_size()
    return held >= gradient.storage_offset() + gradient.numel()
