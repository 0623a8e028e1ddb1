"""What the loggers of a Trainer get: a few numbers for all, and two for each parameter."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from gradaudit.columns import RANK_OF_STATUS, STATUS_OF_RANK
from gradaudit.events import Event, Status, StepTaken
from gradaudit.findings import Finding, Severity

MOST = 256
"""Names that are logged one by one; of a larger model its modules are."""

Group = tuple[str, npt.NDArray[np.int64]]


class Summary:
    """A sink that adds up what the steps of the optimizers have used.

    `steps`: how many there were so far. The counts are the worst since `scalars` was called last,
    so that a bad step between two of them is not lost.
    """

    may_lag = True

    def __init__(self) -> None:
        self.steps = 0
        self._worst: npt.NDArray[np.int64] = np.zeros(len(Status), np.int64)
        self._last: dict[int, StepTaken] = {}
        """The last step of each optimizer."""
        self._loud: set[tuple[str, tuple[str, ...]]] = set()
        self._groups: list[Group] = []

    def emit(self, record: Event | Finding) -> None:
        """Take one record into account."""
        if isinstance(record, StepTaken):
            self.steps += 1
            counts = np.bincount(record.status, minlength=len(Status))
            np.maximum(self._worst, counts, out=self._worst)
            self._last[record.optimizer] = record
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
        norms = [one.norm[np.isfinite(one.norm)] for one in self._last.values()]
        total = math.sqrt(sum(float(np.square(one).sum()) for one in norms))
        if math.isfinite(total):
            numbers["gradaudit/total_norm"] = total
        return numbers

    def per_parameter(self, names: Sequence[str]) -> dict[str, float]:
        """Status and norm of each parameter at the last step of its optimizer, as plain numbers.

        A norm that is none, or not finite, is left out: the status says why. `names`: the display
        names of all audited parameters, in the order of the index.
        """
        n = len(names)
        if sum(len(members) for _, members in self._groups) != n:
            self._groups = grouped(names, MOST)
        status, norm, seen = np.zeros(n, np.uint8), np.zeros(n), np.zeros(n, np.bool_)
        for one in self._last.values():
            status[one.held], norm[one.held], seen[one.held] = one.status, one.norm, True
        numbers: dict[str, float] = {}
        for label, members in self._groups:
            chosen = members[seen[members]]
            if not len(chosen):
                continue
            worst = int(STATUS_OF_RANK[RANK_OF_STATUS[status[chosen]].min()])
            numbers[f"gradaudit/status/{label}"] = float(worst)
            its_norm = norm[chosen][status[chosen] != Status.NONE]
            total = math.sqrt(float(np.square(its_norm).sum()))
            if len(its_norm) and math.isfinite(total):
                numbers[f"gradaudit/norm/{label}"] = total
        return numbers


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
