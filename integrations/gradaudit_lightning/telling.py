"""What is written where people read along: on one rank, and beside the progress bar."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import Literal

from gradaudit.findings import Finding
from gradaudit.probes.watch import Watch
from gradaudit.sinks.python_warnings import WarningSink
from gradaudit_lightning.bar import bar_put_aside
from gradaudit_lightning.ranks import Ranks

OnFinding = Literal["warn", "log", "silent"] | Callable[[Finding], None]


class Teller:
    """`on_finding` for the watch of a fit: "warn" and "log" as `watch` means them.

    A function of the user's is called on every rank, and at once.
    """

    def __init__(self, how: OnFinding, ranks: Ranks | None) -> None:
        self._sink = WarningSink(how)
        self._ranks = ranks if how in ("warn", "log") else None
        self.how = how

    def __call__(self, finding: Finding) -> None:
        """Tell a finding."""
        if self._ranks is None:
            self._tell(finding)
        else:
            self._ranks.tell(finding, self._tell)

    def batch_is_over(self) -> None:
        """Tell what this rank alone has found."""
        if self._ranks is not None:
            self._ranks.batch_is_over(self._tell)

    def end(self, watch: Watch, error: BaseException | None) -> None:
        """Close the watch, which prints the whole report on rank 0, and tell what is left."""
        traceback: TracebackType | None = None if error is None else error.__traceback__
        with bar_put_aside():
            watch.__exit__(None if error is None else type(error), error, traceback)
        if self._ranks is not None:
            self._ranks.fit_is_over(self._tell, failed=error is not None)

    def _tell(self, finding: Finding) -> None:
        with bar_put_aside():
            self._sink.emit(finding)
