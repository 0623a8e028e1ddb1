"""GA702: a leaf that requires grad was changed in place while gradients were recorded."""

from __future__ import annotations

from collections.abc import Iterator

from gradaudit.events import AutogradRaised, Event
from gradaudit.findings import Severity, Verdict
from gradaudit.history import History
from gradaudit.rules.base import Rule, RuleInfo
from gradaudit.rules.words import these


class InplaceOnLeaf(Rule):
    """The operation itself raised."""

    info = RuleInfo(
        "GA702",
        "inplace-on-leaf",
        "an operation raised: it would change a leaf that requires grad in place",
        Severity.ERROR,
    )
    hears = (AutogradRaised,)

    def check(self, event: Event, history: History) -> Iterator[Verdict]:
        """At the error."""
        if not isinstance(event, AutogradRaised) or event.rule != self.info.code:
            return
        cause = event.cause
        leaf = f"`{event.tensor}`" if event.tensor else "a tensor"
        if len(event.parameters) and not event.tensor:
            leaf = these(history, event.parameters.tolist())
        by = f"`{cause.op}`" if cause is not None and cause.op else "an in-place operation"
        where = f" at {cause.file}:{cause.line}" if cause is not None and cause.line else ""
        part = "a part of " if "a view of a leaf" in event.error else ""
        yield Verdict(
            severity=Severity.ERROR,
            message=f"{by}{where} raised: it changes {part}{leaf} in place, which is a leaf that "
            "requires grad, so autograd could not give it a gradient any more",
            fix="where it is a step of the computation, write the result to a new tensor "
            "(`z = x - y`, or change `x.clone()`); where it is an update or an initialisation, "
            "do it under `torch.no_grad()`",
            parameters=tuple(event.parameters.tolist()),
            cause=cause,
            key=cause,
            evidence={"tensor": event.tensor, "error": event.error},
        )
