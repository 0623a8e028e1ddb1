"""Events in their order, though the values of some of them are still on their way from a device.

[Note: Late] A hook that reads gradients of a device asks for their values and goes on; what it has
to tell waits here until the values are there, and all that is told after it waits behind it. Hooks
that come later, normally those of the next step, hand on what has become complete. Nothing waits
for a device but those whom the user has asked: a report, statuses, a pause, the end.

What the one who is told raises (`raise_on`) is raised when the next step begins, before it is
applied, or else when the audit is closed.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from typing import Protocol

from gradaudit.errors import GradAuditError, GradAuditWarning
from gradaudit.events import Event

Build = Callable[[], Iterable[Event]]


class Awaited(Protocol):
    """Something that is on its way from a device."""

    def is_ready(self) -> bool:
        """Is everything there, or given up? Never waits."""
        ...

    def wait(self) -> None:
        """Until everything is there."""
        ...

    def give_up(self) -> None:
        """It will not come."""
        ...


class LateQueue:
    """Passes events on; from the first that is not complete on, they wait."""

    def __init__(self, tell: Callable[[Event], None]) -> None:
        self._tell = tell
        self._entries: deque[tuple[tuple[Awaited, ...], Build]] = deque()
        self.error: GradAuditError | GradAuditWarning | None = None
        """What was raised when an event was told late."""

    @property
    def waiting(self) -> bool:
        """Is something held back?"""
        return bool(self._entries)

    def feed(self, event: Event) -> None:
        """Tell of it, in its turn."""
        if self._entries:
            self._entries.append(((), lambda: (event,)))
        else:
            self._tell(event)

    def defer(self, readings: tuple[Awaited, ...], build: Build) -> None:
        """Tell what `build` gives when all these have been read, and not before its turn."""
        self._entries.append((readings, build))

    def poll(self) -> None:
        """Tell what is complete now. Never waits."""
        entries = self._entries
        while entries and all(_is_over(reading) for reading in entries[0][0]):
            self._hand_on(entries.popleft()[1])

    def drain(self) -> None:
        """Tell everything; waits for what is still on its way."""
        while self._entries:
            readings, build = self._entries.popleft()
            for reading in readings:
                _wait(reading)
            self._hand_on(build)

    def give_up(self) -> None:
        """Tell everything with what is there, without waiting."""
        for readings, _ in self._entries:
            for reading in readings:
                if not _is_over(reading):
                    reading.give_up()
        self.poll()

    def _hand_on(self, build: Build) -> None:
        for event in build():
            try:
                self._tell(event)
            except (GradAuditError, GradAuditWarning) as error:
                self.error = self.error or error

    def raise_late(self) -> None:
        """Raise what was kept.

        Raises:
            GradAuditError: `raise_on` was reached by an event that was told late.

        """
        error, self.error = self.error, None
        if error is not None:
            raise error


def _is_over(reading: Awaited) -> bool:
    """Is it there, or will it never come? A device in error gives no answer ever again, and its
    error will reach the user from the next operation of his own.
    """
    try:
        return reading.is_ready()
    except RuntimeError:
        reading.give_up()
        return True


def _wait(reading: Awaited) -> None:
    try:
        reading.wait()
    except RuntimeError:
        reading.give_up()
