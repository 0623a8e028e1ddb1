"""Does the graph of a loss lead to a tensor, and has a backward been through it? Asked after it."""

from __future__ import annotations

from types import FrameType

import torch

from gradaudit.causes import Cause
from gradaudit.probes.leaves import leaves_below
from gradaudit.rules.remedies import remedy
from gradaudit.tracing.calls import site_at
from gradaudit.tracing.explanation import Explanation
from gradaudit.tracing.saved import FREED, INTACT, node_of, nodes_below, saved_by
from gradaudit.tracing.tensornames import name_of, named
from gradaudit.tracing.tracer import Tracer
from gradaudit.tracing.whynone import CUT_WORDS, USE_IT

NODES_ASKED = 4096
WATCH_IT = (
    "to see where: run it inside gradaudit.watch(...), or the script with `gradaudit explain`"
)


class LossGraph:
    """The graph as it is now. `tracer`: one that has followed the computation, None without."""

    def __init__(
        self, loss: torch.Tensor, tracer: Tracer | None, frame: FrameType | None = None
    ) -> None:
        self._loss, self._node = loss, node_of(loss)
        self._tracer = tracer if tracer is not None and tracer.on else None
        self.name = name_of(loss, frame) or "loss"

    def about(self, tensor: torch.Tensor, name: str) -> Explanation:
        """A tensor that could have a gradient (a leaf that requires grad, or one that retains)."""
        loss = f"`{self.name}`"
        one = named(name)
        if tensor is self._loss:
            return Explanation(
                tensor=name,
                reason="no-backward",
                message=f"{one} is the loss itself, and no backward has stored a gradient in it.",
                fix=f"call {self.name}.backward() before you read it",
            )
        if self._node is None:
            return self._no_graph(name, loss)
        if self._leads_to(tensor):
            return self._leads(name, loss, ran=self._has_run())
        return self._does_not_lead(tensor, name, loss)

    def _no_graph(self, name: str, loss: str) -> Explanation:
        cause = None
        if self._tracer is not None:
            parts = self._tracer.dependence.parts([self._loss])
            cut = self._tracer.cuts.best(parts.cuts, -1)
            if cut is not None:
                cause = cut.cause(self._tracer.name_of)
        if self._loss.requires_grad:
            why = "it is a leaf of its own (requires_grad_() was called on it)"
        else:
            why = "nothing that it was computed from required grad, or its graph was cut off"
        at = "" if cause is None or cause.file is None else f" at {cause.file}:{cause.line}"
        return Explanation(
            tensor=name,
            reason="not-reached",
            message=f"{loss} has no graph that could lead to {named(name)}: {why}{at}.",
            fix=remedy(cause, WATCH_IT),
            cause=cause,
        )

    def _leads_to(self, tensor: torch.Tensor) -> bool:
        node = node_of(tensor)
        if node is not None:
            return any(one is node for one in nodes_below([self._node]))
        return any(leaf is tensor for leaf in leaves_below([self._loss]).tensors)

    def _has_run(self) -> bool | None:
        """Has a backward gone through it and freed it? None where that leaves no mark."""
        states = {
            kept.state for node in nodes_below([self._node], NODES_ASKED) for kept in saved_by(node)
        }
        return True if FREED in states else False if INTACT in states else None

    def _leads(self, name: str, loss: str, *, ran: bool | None) -> Explanation:
        one = named(name)
        if ran is False:
            return Explanation(
                tensor=name,
                reason="no-backward",
                message=f"the graph of {loss} leads to {one}, and no backward has run through it "
                "yet (or it ran with retain_graph=True, and the gradient was cleared since).",
                fix=f"call {self.name}.backward() before you read it",
            )
        if ran is None:
            return Explanation(
                tensor=name,
                reason="unknown",
                message=f"the graph of {loss} leads to {one}; whether a backward has run through "
                "it cannot be seen, as it keeps nothing that a backward would free.",
                fix=f"call {self.name}.backward() if it was not called yet; {WATCH_IT}",
            )
        return Explanation(
            tensor=name,
            reason="unknown",
            message=f"the graph of {loss} leads to {one}, and a backward has run through it: what "
            "it brought was cleared since, or was not stored (torch.autograd.grad, inputs=, a "
            "custom Function that returns None).",
            fix=f"read .grad right after {self.name}.backward(); {WATCH_IT}",
        )

    def _does_not_lead(self, tensor: torch.Tensor, name: str, loss: str) -> Explanation:
        one = named(name)
        if any("Checkpoint" in node.name() for node in nodes_below([self._node])):
            return Explanation(
                tensor=name,
                reason="unknown",
                message=f"the graph of {loss} does not lead to {one}, as far as it can be seen: a "
                "reentrant checkpoint hides what lies below it until the backward.",
                fix=f"use checkpoint(..., use_reentrant=False); {WATCH_IT}",
            )
        cause = self._cause(tensor)
        at = "" if cause is None or cause.file is None else f" at {cause.file}:{cause.line}"
        why = "it was cut off on the way, or the loss was not computed from it"
        if cause is not None and cause.kind in CUT_WORDS:
            why = CUT_WORDS[cause.kind].format(op=cause.op or "an operation", at=at)
        elif cause is not None:
            why = f"it was last used{at}, and nothing of that went into the loss"
        elif self._tracer is not None:
            why = "the loss was not computed from it"
        return Explanation(
            tensor=name,
            reason="not-reached",
            message=f"the graph of {loss} does not lead to {one}, so its backward stores nothing "
            f"there: {why}.",
            fix=remedy(cause, USE_IT if self._tracer is not None else WATCH_IT),
            cause=cause,
        )

    def _cause(self, tensor: torch.Tensor) -> Cause | None:
        tracer = self._tracer
        bit = 0 if tracer is None else tracer.leaves.known(tensor)
        if tracer is None or not bit:
            return None
        parts = tracer.dependence.parts([self._loss])
        if parts.depends & bit:
            cut = tracer.cuts.best(parts.cuts, bit)
            return None if cut is None else cut.cause(tracer.name_of)
        place, _ = tracer.dependence.last_use.get(bit, (None, None))
        return None if place is None else Cause.at("unused-output", site_at(place))
