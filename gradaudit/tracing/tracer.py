"""One trace: from `start` to `stop`, every call, every cut, and what each backward showed.

[Note: Nothing is held] Values are noted beside the tensors, by weak reference. Autograd nodes are
kept as keys until the end of the backward that uses them, and never longer than the trace.
"""

from __future__ import annotations

import os
import threading
import weakref
from collections.abc import Callable
from types import FrameType
from typing import Any

import torch

from gradaudit.events import Site, TraceRecorded
from gradaudit.probes.forwards import ForwardWatch
from gradaudit.probes.modes import modes_disabled
from gradaudit.probes.registry import Registry
from gradaudit.tracing.births import Birth, ValueTrace
from gradaudit.tracing.calls import Call, Origin, here
from gradaudit.tracing.creations import Creations
from gradaudit.tracing.cuts import Cut, CutLog
from gradaudit.tracing.dependence import Dependence
from gradaudit.tracing.eager import EagerStance
from gradaudit.tracing.edits import DataEdit, EditTrace
from gradaudit.tracing.late_birth import LateBirth
from gradaudit.tracing.mode import TraceMode, tensors_in
from gradaudit.tracing.modestack import PlacedMode
from gradaudit.tracing.modulenames import ModuleNames
from gradaudit.tracing.opnames import is_in_place
from gradaudit.tracing.reach import Leaves, Reach
from gradaudit.tracing.recorder import Recorder, Seen
from gradaudit.tracing.regions import Regions
from gradaudit.tracing.saved import node_key, nodes_below, roots_of
from gradaudit.tracing.survivors import Survivors, next_number
from gradaudit.tracing.taints import Parts, Summand
from gradaudit.tracing.takeovers import Takeovers

FUNCTIONS_KEPT = 64
NODES_SWEPT_AT = 256
"""Nodes without a backward, before those of graphs that were dropped are looked for."""

GradRead = Callable[[torch.Tensor, Any, FrameType], None]


class Tracer:
    """Made once per audit; costs nothing while it is stopped."""

    def __init__(
        self,
        registry: Registry,
        forwards: ForwardWatch,
        survivors: Survivors,
        failed: Callable[[str, BaseException], None],
    ) -> None:
        self.survivors = survivors
        self.values: ValueTrace | None = None
        self.edits: EditTrace | None = None
        self._edits_seen: list[DataEdit] = []
        self._registry, self._forwards, self._failed = registry, forwards, failed
        self._mode = PlacedMode(lambda: TraceMode(self))
        self._takeovers = Takeovers(self)
        self._stance = EagerStance()
        self.regions = Regions()
        self.leaves = Leaves()
        self.reach = Reach(self.leaves)
        self.cuts = CutLog(self.regions)
        self.dependence = Dependence(self.leaves, self.reach, self.cuts)
        self.creations = Creations()
        self.origins: dict[Any, Origin] = {}
        self.on = False
        self.quiet = True
        self.reason = ""
        self.calls = 0
        self.calls_since_backward = 0
        self.blind = False
        self.grad_is_read: GradRead | None = None
        self._muted = 0
        self._swept = NODES_SWEPT_AT
        self._thread = 0
        self._seen: Seen | None = None
        self.functions: list[Cut] = []
        self.waits: Callable[[], bool] = lambda: True
        """May it wait for a device when a backward is over?"""
        self._late_birth: LateBirth | None = None
        self._floor = 0
        """Autograd's number of the first node since the last backward."""
        self._names = ModuleNames(registry)
        self._recorder = Recorder(registry, self.dependence, self.creations, self._names)
        _tracers.add(self)

    # ------------------------------------------------------------------ life

    def start(self, reason: str) -> None:
        """Begin to trace, on this thread."""
        if self.on:
            return
        self.on, self.reason = True, reason
        self._muted = 0
        self.blind = False
        self._thread = threading.get_ident()
        self._floor = next_number()
        self.calls = self.calls_since_backward = 0
        self.values = ValueTrace(self.origins)
        self.edits = EditTrace(self.origins, self.survivors)
        self.regions.open()
        self._takeovers.put()
        self._forwards.follow(on=True)
        self._stance.force()
        self._mode.put()
        self.quiet = False

    def stop(self) -> None:
        """Stop, give every name back, hold nothing."""
        if not self.on:
            return
        self.on, self.quiet = False, True
        self._mode.take()
        self._takeovers.take()
        self.regions.close()
        self._forwards.follow(on=False)
        self._stance.give_back()
        self.survivors.keep(self.origins)
        self.forget()
        if self.values is not None and self.edits is not None:
            self.values.close()
            self.edits.close()
        self.values = self.edits = None
        self._names.clear()

    def forget(self) -> None:
        """Let go of the values of the step that is over."""
        self.dependence.clear()
        self.reach.forget()
        self.origins.clear()
        self.creations.clear()
        self.cuts.clear()
        self.functions = []
        self._seen = None

    def step_is_over(self) -> None:
        """The next step is another one (traces that go on)."""
        self.forget()
        if self.values is not None:
            self.values.forget()

    def mute(self) -> None:
        """Look away (while an optimizer steps, or a backward runs)."""
        self._muted += 1
        self.quiet = True
        self._mode.suspend()

    def unmute(self) -> None:
        """Look again."""
        self._muted = max(self._muted - 1, 0)
        self.quiet = not self.on or self._muted > 0
        self.step_back()

    def step_aside(self) -> bool:
        """The mode is off the stack for a while. True: `step_back` is due."""
        return self._mode.suspend()

    def step_back(self) -> None:
        """The mode may be put back."""
        if not self.quiet:
            self._mode.resume()

    def compiled(self) -> None:
        """`torch.compile` was called: what it makes is run without compiled code meanwhile."""
        if self.on:
            self._stance.force()

    def release(self, tensor: torch.Tensor) -> None:
        """No weak reference to this tensor any more: it is about to be swapped."""
        self.dependence.release(tensor)
        self.creations.release(tensor)

    def failed(self, error: Exception) -> None:
        """A fault of ours: tell of it, and trace no more."""
        self.quiet = True
        self._muted = 1 << 30
        self._failed("tracing", error)

    # ------------------------------------------------------------------ a CallHandler

    def calls_begin(self, name: str, args: Any, kwargs: Any, inputs: list[torch.Tensor]) -> Call:
        """A call that is looked at."""
        self.calls += 1
        self.calls_since_backward += 1
        running = self._forwards.innermost()
        module = None if running is None else running.module
        call = Call(self.calls, name, args, kwargs, inputs, module)
        call.running = running
        return call

    def before(self, call: Call) -> Parts:
        """What its arguments are."""
        if is_in_place(call.name):
            self.dependence.sums.before_in_place(call)
        return self.dependence.before(call)

    def after(self, call: Call, parts: Parts, frame: FrameType) -> None:
        """It returned."""
        self.dependence.after(call, parts, frame)
        self.creations.note(call)
        self._told(call)

    def _told(self, call: Call) -> None:
        fresh = self.reach.fresh
        if fresh:
            self.reach.fresh = []
            origin = Origin(call.number, call.name, call.place, call.module)
            # A graph that is met again after a backward was not made by this call.
            call.fresh = [node for node in fresh if node._sequence_nr() >= self._floor]
            for node in call.fresh:
                self.origins[node] = origin
        if self.values is not None and self.edits is not None:
            with modes_disabled():
                self.values.call_ended(call)
                self.edits.call_ended(call)
        if len(self.origins) > self._swept:
            self._sweep()

    def _sweep(self) -> None:
        """Graphs that were dropped without a backward (an evaluation) must not pile up.

        All nodes are let go, and those that are alive without us are taken up again.
        """
        origins = {node_key(node): origin for node, origin in self.origins.items()}
        self.origins.clear()
        masks = self.reach.drop()
        watch = None if self.values is None else self.values.watch
        watched = {} if watch is None else watch.drop()
        for node in nodes_below(roots_of(self.dependence.taints.tensors())):
            key = node_key(node)
            if key in origins:
                self.origins[node] = origins[key]
                self.reach.adopt(node, masks[key])
                if watch is not None and key in watched:
                    watch.adopt(node, watched[key])
        self._floor = next_number()
        self._swept = max(NODES_SWEPT_AT, 2 * len(self.origins))

    def grad_mode_is_set(self, frame: FrameType, *, enabled: bool) -> None:
        """`_set_grad_enabled` is about to be called."""
        self.regions.grad_mode_is_set(frame, enabled=enabled)

    def grad_read(self, tensor: torch.Tensor, value: Any, frame: FrameType) -> None:
        """`.grad` of this tensor was read."""
        if self.grad_is_read is not None:
            try:
                with torch._C.DisableTorchFunction():
                    self.grad_is_read(tensor, value, frame)
            except Exception as error:
                self.failed(error)

    # ------------------------------------------------------------------ a TakeoverHandler

    def function_begins(self, function: type, args: Any, kwargs: Any) -> Any:
        """A custom Function is about to run: its forward is followed, and makes no cut."""
        if threading.get_ident() != self._thread:
            return None
        try:
            with torch._C.DisableTorchFunction():
                inputs = tensors_in(args, [])
                if kwargs:
                    tensors_in(kwargs.values(), inputs)
                call = self.calls_begin(function.__name__, args, kwargs, inputs)
                parts = self.dependence.parts(inputs, used=True)
                self.dependence.function_begins()
        except Exception as error:
            self.failed(error)
            return None
        return call, parts

    def function_ended(self, function: type, token: Any, result: Any, frame: FrameType) -> None:
        """It returned."""
        if token is None or self.quiet:
            return
        call, parts = token
        try:
            with torch._C.DisableTorchFunction():
                call.result = result
                call.outputs = tensors_in((result,), [])
                call.place = here(frame)
                self.dependence.function_ended(call, function, parts)
                self._note_function(call)
                self._told(call)
        except Exception as error:
            self.failed(error)

    def _note_function(self, call: Call) -> None:
        one = Cut("custom-function", call.name, call.place, call.module)
        where = None if call.place is None else call.place[:2]
        known = {(c.op, None if c.place is None else c.place[:2]) for c in self.functions}
        if (call.name, where) not in known and len(known) < FUNCTIONS_KEPT:
            self.functions.append(one)

    def function_raised(self) -> None:
        """It raised: what was inside is of no interest."""
        self.dependence.function_left()

    def array_wrapped(self, result: Any, args: Any, kwargs: Any, frame: FrameType) -> None:
        """`torch.from_numpy` returned."""
        if threading.get_ident() != self._thread:
            return
        try:
            with torch._C.DisableTorchFunction():
                call = self.calls_begin("from_numpy", args, kwargs, [])
                call.result, call.outputs = result, [result]
                call.place = here(frame)
                self.after(call, self.before(call), frame)
        except Exception as error:
            self.failed(error)

    def parameter_made(self, result: Any, source: Any, frame: FrameType) -> None:
        """A leaf was made of a value."""
        if threading.get_ident() != self._thread:
            return
        try:
            with torch._C.DisableTorchFunction():
                caller = frame.f_back
                copied = caller is not None and caller.f_code.co_name == "__deepcopy__"
                name = "__deepcopy__" if copied else "Parameter"
                call = self.calls_begin(name, (source,), {}, [source])
                call.result, call.outputs = result, [result]
                call.place = here(frame)
                self.dependence.parameter_made(call)
                if not copied:
                    self.creations.note(call)
        except Exception as error:
            self.failed(error)

    # ------------------------------------------------------------------ a backward

    def backward_begins(self, roots: tuple[Any, ...], number: int, site: Site | None) -> None:
        """What its roots are made of; nothing is traced while it runs."""
        if self.on and not self.quiet:
            tensors = [r for r in roots if isinstance(r, torch.Tensor)]
            parts = self.dependence.parts(tensors)
            live = parts.live
            for root in tensors:
                if root.requires_grad and root.grad_fn is None:
                    live &= ~self.leaves.bit(root)  # made a leaf after the fact: leads nowhere
            for root in roots:
                node = getattr(root, "node", None)
                if node is not None:  # a gradient edge
                    live |= self.reach.below(node)
            summands: tuple[Summand, ...] = ()
            if len(tensors) == 1:
                note = self.dependence.taints.of(tensors[0])
                summands = note.summands or () if note is not None else ()
            elif len(tensors) > 1:
                each = [self.dependence.parts([t]) for t in tensors]
                summands = tuple(Summand(p.depends, p.live, p.cuts or {}, None) for p in each)
            if self.values is not None and self.edits is not None:
                self.values.backward_begins(roots)
                self._edits_seen = self.edits.backward_begins(roots)
            self._seen = Seen(number, Parts(parts.depends, live, parts.cuts), summands, site)
        self.mute()

    def backward_ends(self, step: int) -> TraceRecorded | None:
        """The record, with one entry per audited parameter; None where nothing was traced."""
        self.unmute()
        seen, self._seen = self._seen, None
        if seen is None:
            return None
        self.calls_since_backward = 0
        birth, values = None, self.values
        if values is not None and values.deferred and not self.waits():
            self._late_birth = LateBirth(*values.backward_ends_late(), self)
        elif values is not None:
            birth = values.backward_ends()
        event = self._recorder.record(
            seen,
            birth,
            self.functions,
            step=step,
            reason=self.reason,
            eager=self._stance.forced,
            blind=self.blind or self._forwards.elsewhere,
        )
        self.survivors.keep(self.origins)
        self.reach.forget()
        self.origins.clear()
        self._floor = next_number()
        return event

    def take_late_birth(self) -> LateBirth | None:
        """What is still to come of the last record; given once."""
        late, self._late_birth = self._late_birth, None
        return late

    def told(self, event: TraceRecorded, birth: Birth | None) -> TraceRecorded:
        """The record with a birth that has come later."""
        event = self._recorder.with_birth(event, birth)
        if not self.on:
            self._names.clear()
        return event

    def take_edits(self) -> list[DataEdit]:
        """Silent edits of values that the last backward used; given once."""
        edits, self._edits_seen = self._edits_seen, []
        return edits

    def name_of(self, module: torch.nn.Module | None) -> str | None:
        """The qualified name of a module; the model's own for its root."""
        return self._names.of(module)


_tracers: weakref.WeakSet[Tracer] = weakref.WeakSet()


def _in_a_child() -> None:
    for tracer in list(_tracers):
        tracer.quiet = True
        tracer._muted = 1 << 30


os.register_at_fork(after_in_child=_in_a_child)
