"""What the loggers of a Trainer get: a few numbers for all, and two for each parameter."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from gradaudit.events import BoolArray, ByteArray, Event, FloatArray, Status, StepTaken
from gradaudit.findings import Finding, Severity

MOST = 256
"""Names that are logged one by one; of a larger model its modules are."""

_WORST_FIRST = (
    Status.NAN, Status.INF, Status.STALE, Status.NONE, Status.ZERO, Status.OK, Status.FROZEN,
    Status.SKIPPED,
)  # fmt: skip
_RANK = np.zeros(len(Status), np.uint8)
_RANK[[int(one) for one in _WORST_FIRST]] = range(len(_WORST_FIRST))
_BY_RANK = np.array([int(one) for one in _WORST_FIRST], np.uint8)

Group = tuple[str, npt.NDArray[np.int64]]


class Summary:
    """A sink that adds up what the steps of the optimizers have used.

    `steps`: how many there were so far. The counts are the worst since `scalars` was called last,
    so that a bad step between two of them is not lost.
    """

    def __init__(self) -> None:
        self.steps = 0
        self._worst: npt.NDArray[np.int64] = np.zeros(len(Status), np.int64)
        self._squares: dict[int, float] = {}
        self._loud: set[tuple[str, tuple[str, ...]]] = set()
        self._status: ByteArray = np.zeros(0, np.uint8)
        self._norm: FloatArray = np.zeros(0)
        self._seen: BoolArray = np.zeros(0, np.bool_)
        self._groups: list[Group] = []

    def emit(self, record: Event | Finding) -> None:
        """Take one record into account."""
        if isinstance(record, StepTaken):
            self.steps += 1
            counts = np.bincount(record.status, minlength=len(Status))
            np.maximum(self._worst, counts, out=self._worst)
            norm = record.norm
            self._squares[record.optimizer] = float(np.square(norm[np.isfinite(norm)]).sum())
            self._note(record)
        elif isinstance(record, Finding) and record.severity is not Severity.INFO:
            self._loud.add((record.code, record.parameters))

    def close(self) -> None:
        """Nothing to do."""

    def scalars(self) -> dict[str, float]:
        """Name -> finite number; the counts begin anew."""
        worst = self._worst
        numbers = {
            "gradaudit/none": float(worst[Status.NONE]),
            "gradaudit/zero": float(worst[Status.ZERO]),
            "gradaudit/stale": float(worst[Status.STALE]),
            "gradaudit/nonfinite": float(worst[Status.NAN] + worst[Status.INF]),
            "gradaudit/problems": float(len(self._loud)),
        }
        self._worst = np.zeros(len(Status), np.int64)
        total = math.sqrt(sum(self._squares.values()))
        if math.isfinite(total):
            numbers["gradaudit/total_norm"] = total
        return numbers

    def per_parameter(self, names: Callable[[], Sequence[str]]) -> dict[str, float]:
        """Status and norm of each parameter at the last step of its optimizer, as plain numbers.

        A norm that is none, or not finite, is left out: the status says why. `names` gives the
        display names in the order of the index; it is asked when parameters have been added.
        """
        if not self._groups or sum(len(members) for _, members in self._groups) != len(self._seen):
            self._groups = grouped(list(names())[: len(self._seen)], MOST)
        numbers: dict[str, float] = {}
        for label, members in self._groups:
            seen = members[self._seen[members]]
            if not len(seen):
                continue
            status = int(_BY_RANK[_RANK[self._status[seen]].min()])
            numbers[f"gradaudit/status/{label}"] = float(status)
            norm = math.sqrt(float(np.square(self._norm[seen]).sum()))
            if math.isfinite(norm) and status not in (Status.NONE, Status.NAN, Status.INF):
                numbers[f"gradaudit/norm/{label}"] = norm
        return numbers

    def _note(self, event: StepTaken) -> None:
        held = event.held
        if not len(held):
            return
        n = int(held.max()) + 1
        if n > len(self._seen):
            more = n - len(self._seen)
            self._status = np.concatenate([self._status, np.zeros(more, np.uint8)])
            self._norm = np.concatenate([self._norm, np.zeros(more)])
            self._seen = np.concatenate([self._seen, np.zeros(more, np.bool_)])
        self._status[held], self._norm[held], self._seen[held] = event.status, event.norm, True


def grouped(names: Sequence[str], most: int) -> list[Group]:
    """Label -> indices: each name by itself, or so many parts of it that at most `most` remain."""
    deepest = max((name.count(".") for name in names), default=0)
    for depth in range(deepest + 1, 0, -1):
        groups: dict[str, list[int]] = {}
        for index, name in enumerate(names):
            groups.setdefault(".".join(name.split(".")[:depth]), []).append(index)
        if len(groups) <= most:
            return [(label, np.array(members)) for label, members in groups.items()]
    return [("all", np.arange(len(names)))] if names else []
