"""GA406: an attribute that freezes nothing."""

from __future__ import annotations

from collections.abc import Iterator

from gradaudit.events import Event, FreezeIneffective
from gradaudit.findings import Severity, Verdict
from gradaudit.history import History
from gradaudit.rules.base import Rule, RuleInfo
from gradaudit.rules.words import these


class IneffectiveFreeze(Rule):
    """PyTorch lets any attribute be set on a tensor or module and takes no notice."""

    info = RuleInfo(
        "GA406", "ineffective-freeze", "an attribute was set that freezes nothing", Severity.WARNING
    )
    hears = (FreezeIneffective,)

    def check(self, event: Event, history: History) -> Iterator[Verdict]:
        """When the attribute was met."""
        if not isinstance(event, FreezeIneffective):
            return
        indices = event.indices.tolist()
        if event.on_module:
            where = f"module `{event.target}`" if event.target else "the model"
            fix = f"call .requires_grad_({event.value}) on the module: it sets every parameter"
        else:
            where = these(history, indices)
            fix = f"the attribute is called requires_grad: p.requires_grad = {event.value}"
        state = "still trainable" if not event.value else "still frozen"
        yield Verdict(
            severity=Severity.WARNING,
            message=f"`{event.attribute} = {event.value}` on {where} has no effect: its "
            f"parameters are {state}",
            fix=fix,
            parameters=tuple(indices),
            key=(event.attribute, event.target, event.value),
            evidence={"attribute": event.attribute},
        )
