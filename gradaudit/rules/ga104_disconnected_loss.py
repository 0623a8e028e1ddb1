"""GA104: the loss reaches no trainable parameter."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from gradaudit.events import BackwardEnded, Event, Site, TraceRecorded
from gradaudit.findings import Cause, Severity, Verdict
from gradaudit.history import History
from gradaudit.rounds import RepeatedRounds
from gradaudit.rules.base import Rule, RuleInfo
from gradaudit.rules.remedies import remedy
from gradaudit.rules.words import at

NO_GRAPH = "does not require grad"
"""What autograd says when nothing below the loss requires grad."""

RAISED = "backward raised: nothing that this loss was computed from requires grad"
HIDDEN = (
    "the loss has no graph of its own (it was made to require grad after the fact), so the "
    "backward reached no parameter"
)
FIX = (
    "compute the loss from tensors that require grad, outside no_grad, without detach(), .data, "
    ".item() or torch.tensor(...) on the way"
)


@dataclass(slots=True)
class _Seen:
    """What the backwards of one line reached."""

    hidden: int = 0
    connected: int = 0
    first: int = 0
    last: int = 0
    verdict: Verdict | None = None


class DisconnectedLoss(Rule):
    """A backward on a loss without a graph: it raised, or `requires_grad_()` hid it.

    A constant that stands in for the loss of an empty batch now and then is none of these.
    """

    info = RuleInfo(
        "GA104",
        "disconnected-loss",
        "the loss reaches no trainable parameter",
        Severity.ERROR,
    )
    hears = (TraceRecorded, BackwardEnded)

    def __init__(self) -> None:
        self._traced: tuple[int, Cause | None] = -1, None
        self._seen: dict[Site | None, _Seen] = {}

    def check(self, event: Event, history: History) -> Iterator[Verdict]:
        """At every backward: told at once where it raised, counted where it did not."""
        if isinstance(event, TraceRecorded):
            self._traced = event.backward, event.loss_cause
        if not isinstance(event, BackwardEnded):
            return
        number, traced = self._traced
        traced = traced if number == event.number else None
        seen = self._seen.setdefault(event.site, _Seen())
        if event.error is not None:
            if NO_GRAPH in event.error and not event.root_requires_grad:
                yield _verdict(event, history, RAISED, traced)
        elif _is_hidden(event, history, traced or (seen.verdict and seen.verdict.cause)):
            seen.first = seen.first if seen.hidden else event.step
            seen.hidden += 1
            seen.last = event.step
            earlier = None if seen.verdict is None else seen.verdict.cause
            seen.verdict = _verdict(event, history, HIDDEN, traced or earlier)
        else:
            seen.connected += 1

    def may_repeat(self, rounds: RepeatedRounds, history: History) -> bool:
        """Unless a backward of these lines was disconnected before."""
        seen = (self._seen.get(one.site) for one in rounds.backwards)
        return all(one is not None and one.verdict is None for one in seen)

    def repeat(self, rounds: RepeatedRounds, history: History) -> None:
        """As many backwards more that had a graph."""
        for one in rounds.backwards:
            self._seen[one.site].connected += rounds.count

    def conclude(self, history: History, *, final: bool) -> Iterator[Verdict]:
        """Losses without a graph that raised nothing, line by line."""
        for seen in self._seen.values():
            if seen.verdict is None or seen.hidden < (1 if final else 2):
                continue
            usual = seen.hidden > seen.connected
            yield Verdict(
                severity=Severity.ERROR if usual else Severity.INFO,
                message=seen.verdict.message,
                fix=seen.verdict.fix,
                parameters=seen.verdict.parameters if usual else (),
                cause=seen.verdict.cause,
                key=seen.verdict.key,
                first_step=seen.first,
                last_step=seen.last,
                count=seen.hidden,
                evidence=seen.verdict.evidence,
            )


def _is_hidden(event: BackwardEnded, history: History, traced: Cause | None) -> bool:
    """The root is a leaf that nobody trains, or is computed from such leaves alone."""
    if event.root_is_leaf and not event.arrived.any():
        return True
    if traced is None or traced.kind != "rewrapped-value":
        return False  # a copy that is trained, or leaves of which nobody has told us
    kinds = [p.kind for p in history.parameters]
    return all(kinds[i] == "stray" for i in event.arrived.nonzero()[0].tolist())


def _verdict(event: BackwardEnded, history: History, how: str, traced: Cause | None) -> Verdict:
    cause = traced
    known = list(enumerate(history.parameters))
    registered = [i for i, p in known if p.kind == "parameter"]
    registered = registered or [i for i, p in known if p.kind == "tensor"]
    trainable = [i for i in registered if i < len(event.expected) and event.expected[i]]
    if registered and not trainable:
        if cause is None or cause.kind != "requires-grad-off":
            cause = Cause("requires-grad-off")
    elif cause is None and not event.root_dtype_differentiable:
        cause = Cause("non-differentiable-op", certain=False)
    return Verdict(
        severity=Severity.ERROR,
        message=f"{how}{at(event.site)}",
        fix=remedy(cause, FIX),
        parameters=tuple(trainable or registered),
        cause=cause,
        key=(event.site, how),
        evidence={"backward": None if event.site is None else str(event.site)},
    )
