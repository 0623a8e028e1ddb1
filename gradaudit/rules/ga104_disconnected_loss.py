"""GA104: the loss reaches no trainable parameter."""

from __future__ import annotations

from collections.abc import Iterator

from gradaudit.events import BackwardEnded, Event
from gradaudit.findings import Cause, Severity, Verdict
from gradaudit.history import History
from gradaudit.rules.base import Rule, RuleInfo
from gradaudit.rules.words import at

NO_GRAPH = "does not require grad"
"""What autograd says when nothing below the loss requires grad."""


class DisconnectedLoss(Rule):
    """A backward on a loss without a graph: it raised, or `requires_grad_()` hid it."""

    info = RuleInfo(
        "GA104",
        "disconnected-loss",
        "the loss reaches no trainable parameter",
        Severity.ERROR,
    )
    hears = (BackwardEnded,)

    def check(self, event: Event, history: History) -> Iterator[Verdict]:
        """At every backward."""
        if not isinstance(event, BackwardEnded):
            return
        if event.error is not None and NO_GRAPH in event.error and not event.root_requires_grad:
            how = "backward raised: nothing that this loss was computed from requires grad"
        elif event.root_is_leaf and not event.arrived.any() and event.error is None:
            how = (
                "the loss has no graph of its own (it was made to require grad after the fact), "
                "so the backward reached no parameter"
            )
        else:
            return
        cause = None
        registered = [i for i, p in enumerate(history.parameters) if p.kind == "parameter"]
        trainable = [i for i in registered if i < len(event.expected) and event.expected[i]]
        if registered and not trainable:
            cause = Cause("requires-grad-off")
        elif not event.root_dtype_differentiable:
            cause = Cause("non-differentiable-op", certain=False)
        yield Verdict(
            severity=Severity.ERROR,
            message=f"{how}{at(event.site)}",
            fix="unfreeze what should learn" if cause is not None and history.n
            else "compute the loss from tensors that require grad, outside no_grad, without "
            "detach(), .data, .item() or torch.tensor(...) on the way",
            parameters=tuple(trainable or registered),
            cause=cause,
            key=(event.site, event.root_is_leaf),
            evidence={"backward": str(event.site) if event.site is not None else None},
        )  # fmt: skip
