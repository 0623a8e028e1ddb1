"""Several processes: how `raise_on` stops all of them at the same step, and none waits for ever."""

from __future__ import annotations

from typing import Any

import torch
import torch.distributed as dist

from gradaudit.errors import GradAuditError
from gradaudit.events import Event
from gradaudit.findings import Finding, Severity


def several_ranks() -> bool:
    """Does this process train together with others?"""
    return dist.is_available() and dist.is_initialized() and dist.get_world_size() > 1


class Together:
    """A sink that notes what would raise; `raise_if_any` asks all ranks and raises on all.

    `threshold`: "error" or "warning".
    """

    may_lag, hears_events = True, False

    def __init__(self, threshold: str) -> None:
        self._threshold = Severity(threshold)
        self._bad: list[Finding] = []

    def emit(self, record: Event | Finding) -> None:
        """Note a finding that is bad enough."""
        if isinstance(record, Finding) and record.severity.rank >= self._threshold.rank:
            self._bad.append(record)

    def close(self) -> None:
        """Nothing to do."""

    def raise_if_any(self, device: Any) -> None:
        """To be called by every rank, equally often. One number is reduced over all of them.

        Raises:
            GradAuditError: a rank has found something bad enough; on every rank.

        """
        found = torch.tensor(len(self._bad), device=device)
        dist.all_reduce(found, dist.ReduceOp.MAX)
        if not int(found):
            return
        if self._bad:
            more = f" (and {len(self._bad) - 1} more)" if len(self._bad) > 1 else ""
            raise GradAuditError(f"{self._bad[0]}{more}", tuple(self._bad))
        raise GradAuditError("stopped because another rank has a finding; its own error names it")
