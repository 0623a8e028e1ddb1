"""Where a value that is not finite came from, as far as the events have told (GA201, GA202)."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar

from gradaudit.events import Event, FrontierFound, Site, TraceRecorded
from gradaudit.findings import EMPTY, Cause, Json
from gradaudit.history import History

KEPT = 64
T = TypeVar("T")

FIXES = {
    "attention": "a row is masked throughout: leave one place open for it",
    "logsumexp": "a row is -inf throughout: use a large negative finite number instead",
    "softmax": "a row is masked throughout: leave one place open, or mask with a finite number",
    "sqrt": "the slope of sqrt is infinite at zero: add a small eps inside it",
    "acos": "its slope is infinite at -1 and 1: clamp the argument to inside of them",
    "asin": "its slope is infinite at -1 and 1: clamp the argument to inside of them",
    "std": "the spread of a single element is not defined: take it over two elements at least",
    "log": "give the logarithm a positive number (clamp_min(eps)), or use a function that works on "
    "logits (log_softmax, binary_cross_entropy_with_logits)",
    "exp": "it overflows: subtract the maximum first, or use softmax, logsumexp or softplus",
    "pow": "a power below 1 has an infinite slope at zero and no value below: clamp its base",
    "div": "something is divided by zero or by almost nothing: add a small eps to the divisor",
    "norm": "something is divided by a length or spread of zero: use an eps",
}
"""By a word in the name of the operation; the first that fits."""

INPUT_FIX = (
    "look at what goes in there: data, targets and constants must be finite, and what is to be "
    "ignored must be taken out before it is computed with"
)
IN_WHERE = " (where() does not keep it out: guard the argument, not the result)"


@dataclass(frozen=True, slots=True)
class Whence:
    """`words` complete a message ("" nothing is known), `fix` is one for this cause ("" none)."""

    cause: Cause | None = None
    words: str = ""
    fix: str = ""
    evidence: Mapping[str, Json] = field(default_factory=lambda: EMPTY)

    @property
    def rank(self) -> int:
        """How much it says: 0 nothing, 1 between which parameters, 2 a guess, 3 the place."""
        if self.cause is None:
            return 1 if self.words else 0
        return 3 if self.cause.certain else 2


class Births:
    """Remembers what traces and frontiers told of the last backwards."""

    def __init__(self) -> None:
        self._traces: OrderedDict[int, TraceRecorded] = OrderedDict()
        self._gaps: OrderedDict[int, FrontierFound] = OrderedDict()

    def hear(self, event: Event, history: History) -> bool:
        """Take the event in; True if it told something."""
        if isinstance(event, TraceRecorded):
            birth = event.birth
            if birth is not None and birth.kind == "nonfinite-input" and history.poisoned.any():
                # A parameter that an earlier bad step has spoilt is given to the forward: no news,
                # and no sign either that the value did not come again.
                return False
            _keep(self._traces, event.backward, event)
            return True
        if isinstance(event, FrontierFound):
            _keep(self._gaps, event.backward, event)
            return True
        return False

    def whence(self, backward: int, site: Site | None, history: History) -> Whence:
        """What is known now of the values of that backward, which was called at `site`."""
        own = self._traces.get(backward)
        if own is not None and own.birth is not None:
            return _of_trace(own, "")
        gap = self._gaps.get(backward)
        if gap is not None and gap.cause is not None and gap.cause.certain:
            return _of_gap(gap, history, "")
        later = [
            trace
            for number, trace in self._traces.items()
            if number > backward and (site is None or trace.site is None or trace.site == site)
        ]
        for trace in later:
            if trace.birth is not None:
                found = _of_trace(trace, " (seen when it came again in a traced step)")
                if found.cause is None or not history.poisoned.any():
                    return found
                # The first one has spoilt the weights: this may be another's doing.
                return replace(found, cause=replace(found.cause, certain=False))
        if gap is None:
            return Whence()
        if gap.ranks > 1:
            return Whence(words=f": averaged over {gap.ranks} ranks, any of which may have made it")
        again = " (it did not come again in the step that was traced)" if later else ""
        return _of_gap(gap, history, again)


def _of_trace(trace: TraceRecorded, note: str) -> Whence:
    cause = trace.birth
    assert cause is not None
    evidence: dict[str, Json] = {"born": trace.birth_value, "in_backward": trace.in_backward}
    return Whence(cause, _born(cause, trace.birth_value) + note, _fix(cause), evidence)


def _born(cause: Cause, value: str) -> str:
    word = {"nan": "NaN", "inf": "Inf"}.get(value, "the value")
    line = f" at {cause.file}:{cause.line}" if cause.file is not None else ""
    if cause.kind == "nonfinite-input":
        return f": {word} was already in what {cause.op or 'the forward'} was given{line}"
    return f": {word} was born in {cause.op or 'an operation'}{line}"


def _of_gap(gap: FrontierFound, history: History, note: str) -> Whence:
    names = history.display_names()
    after = names[gap.after] if 0 <= gap.after < len(names) else ""
    before = names[gap.before] if 0 <= gap.before < len(names) else ""
    evidence: dict[str, Json] = {
        "finite_until": after,
        "bad_from": before,
        "nodes": list(gap.nodes),
    }
    cause = gap.cause
    if cause is not None and cause.certain:
        return Whence(cause, _born(cause, "") + note, _fix(cause), evidence)
    words = ""
    if before:
        start = f"`{after}`, the last one that was finite," if after else "the loss"
        words = f": it began between {start} and `{before}`"
    if cause is not None:
        # Where that is, the finding's cause says.
        words += f"{',' if words else ':'} probably in {cause.op or 'the operation'}"
        return Whence(replace(cause, certain=False), words + note, _fix(cause), evidence)
    return Whence(None, words + note if words else "", "", evidence)


def _fix(cause: Cause) -> str:
    if cause.kind == "nonfinite-input":
        return INPUT_FIX
    op = (cause.op or "").lower()
    for word, fix in FIXES.items():
        if word in op:
            guarded = "where(" in cause.source
            return fix + (IN_WHERE if guarded else "")
    return ""


def _keep(store: OrderedDict[int, T], number: int, value: T) -> None:
    store[number] = value
    if len(store) > KEPT:
        store.popitem(last=False)
