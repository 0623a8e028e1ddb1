"""GA703: a backward needs a part of the graph that an earlier backward has freed."""

from __future__ import annotations

from collections.abc import Iterator

from gradaudit.events import AutogradRaised, Event
from gradaudit.findings import Severity, Verdict
from gradaudit.history import History
from gradaudit.rules.base import Rule, RuleInfo
from gradaudit.rules.words import at

LOOP = (
    "where no gradient is meant to flow into earlier rounds, detach it (`h = h.detach()`) before "
    "it is used again; otherwise compute it in every round, or add the losses up for one backward"
)
TWICE = (
    "add the losses up and run one backward, or give the earlier one `retain_graph=True` (only "
    "where both are of the same step); where no gradient is meant to flow, detach it"
)


class BackwardThroughFreedGraph(Rule):
    """Backward raised: which value was built once and used by two backwards."""

    info = RuleInfo(
        "GA703",
        "backward-through-freed-graph",
        "backward raised: an earlier backward has freed a part of its graph",
        Severity.ERROR,
    )
    hears = (AutogradRaised,)

    def check(self, event: Event, history: History) -> Iterator[Verdict]:
        """At the error."""
        if not isinstance(event, AutogradRaised) or event.rule != self.info.code:
            return
        cause, earlier = event.cause, event.earlier_site
        value = f"`{event.tensor}`" if event.tensor else "a value"
        built = ""
        if cause is not None and cause.line is not None:
            built = f", built at {cause.file}:{cause.line},"
        same = earlier is not None and earlier == event.backward_site
        freed = "an earlier backward has freed already"
        if same:
            freed = "the same line has freed already, the time before"
        elif earlier is not None:
            freed = f"the backward{at(earlier)} has freed already"
        yield Verdict(
            severity=Severity.ERROR,
            message=f"the backward{at(event.backward_site)} raised: it leads through the graph of "
            f"{value}{built} which {freed}",
            fix=TWICE if earlier is not None and not same else LOOP,
            parameters=tuple(event.parameters.tolist()),
            cause=cause,
            key=(cause, event.backward_site),
            evidence={
                "tensor": event.tensor,
                "backward": None if event.backward_site is None else str(event.backward_site),
                "earlier": None if earlier is None else str(earlier),
                "error": event.error,
            },
        )
