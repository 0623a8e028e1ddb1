"""A run as a table: one column for each optimizer step, one row for each parameter.

[Note: Rounds] Steps of optimizers that hold different parameters and follow each other (those of a
GAN, one optimizer for each layer) share a column. It is closed when an optimizer steps again, or
one that holds a parameter which the column has already. So a column is known only when the next
one begins, or at the end. Its number is that of its first step (events, [Note: Steps]) plus
`first_step`, and more than the number of the column before.

[Note: What a column says] Of a parameter that an optimizer of the round holds: what that step has
consumed. Of another: what the last backward left, but a gradient that is not there says nothing
where an optimizer that is known will step later. A NaN or an infinity in any backward since the
column before stays, whatever the step has found; a step that a gradient scaler skipped has no
column of its own, and shows in the next. Stale is what a step consumes of a sum that an earlier
step of it has used, unless it was reset in between.

[Note: No step in sight] Where more than `PATIENCE` backwards were seen and no step ever, each
backward is a column, until the first step. At the end the backwards after the last step are one.
"""

from __future__ import annotations

import copy
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from gradaudit.arrays import IS_BAD, IS_NOTHING, padded
from gradaudit.events import (
    FROZEN,
    INF,
    NAN,
    NONE,
    OK,
    SKIPPED,
    STALE,
    STATUS_NAMES,
    ZERO,
    BackwardEnded,
    BoolArray,
    ByteArray,
    Event,
    FloatArray,
    GradientsReset,
    OptimizerSeen,
    ParameterInfo,
    ParametersAdded,
    RunEnded,
    StepTaken,
)
from gradaudit.rounds import RepeatedRounds

UNSEEN: Final = 255
"""Status of a parameter that a column says nothing of."""
WORST_FIRST: Final = (NAN, INF, STALE, NONE, ZERO, OK, FROZEN, SKIPPED, UNSEEN)
"""Where several cells become one, the status that comes first here stays."""
PATIENCE: Final = 128
"""Backwards that may belong to the first step (accumulation)."""


def _rank_of_status() -> npt.NDArray[np.uint8]:
    table = np.full(256, len(WORST_FIRST) - 1, np.uint8)
    table[list(WORST_FIRST)] = np.arange(len(WORST_FIRST))
    return table


RANK_OF_STATUS: Final = _rank_of_status()
"""uint8 [256]: the place of each status in `WORST_FIRST`; those that are not known come last."""
STATUS_OF_RANK: Final = np.array(WORST_FIRST, np.uint8)


class Column(NamedTuple):
    """What one round has shown of every parameter known then.

    `step`, `last`: numbers of its first and last optimizer step; `status`: uint8 [P] of
    `events.Status`, `UNSEEN` for nothing seen; `norm`: float64 [P], L2 norm of the gradient
    (unscaled, before clipping), NaN where there is none or it was not read. Read only.
    """

    step: int
    last: int
    status: ByteArray
    norm: FloatArray


class Columns:
    """Turns the events of a run into columns. See the notes at the top."""

    def __init__(self, first_step: int = 0) -> None:
        self.parameters: list[ParameterInfo] = []
        self._offset = first_step
        self._last = first_step - 1
        self._round: list[tuple[StepTaken, ByteArray]] = []
        """The steps of the column that is open, and what each consumed."""
        self._in_round: set[int] = set()
        self._taken: BoolArray = np.zeros(0, np.bool_)
        self._backward: BackwardEnded | None = None
        """The last one of the column that is open."""
        self._bad: ByteArray | None = None
        """NAN or INF where a backward of this column had one, else OK."""
        self._next_backward: BackwardEnded | None = None
        self._next_bad: ByteArray | None = None
        self._waiting: list[BackwardEnded] = []
        self._stepped = False
        self._stale: BoolArray = np.zeros(0, np.bool_)
        self._any_stale = False
        self._holders: dict[int, npt.NDArray[np.int32]] = {}
        self._whole: npt.NDArray[np.int32] | None = None
        self._awaited: BoolArray | None = None
        """Parameters that some known optimizer holds; None: to be computed anew."""

    def feed(self, event: Event) -> list[Column]:
        """Take one event into account; the columns that it closes, most often none or one."""
        kind = type(event)
        if kind is BackwardEnded:
            return self._backward_ended(event)  # pyright: ignore[reportArgumentType]
        if kind is StepTaken:
            return self._step_taken(event)  # pyright: ignore[reportArgumentType]
        if isinstance(event, GradientsReset):
            reset = event.reset
            self._stale[: len(reset)] &= ~reset[: len(self._stale)]
        elif isinstance(event, OptimizerSeen):
            self._holders[event.optimizer] = event.held
            self._awaited = None
        elif isinstance(event, ParametersAdded):
            self.parameters.extend(event.parameters)
            n = len(self.parameters)
            self._stale, self._taken = padded(self._stale, n), padded(self._taken, n)
            self._awaited = None
        elif isinstance(event, RunEnded):
            return self.finish()
        return []

    def repeat(self, rounds: RepeatedRounds) -> list[Column]:
        """As `feed` with the events of these rounds one by one: the columns that they close."""
        whole = self._is_everything(rounds.step.held, len(self.parameters))
        if not whole or len(self._round) != 1 or self._any_stale or self._bad is not None:
            return [column for event in rounds.expand() for column in self.feed(event)]
        closed = [self._closed()]
        status = rounds.step.status
        for k in range(rounds.count - 1):
            step = self._offset + rounds.step.step + 1 + k
            self._last = max(self._last + 1, step)
            closed.append(Column(self._last, max(self._last, step), status, rounds.norms[k][-1]))
        for event in rounds.last:
            self.feed(event)
        return closed

    def finish(self) -> list[Column]:
        """What is left when no event comes any more. May be called twice."""
        closed = [self._closed()] if self._round else []
        if self._waiting and not self._stepped:
            closed += self._each_for_itself()
        elif self._next_backward is not None:
            self._begin()
            closed.append(self._closed())
        return closed

    @property
    def number(self) -> int:
        """Of the last column that was closed; one less than `first_step` before there was one."""
        return self._last

    def rest(self) -> list[Column]:
        """What `finish` would say now; the run may go on."""
        copied = copy.copy(self)
        copied._stale, copied._taken = self._stale.copy(), self._taken.copy()
        copied._in_round, copied._waiting = set(self._in_round), list(self._waiting)
        return copied.finish()

    # ------------------------------------------------------------------ events

    def _backward_ended(self, event: BackwardEnded) -> list[Column]:
        if event.error is not None and not event.arrived.any():
            return []
        status = event.status
        if status.any():  # most often all are OK, and this alone is asked
            stale = status == STALE
            if stale.any():
                self._stale[: len(stale)] |= stale
                self._any_stale = True
        if self._round and self._round[-1][0].inside_backward:
            self._backward, self._bad = event, _worse(self._bad, status)
            return []
        self._next_backward, self._next_bad = event, _worse(self._next_bad, status)
        if self._stepped:
            return []
        self._waiting.append(event)
        return self._each_for_itself() if len(self._waiting) > PATIENCE else []

    def _step_taken(self, event: StepTaken) -> list[Column]:
        if not len(event.held):
            return []
        closed: list[Column] = []
        if self._round and (event.optimizer in self._in_round or self._taken[event.held].any()):
            closed.append(self._closed())
        if not self._round:
            self._begin()
        elif self._next_backward is not None:
            self._backward, self._next_backward = self._next_backward, None
            if self._next_bad is not None:
                self._bad, self._next_bad = _worse(self._bad, self._next_bad), None
        self._stepped = True
        self._waiting.clear()
        self._round.append((event, self._consumed(event)))
        self._in_round.add(event.optimizer)
        self._taken[event.held] = True
        if self._holders.get(event.optimizer) is not event.held:
            self._holders[event.optimizer] = event.held
            self._awaited = None
        return closed

    def _consumed(self, event: StepTaken) -> ByteArray:
        """What this step finds: the probe tells of stale sums at the backward that made them."""
        if not self._any_stale:
            return event.status
        stale = self._stale[event.held] & ((event.status == OK) | (event.status == ZERO))
        self._stale[event.held] = False
        self._any_stale = bool(self._stale.any())
        return np.where(stale, np.uint8(STALE), event.status)

    def _begin(self) -> None:
        """A new column: what came since the last one belongs to it."""
        self._backward, self._next_backward = self._next_backward, None
        self._bad, self._next_bad = self._next_bad, None

    def _each_for_itself(self) -> list[Column]:
        """The backwards that have waited for a first step, as columns."""
        closed: list[Column] = []
        for one in self._waiting:
            self._next_backward, self._next_bad = one, _worse(None, one.status)
            self._begin()
            closed.append(self._closed())
        self._waiting.clear()
        return closed

    # ------------------------------------------------------------------ a column

    def _closed(self) -> Column:
        n = len(self.parameters)
        status, norm = self._cells(n)
        first = last = self._backward.step if self._backward is not None else 0
        if self._round:
            first, last = self._round[0][0].step, self._round[-1][0].step
        step = max(self._last + 1, self._offset + first)
        self._last = step
        self._round, self._bad, self._backward = [], None, None
        self._in_round.clear()
        self._taken[:] = False
        status.setflags(write=False)
        norm.setflags(write=False)
        return Column(step, max(step, self._offset + last), status, norm)

    def _cells(self, n: int) -> tuple[ByteArray, FloatArray]:
        """Status and norm of each parameter in the column that is open."""
        if len(self._round) == 1 and self._bad is None:
            step, consumed = self._round[0]
            if self._is_everything(step.held, n):
                return consumed, step.norm
        status, norm = self._base(n)
        for step, consumed in self._round:
            held = slice(None) if self._is_everything(step.held, n) else step.held
            status[held] = consumed
            norm[held] = step.norm
        if self._bad is not None:
            bad = _longer(self._bad, n)
            for code, value in ((INF, np.inf), (NAN, np.nan)):
                where = (bad == code) & (status != NAN)
                status[where], norm[where] = code, value
        return status, norm

    def _is_everything(self, held: npt.NDArray[np.int32], n: int) -> bool:
        """All parameters in their order, as most optimizers hold them: an index is dear."""
        if held is not self._whole and len(held) == n and (held == np.arange(n)).all():
            self._whole = held
        return held is self._whole and len(held) == n

    def _base(self, n: int) -> tuple[ByteArray, FloatArray]:
        """What the last backward says of parameters that no optimizer of the round holds."""
        status, norm = np.full(n, UNSEEN, np.uint8), np.full(n, np.nan)
        backward = self._backward
        if backward is None or (self._round and len(self._round[0][0].held) == n):
            return status, norm
        k = min(n, len(backward.status))
        status[:k], norm[:k] = backward.status[:k], backward.norm[:k]
        if self._round:
            silent = self._awaited_by_others(n) & (IS_NOTHING[status] | (status == STALE))
            if silent.any():
                status[silent], norm[silent] = UNSEEN, np.nan
        return status, norm

    def _awaited_by_others(self, n: int) -> BoolArray:
        if self._awaited is None:
            self._awaited = np.zeros(n, np.bool_)
            for held in self._holders.values():
                self._awaited[held] = True
        return self._awaited


def _worse(worst: ByteArray | None, status: ByteArray) -> ByteArray | None:
    """NAN and INF of both, NAN before INF; None where there is neither."""
    if not status.any():
        return worst
    bad = IS_BAD[status]
    if not bad.any():
        return worst
    found = np.where(bad, status, np.uint8(OK))
    if worst is None:
        return found
    n = max(len(worst), len(found))
    one, other = _longer(worst, n), _longer(found, n)
    return np.where((one == NAN) | ((one == INF) & (other != NAN)), one, other)


def _longer(bad: ByteArray, n: int) -> ByteArray:
    if len(bad) == n:
        return bad
    longer = np.full(n, OK, np.uint8)
    longer[: len(bad)] = bad
    return longer


__all__ = [
    "PATIENCE",
    "RANK_OF_STATUS",
    "STATUS_NAMES",
    "STATUS_OF_RANK",
    "UNSEEN",
    "WORST_FIRST",
    "Column",
    "Columns",
]
