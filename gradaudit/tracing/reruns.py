"""Reentrant checkpoints: one node, behind which a whole forward is run again in the backward.

That second run is not traced. What was called inside is known from the first one.
"""

from __future__ import annotations

from collections.abc import Sequence

from gradaudit.tracing.calls import Call, Origin
from gradaudit.tracing.node_risks import can_create, is_steep

CHECKPOINT = "CheckpointFunction"
CALLS_KEPT = 10_000


class Reruns:
    """Which calls were made inside a checkpoint, by the key of its node. Holds no tensor."""

    def __init__(self) -> None:
        self._calls: list[Origin] = []
        self._inside: dict[int, tuple[int, int]] = {}

    def note(self, call: Call, fresh: Sequence[int]) -> None:
        """A call has ended."""
        if call.name == CHECKPOINT:
            # Calls are numbered when they begin: those from here on were made inside.
            first = len(self._calls)
            while first and self._calls[first - 1].number > call.number:
                first -= 1
            for key in fresh:
                self._inside[key] = first, len(self._calls)
        elif not call.fresh and len(self._calls) < CALLS_KEPT and _is_risky(call):
            self._calls.append(Origin(call.number, call.name, call.place, call.module))

    def holds(self, key: int) -> bool:
        """Is it the node of a checkpoint?"""
        return key in self._inside

    def suspect(self, key: int) -> Origin | None:
        """The only line inside whose backward can make something non-finite of a finite loss."""
        first, end = self._inside[key]
        calls = self._calls[first:end]
        suspects = [c for c in calls if is_steep(c.name)] or calls
        places = {(c.place.code, c.place.line) for c in suspects if c.place is not None}
        return suspects[0] if len(places) == 1 else None


def _is_risky(call: Call) -> bool:
    if not can_create(call.name, custom=False):
        return False
    exponent = call.args[1] if call.name.startswith("pow") and len(call.args) > 1 else 0
    return not (isinstance(exponent, int | float) and exponent >= 1)
