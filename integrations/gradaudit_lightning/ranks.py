"""Several processes that train together: who tells of a finding, and how all of them stop.

They speak through the key-value store that `torch.distributed` was set up with. Writing to it and
looking into it makes no rank wait for another; a collective would. There is one collective, and
only where `raise_on` is set: see `Ranks.raise_together`.

[Note: Who tells] Rank 0 tells a finding at once and leaves its name in the store. Another rank
holds its own back for a batch, and tells only what is not in the store by then: what it alone has
found. At the end it waits a little for rank 0 to have said all.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import torch

from gradaudit.errors import GradAuditError
from gradaudit.events import Event
from gradaudit.findings import Finding, Severity

PATIENCE = 10.0
"""Seconds that a rank waits at the end of a fit for rank 0 to have told its findings."""
PATIENCE_AFTER_ERROR = 1.0
BATCHES_HELD = 1
_PAUSE = 0.02

_fits = itertools.count()
"""Fits that this process has audited: as many on each rank, so that each has keys of its own."""


class Ranks:
    """One fit of several processes, as one of them sees it. A sink, for `raise_on`."""

    may_lag, hears_events = True, False

    def __init__(self, rank: int, world_size: int, raise_on: str | None) -> None:
        self.rank, self.world_size = rank, world_size
        self._threshold = None if raise_on is None else Severity(raise_on)
        self._bad: Finding | None = None
        self._held: list[tuple[int, Finding]] = []
        self._batch = 0
        self._prefix = f"gradaudit/lightning/{next(_fits)}/"
        self._store: Any = _store()

    # ------------------------------------------------------------------ the sink

    def emit(self, record: Event | Finding) -> None:
        """Note the first finding that `raise_on` asks for."""
        if self._threshold is None or self._bad is not None or not isinstance(record, Finding):
            return
        if record.severity.rank >= self._threshold.rank:
            self._bad = record

    def close(self) -> None:
        """Nothing to do."""

    def raise_together(self, trainer: Any) -> None:
        """All ranks or none, at a point that each of them reaches equally often.

        Raises:
            GradAuditError: a rank has a finding that `raise_on` asks for.

        """
        if self._threshold is None:
            return
        key = f"{self._prefix}raised"
        own = self._bad
        if own is not None:
            self._set(key, f"{own} (found by rank {self.rank})")
        if trainer.strategy.reduce_boolean_decision(own is not None, all=False):
            text = str(own) if own is not None else self._get(key)
            raise GradAuditError(text, () if own is None else (own,))

    # ------------------------------------------------------------------ telling

    def tell(self, finding: Finding, tell: Callable[[Finding], None]) -> None:
        """Now, on rank 0; later or never, on another one. See [Note: Who tells]."""
        if self.rank == 0:
            self._set(self._key(finding), "1")
            tell(finding)
        elif finding.severity is not Severity.INFO:
            self._held.append((self._batch, finding))

    def batch_is_over(self, tell: Callable[[Finding], None]) -> None:
        """Tell what has been held back for long enough and is this rank's own."""
        self._batch += 1
        if self._held and self._held[0][0] + BATCHES_HELD < self._batch:
            self._tell_own(tell, before=self._batch - BATCHES_HELD)

    def fit_is_over(self, tell: Callable[[Finding], None], *, failed: bool) -> None:
        """Tell what is left. Waits no longer than `PATIENCE`."""
        over = f"{self._prefix}over"
        if self.rank == 0:
            self._set(over, "1")
            return
        if self._held:
            until = time.monotonic() + (PATIENCE_AFTER_ERROR if failed else PATIENCE)
            while self._has(over) is False and time.monotonic() < until:
                time.sleep(_PAUSE)
            self._tell_own(tell, before=self._batch + 1)

    def _tell_own(self, tell: Callable[[Finding], None], *, before: int) -> None:
        due = [one for batch, one in self._held if batch < before]
        self._held = [(batch, one) for batch, one in self._held if batch >= before]
        for finding in due:
            if not self._has(self._key(finding)):
                tell(replace(finding, code=f"[rank {self.rank}] {finding.code}"))

    def _key(self, finding: Finding) -> str:
        names, cause = ",".join(finding.parameters), finding.cause
        where = "" if cause is None else f"{cause.kind}:{cause.file}:{cause.line}"
        return f"{self._prefix}told/{finding.code}/{finding.severity.value}/{where}/{names}"

    # ------------------------------------------------------------------ the store

    def _set(self, key: str, text: str) -> None:
        try:
            self._store.set(key, text)
        except Exception:  # the process that keeps it is gone, or there is none
            self._store = None

    def _has(self, key: str) -> bool | None:
        """None: there is no store to ask."""
        try:
            return bool(self._store.check([key]))
        except Exception:
            self._store = None
            return None

    def _get(self, key: str) -> str:
        if self._has(key):
            return bytes(self._store.get(key)).decode()
        return f"another rank of {self.world_size} has a finding that raise_on asks for"


def _store() -> Any:
    """The one of the default process group; None where torch has none, or keeps it elsewhere."""
    if not torch.distributed.is_available() or not torch.distributed.is_initialized():
        return None
    try:
        from torch.distributed import distributed_c10d

        return distributed_c10d._get_default_store()
    except (ImportError, AttributeError, RuntimeError, ValueError):
        return None
