"""Several sinks as one: order, and what happens when one breaks."""

from __future__ import annotations

import logging

import pytest

from gradaudit.errors import GradAuditWarning
from gradaudit.events import Event, RunStarted
from gradaudit.findings import Finding
from gradaudit.sinks.fanout import Fanout


class Listing:
    """A sink that remembers what it heard."""

    def __init__(self, heard: list[object]) -> None:
        self.heard = heard

    def emit(self, record: Event | Finding) -> None:
        self.heard.append((self, record))

    def close(self) -> None:
        self.heard.append((self, None))


class Broken(Listing):
    """A sink that raises."""

    def __init__(self, heard: list[object], error: Exception) -> None:
        super().__init__(heard)
        self.error = error

    def emit(self, record: Event | Finding) -> None:
        super().emit(record)
        raise self.error


def test_every_sink_hears_in_order() -> None:
    """Each record goes to each sink, in the order of the sinks."""
    heard: list[object] = []
    first, second = Listing(heard), Listing(heard)
    both = Fanout([first, second])
    both.emit(RunStarted())
    both.close()
    expected = [(first, RunStarted()), (second, RunStarted()), (first, None), (second, None)]
    assert heard == expected


def test_a_broken_sink_is_switched_off_and_told_of_once() -> None:
    """The others hear all; the broken one hears no more and is told of once."""
    heard: list[object] = []
    failures: list[tuple[str, str]] = []
    broken, whole = Broken(heard, OSError("disk full")), Listing(heard)
    both = Fanout([broken, whole], lambda part, error: failures.append((part, error)))
    both.emit(RunStarted(step=0))
    both.emit(RunStarted(step=1))
    assert failures == [("sink Broken", "OSError: disk full")]
    assert [sink for sink, _ in heard] == [broken, whole, whole]  # type: ignore[misc]


def test_without_a_listener_a_failure_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    """Nothing fails in silence."""
    with caplog.at_level(logging.WARNING, "gradaudit"):
        Fanout([Broken([], OSError("disk full"))]).emit(RunStarted())
    assert "disk full" in caplog.text


def test_a_warning_that_the_user_made_an_error_is_raised() -> None:
    """`-W error` raises, after the other sinks have heard, and every time."""
    heard: list[object] = []
    both = Fanout([Broken(heard, GradAuditWarning("GA301")), Listing(heard)])
    for count in (2, 4):
        with pytest.raises(GradAuditWarning):
            both.emit(RunStarted())
        assert len(heard) == count
