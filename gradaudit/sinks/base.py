"""WHO HEARS? A sink has one verb. Fan-out is itself a sink, so sinks can be put together freely.

Order: events reach a sink in the order in which they happened, and a finding after the event that
showed it. A sink that raises is switched off and told of as GA901; training goes on.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, runtime_checkable

from gradaudit.events import Event
from gradaudit.findings import Finding


class Sink(Protocol):
    """Anything that wants to hear of events and findings."""

    def emit(self, record: Event | Finding) -> None:
        """Take one record. A finding comes again when its severity has risen."""
        ...

    def close(self) -> None:
        """The run is over. May be called twice."""
        ...


@runtime_checkable
class StateSink(Sink, Protocol):
    """A sink that shows the state of the run, not only its news."""

    def opened(self, findings: Callable[[], tuple[Finding, ...]]) -> None:
        """Called once, before the first record. `findings()` gives them as they are at any time.

        What was found and later withdrawn is gone there, counts and last steps are up to date.
        """
        ...
