"""A birth whose answers are still on a device when its backward is over."""

from __future__ import annotations

from typing import Protocol

from gradaudit.events import TraceRecorded
from gradaudit.tracing.blame import Birth
from gradaudit.tracing.endings import Ending
from gradaudit.tracing.late_answers import LateAnswers


class Teller(Protocol):
    """Who makes the record."""

    def told(self, event: TraceRecorded, birth: Birth | None) -> TraceRecorded:
        """The record with a birth."""
        ...


class LateBirth:
    """See `gradaudit.probes.late.Awaited`."""

    def __init__(self, ending: Ending, answers: LateAnswers, teller: Teller) -> None:
        self._ending, self._answers, self._teller = ending, answers, teller

    def is_ready(self) -> bool:
        """Never waits."""
        return self._answers.is_ready()

    def wait(self) -> None:
        """Until the answers are there."""
        self._answers.wait()

    def give_up(self) -> None:
        """They will not come."""
        self._answers.give_up()

    def whole(self, event: TraceRecorded) -> tuple[TraceRecorded]:
        """The record of this backward, complete."""
        answers = self._answers.read()
        if answers is None:
            self._ending.never_answered()
            return (event,)
        return (self._teller.told(event, self._ending.answered(answers)),)
