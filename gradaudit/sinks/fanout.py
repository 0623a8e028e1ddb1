"""Several sinks as one."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable

from gradaudit.errors import GradAuditError, GradAuditWarning
from gradaudit.events import Event
from gradaudit.findings import Finding
from gradaudit.sinks.base import Sink

OnFailure = Callable[[str, str], None]
"""Takes the part that failed and what it raised, as text."""


class Fanout:
    """Hands every record to each of its sinks, in their order.

    A sink that raises is switched off and told of to `on_failure` once the others have heard;
    the others go on. What a sink raises on purpose (a `GradAuditError`, or a `GradAuditWarning`
    that a warnings filter has made an error) is raised on, after the others have heard.
    """

    def __init__(self, sinks: Iterable[Sink], on_failure: OnFailure | None = None) -> None:
        self._sinks = list(sinks)
        self._on_failure = on_failure or _log

    def emit(self, record: Event | Finding) -> None:
        """Hand one record to every sink."""
        self._each(lambda sink: sink.emit(record))

    def close(self) -> None:
        """Close every sink."""
        self._each(lambda sink: sink.close())

    def _each(self, do: Callable[[Sink], None]) -> None:
        meant: Exception | None = None
        failures: list[tuple[str, str]] = []
        for sink in tuple(self._sinks):
            try:
                do(sink)
            except (GradAuditError, GradAuditWarning) as error:
                meant = meant or error
            except Exception as error:
                self._sinks.remove(sink)
                failures.append((f"sink {type(sink).__name__}", f"{type(error).__name__}: {error}"))
        for part, error in failures:
            self._on_failure(part, error)
        if meant is not None:
            raise meant


def _log(part: str, error: str) -> None:
    logging.getLogger("gradaudit").warning("%s raised and was switched off: %s", part, error)
