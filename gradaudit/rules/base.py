"""What a rule is: numbers in, verdicts out. No torch, no input, no output."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from gradaudit.findings import Severity, Verdict

if TYPE_CHECKING:
    from gradaudit.events import Event
    from gradaudit.history import History
    from gradaudit.rounds import RepeatedRounds


@dataclass(frozen=True, slots=True)
class RuleInfo:
    """The catalogue's line for one code.

    `severity` is the default one: what the usual finding of this rule has.
    """

    code: str
    name: str
    summary: str
    severity: Severity
    since: str = "0.1.0"

    @property
    def page(self) -> str:
        """The rule's page, relative to the repository."""
        return f"docs/rules/{self.code}.md"


class Rule(ABC):
    """One illness. A fresh object per run; it may remember, but only what events told it.

    [Note: Two kinds of rule] An *incident* rule answers in `check`, event by event; the auditor
    joins verdicts of one key and counts them. A *state* rule answers in `conclude` from what the
    history has counted; what it says replaces what it said before, so it can take a suspicion
    back. `final` is True when the run is over (or a report is asked for): shorter runs are judged
    as a whole then.
    """

    info: ClassVar[RuleInfo]
    hears: ClassVar[tuple[type[Event], ...]] = ()
    """The kinds of event that `check` is called with: others cost nothing."""

    @abstractmethod
    def check(self, event: Event, history: History) -> Iterable[Verdict]:
        """What this event shows. `history` already contains the event."""

    def conclude(self, history: History, *, final: bool) -> Iterable[Verdict]:
        """What the run so far shows."""
        return ()

    def may_repeat(self, rounds: RepeatedRounds, history: History) -> bool:
        """Would `check` yield nothing for each event of these rounds, and does `repeat` know what
        it would remember? `history` is as it was before them. Else they are told one by one.
        """
        return False

    def repeat(self, rounds: RepeatedRounds, history: History) -> None:
        """Remember what `check` would have. `history` already contains the rounds."""
        return


class StateRule(Rule, ABC):
    """A rule that answers from the history alone; see [Note: Two kinds of rule]."""

    def check(self, event: Event, history: History) -> Iterator[Verdict]:
        """Nothing: a state rule waits for `conclude`."""
        return iter(())

    @abstractmethod
    def conclude(self, history: History, *, final: bool) -> Iterable[Verdict]:
        """What the run so far shows."""
