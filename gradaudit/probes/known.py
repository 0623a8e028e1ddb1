"""What a `gradaudit.watch` that is open knows of a tensor."""

from __future__ import annotations

from types import FrameType

import torch

from gradaudit.causes import Cause, Site
from gradaudit.events import TraceRecorded
from gradaudit.findings import Finding
from gradaudit.history import History
from gradaudit.probes.watch import Watch, _open
from gradaudit.rules.remedies import remedy
from gradaudit.tracing.backwardlog import Backward
from gradaudit.tracing.calls import site_at
from gradaudit.tracing.clearings import cleared_by_hand
from gradaudit.tracing.explanation import Explanation
from gradaudit.tracing.opnames import shown
from gradaudit.tracing.saved import node_key, node_of
from gradaudit.tracing.tensornames import named
from gradaudit.tracing.tracer import Tracer
from gradaudit.tracing.whynone import not_reached, was_cleared


def known_of(tensor: torch.Tensor) -> Known | None:
    """By the watch that audits it; else by any that is open."""
    watches = list(_open)
    for watch in watches:
        if watch._probe.registry.index_of(tensor) is not None:
            return Known(watch)
    return Known(watches[0]) if watches else None


class Known:
    """One open watch, asked. Lives as long as the question."""

    def __init__(self, watch: Watch) -> None:
        self._watch = watch
        self._probe = watch._probe
        self.tracer: Tracer = watch._probe.tracer

    @property
    def _history(self) -> History:
        return self._watch._auditor.history

    def finding(self, tensor: torch.Tensor, codes: tuple[str, ...]) -> Finding | None:
        """One of these about this tensor, or about none in particular."""
        index = self._probe.registry.index_of(tensor)
        own = "" if index is None else self._watch._auditor.display_names()[index]
        for finding in self._watch._auditor.report().findings:
            if finding.code in codes and (own in finding.parameters or not finding.parameters):
                return finding
        return None

    # ------------------------------------------------------------------ of any tensor

    def cut_of(self, tensor: torch.Tensor) -> Cause | None:
        """Where this value lost its graph, while the trace is on."""
        note = self.tracer.dependence.taints.of(tensor) if self.tracer.on else None
        if note is None or not note.depends:
            return None
        cut = self.tracer.cuts.best(note.cuts, -1)
        return None if cut is None else cut.cause(self.tracer.name_of)

    def made(self, tensor: torch.Tensor) -> Site | None:
        """The line that computed it."""
        node = node_of(tensor)
        if node is None:
            return None
        origin = self.tracer.origins.get(node)
        if origin is not None:
            return site_at(origin.place)
        known = self._probe.diagnosis.survivors.origins.get(node_key(node))
        return None if known is None else site_at(known[1])

    def why_off(self, tensor: torch.Tensor, name: str) -> Explanation | None:
        """Where its requires_grad comes from, while the trace is on; None where it is not known."""
        cause, message, fix = self.cut_of(tensor), "", ""
        creations = self.tracer.creations
        frozen = creations.frozen_at(tensor)
        made = creations.place_of(tensor)
        if frozen is not None:
            site = site_at(frozen)
            cause = Cause.at("requires-grad-off", site, "requires_grad = False")
            message, fix = f"it was frozen at {site}", "unfreeze it, if it is to learn"
        elif cause is not None:
            where = "" if cause.file is None else f" ({cause.op} at {cause.file}:{cause.line})"
            message = f"it was computed from tensors that do, and lost its graph{where}"
            fix = remedy(cause, "")
        elif made is not None:
            site = site_at(made[0])
            cause = Cause.at("requires-grad-off", site, shown(made[1]))
            message, fix = f"it was created at {site} without it", remedy(cause, "")
        if cause is None:
            return None
        return Explanation(
            tensor=name,
            reason="requires-grad-off",
            message=f"{named(name)} does not require grad: {message}.",
            fix=fix,
            cause=cause,
        )

    # ------------------------------------------------------------------ of an audited parameter

    def about(self, tensor: torch.Tensor, name: str, frame: FrameType | None) -> Explanation | None:
        """Why an audited parameter that requires grad has no gradient now; None: not audited."""
        index = self._probe.registry.index_of(tensor)
        history = self._history
        if index is None or not tensor.is_leaf or index >= history.n:
            return None
        one = named(name)
        last = history.last_backward
        if last is None:
            return Explanation(
                tensor=name,
                reason="no-backward",
                message=f"no backward has run since the watch began, so {one} has no gradient yet.",
                fix="call backward() on the loss before you read it",
            )
        if last.error is not None:
            return self._raised(tensor, name, last.site)
        arrived = index < len(last.arrived) and bool(last.arrived[index])
        called = [site for indices, site in self._probe._zeroed if index in indices]
        if called or arrived:
            by_hand = None if called else cleared_by_hand(frame, name)
            cause = Cause("cleared", certain=False)
            if called:
                cause = Cause.at("cleared", called[-1], "zero_grad")
            elif by_hand is not None:
                cause = Cause.at("cleared", by_hand[0], by_hand[1])
            if arrived:
                return was_cleared(name, cause, last.site)
        return self._missing(index, name)

    def _raised(self, tensor: torch.Tensor, name: str, site: Site | None) -> Explanation:
        finding = self.finding(tensor, ("GA104", "GA701", "GA702", "GA703"))
        at = "" if site is None else f" at {site}"
        return Explanation(
            tensor=name,
            reason="backward-raised",
            message=f"the backward{at} raised an exception, so {named(name)} got nothing.",
            fix="mend what the backward raised for" if finding is None else finding.fix,
            cause=None if finding is None else finding.cause,
            backward=site,
        )

    def _missing(self, index: int, name: str) -> Explanation:
        history = self._history
        last = history.last_backward
        assert last is not None
        judged = Backward(0, last.site)
        traces = [t for t in history.traces if index < len(t.cause_of)]
        own = [t for t in traces if t.backward == last.number]
        # A later backward of the same line does what the traced one did.
        own = own or [t for t in traces if t.site == last.site and not t.reached[index]]
        if own and not own[-1].reached[index]:
            cause = _cause(own[-1], index) or self._idle(index)
            return not_reached(name, cause, judged, reached=False)
        leaves = last.graph_leaves
        if leaves is not None and index < len(leaves) and leaves[index]:
            return self._dropped(index, name, judged)
        if leaves is not None and not own:
            return not_reached(name, self._idle(index), judged, reached=False, sure=False)
        at = "" if last.site is None else f" at {last.site}"
        return Explanation(
            tensor=name,
            reason="not-reached",
            message=f"the backward{at} ran, and brought {named(name)} nothing: it did not lead "
            "there, or inputs= or a custom Function left it out.",
            fix="watch it with trace='always', which names the line",
            backward=last.site,
        )

    def _idle(self, index: int) -> Cause | None:
        """The forward of its module has never run."""
        modules = self._history.modules
        if modules is None or index >= len(modules.known) or not modules.known[index]:
            return None
        if modules.ran[index] or modules.ran_without_grad[index] or modules.functional[index]:
            return None
        return Cause("unused-module", module=self._history.parameters[index].module or None)

    def _dropped(self, index: int, name: str, judged: Backward) -> Explanation:
        last = self._history.last_backward
        functions = () if last is None else last.custom_functions
        op = functions[index] if index < len(functions) else ""
        if not op:
            return not_reached(name, None, judged, reached=True)
        lines = {c for trace in self._history.traces for c in trace.functions if c.op == op}
        cause = lines.pop() if len(lines) == 1 else Cause("custom-function", op=op)
        return not_reached(name, cause, judged, reached=True)


def _cause(trace: TraceRecorded, index: int) -> Cause | None:
    number = int(trace.cause_of[index])
    return None if number < 0 else trace.causes[number]
