"""What each backward of a traced run did: what it reached, what not and why, what it left where.

Holds weak references, numbers and places.
"""

from __future__ import annotations

import itertools
import sys
import weakref
from collections import deque
from typing import Any, NamedTuple

import torch
from torch.optim.optimizer import Optimizer

from gradaudit.causes import Cause, Site
from gradaudit.probes.callsites import site_of, user_frame
from gradaudit.probes.engine import BackwardCall
from gradaudit.probes.leaves import leaves_below
from gradaudit.probes.modes import modes_disabled
from gradaudit.tracing.calls import Place, site_at
from gradaudit.tracing.provenance import Provenance
from gradaudit.tracing.saved import NodeKey, is_leaf_node, node_key, node_of, nodes_below, roots_of
from gradaudit.tracing.survivors import next_number
from gradaudit.tracing.tracer import Tracer

BACKWARDS_KEPT = 32


class Backward:
    """One backward that accumulates gradients.

    `number`: in the order of all that is noted (`Provenance`); `depends`, `live`: masks of leaves,
    of what the roots' values are made and of what lies below them; `used`: leaves that took part
    in anything; `inputs`: the tensors given by inputs=, None without; `causes`: by the bit of a
    leaf that was not reached; `loss_cause`: why it reaches nothing at all; `nodes`: below its
    roots; `bare`: its roots require no grad; `sequence`: autograd's number of the next node then.
    """

    __slots__ = (
        "bare", "causes", "depends", "error", "inputs", "live", "loss_cause", "nodes", "number",
        "sequence", "site", "used",
    )  # fmt: skip

    def __init__(self, number: int, site: Site | None) -> None:
        self.number, self.site = number, site
        self.depends = self.live = self.used = 0
        self.inputs: list[Any] | None = None
        self.causes: dict[int, Cause] = {}
        self.loss_cause: Cause | None = None
        self.nodes: frozenset[NodeKey] = frozenset()
        self.error = ""
        self.bare = False
        self.sequence = 0

    def was_asked_for(self, tensor: torch.Tensor) -> bool:
        """Is it among `inputs`, or was nothing left out?"""
        return self.inputs is None or any(ref() is tensor for ref in self.inputs)


class Cleared(NamedTuple):
    """A gradient was taken away. `op`: "Optimizer.zero_grad", "Module.zero_grad", "grad = None"."""

    ref: Any
    number: int
    site: Site | None
    op: str


class Filled(NamedTuple):
    """`backward`: the last one that brought it a gradient; `seen`: when there still was one."""

    ref: Any
    backward: Backward
    seen: int


class BackwardLog:
    """A `BackwardObserver` (gradaudit.probes.engine) and a `ZeroingObserver` (zeroing)."""

    def __init__(self, tracer: Tracer) -> None:
        self.tracer = tracer
        self._numbers = itertools.count(1)
        self.provenance = Provenance(
            self.next_number, tracer.regions, tracer.dependence.taints, tracer.cuts
        )
        self.provenance.listen(tracer.creations)
        self.backwards: deque[Backward] = deque(maxlen=BACKWARDS_KEPT)
        self._cleared: dict[int, Cleared] = {}
        self._filled: dict[int, Filled] = {}
        self._watched: list[Any] = []
        """Values that keep their gradients (retain_grad) in the backward that runs."""
        self._running: Backward | None = None
        self._used = 0
        self._uses: dict[int, Any] = {}
        """By bit: the last use of a leaf that went into a backward before."""
        self.broken = False

    def next_number(self) -> int:
        """Counts everything that is noted."""
        return next(self._numbers)

    def close(self) -> None:
        """Forget all."""
        self.provenance.close()
        self.backwards.clear()
        self._cleared.clear()
        self._filled.clear()

    # ------------------------------------------------------------------ a BackwardObserver

    def backward_begins(self, call: BackwardCall) -> None:
        """What its roots are made of."""
        self._running = None
        if self.broken or not self.tracer.on or self.tracer.quiet:
            return
        try:
            with torch._C.DisableTorchFunction(), modes_disabled():
                self._running = self._begin(call)
        except Exception as error:
            self.failed(error)

    def backward_nested(self, call: BackwardCall) -> None:
        """Inside of another one: that one counts."""

    def backward_ends(self, call: BackwardCall, error: BaseException | None) -> None:
        """What it left."""
        one, self._running = self._running, None
        if one is None or self.broken:
            return
        try:
            with torch._C.DisableTorchFunction(), modes_disabled():
                self._end(one, call, error)
        except Exception as failure:
            self.failed(failure)

    def failed(self, error: Exception) -> None:
        """A fault of ours: tell of it once, and look no more."""
        self.broken = True
        self.tracer.failed(error)

    def _begin(self, call: BackwardCall) -> Backward:
        one = Backward(self.next_number(), site_of(user_frame(sys._getframe(2))))
        tracer = self.tracer
        tensors = [r for r in call.roots if isinstance(r, torch.Tensor)]
        one.depends, one.live, cuts = tracer.dependence.parts(tensors)
        for root in tensors:
            if root.requires_grad and root.grad_fn is None:
                one.live &= ~tracer.leaves.bit(root)
        nodes = roots_of(call.roots)
        for node in nodes:
            one.live |= tracer.reach.below(node)
        one.used = tracer.dependence.used
        one.nodes = frozenset(node_key(n) for n in nodes_below(nodes) if not is_leaf_node(n))
        one.bare = not nodes
        one.sequence = next_number()
        if call.inputs:
            one.inputs = [weakref.ref(t) for t in call.inputs if isinstance(t, torch.Tensor)]
        self._watched = self.provenance.retaining()
        self._causes(one, cuts)
        return one

    def _causes(self, one: Backward, cuts: Any) -> None:
        """Of the leaves that are not below its roots: while the trace of the step is there."""
        tracer = self.tracer
        for leaf in tracer.leaves.tensors((one.depends | one.used) & ~one.live):
            bit = tracer.leaves.known(leaf)
            if one.depends & bit:
                cut = tracer.cuts.best(cuts, bit)
                if cut is not None:
                    one.causes[bit] = cut.cause(tracer.name_of)
            else:
                use = tracer.dependence.last_use.get(bit)
                if use is None or use is self._uses.get(bit):
                    continue
                place, running = use
                module = None if running is None else tracer.name_of(running.module)
                one.causes[bit] = Cause.at("unused-output", site_at(place), module=module)
        for bit, use in tracer.dependence.last_use.items():
            if bit & one.depends:
                self._uses[bit] = use
        self._used |= one.used | one.depends
        if not one.live:
            cut = tracer.cuts.best(cuts, -1)
            one.loss_cause = (
                tracer.creations.why_without_grad() if cut is None else cut.cause(tracer.name_of)
            )

    def _end(self, one: Backward, call: BackwardCall, error: BaseException | None) -> None:
        self.backwards.append(one)
        if error is not None:
            one.error = f"{type(error).__name__}: {error}"
        dropped: list[torch.Tensor] = []
        now = self.next_number()
        for key, known in list(self._filled.items()):
            tensor = known.ref()
            if tensor is None:
                del self._filled[key]
            elif tensor.grad is not None:
                self._filled[key] = known._replace(seen=now)
        for leaf in self.tracer.leaves.tensors(one.live):
            asked = one.was_asked_for(leaf)
            if asked and (leaf.grad is not None or self._was_cleared_in(one, leaf)):
                seen = now if leaf.grad is not None else one.number
                self._filled[id(leaf)] = Filled(weakref.ref(leaf), one, seen)
            elif asked and leaf.requires_grad and error is None:
                dropped.append(leaf)
        watched, self._watched = self._watched, []
        for ref in watched:
            tensor = ref()
            if tensor is not None and tensor.grad is not None:
                self._filled[id(tensor)] = Filled(ref, one, now)
        if dropped:
            self._dropped(one, call, dropped)

    def _was_cleared_in(self, one: Backward, leaf: torch.Tensor) -> bool:
        cleared = self.cleared(leaf)
        return cleared is not None and cleared.number > one.number

    def _dropped(self, one: Backward, call: BackwardCall, leaves: list[torch.Tensor]) -> None:
        """They lie below the roots, and a custom Function gave them nothing."""
        below = leaves_below(call.roots).below_custom
        known = [cut.cause(self.tracer.name_of) for cut in self.tracer.functions]
        for leaf in leaves:
            name = below.get(id(leaf))
            if name is None:
                continue
            lines = [cause for cause in known if cause.op == name]
            cause = lines[0] if len(lines) == 1 else Cause("custom-function", op=name)
            one.causes[self.tracer.leaves.known(leaf)] = cause

    # ------------------------------------------------------------------ a ZeroingObserver

    def zero_grad_called(self, target: Optimizer | torch.nn.Module, site: Site | None) -> None:
        """It is about to run: these have a gradient now."""
        if self.broken or not self.tracer.on:
            return
        kind = "Module" if isinstance(target, torch.nn.Module) else "Optimizer"
        try:
            with torch._C.DisableTorchFunction():
                number = self.next_number()
                tensors = (
                    target.parameters()
                    if isinstance(target, torch.nn.Module)
                    else (p for group in target.param_groups for p in group["params"])
                )
                for tensor in tensors:
                    if tensor.grad is not None:
                        one = Cleared(weakref.ref(tensor), number, site, f"{kind}.zero_grad")
                        self._cleared[id(tensor)] = one
        except Exception as error:
            self.failed(error)

    # ------------------------------------------------------------------ asking

    def bit_of(self, leaf: torch.Tensor) -> int:
        """0 of a leaf that took part in nothing."""
        return self.tracer.leaves.known(leaf)

    def was_used(self, leaf: torch.Tensor) -> bool:
        """Did it take part in anything that a graph is made of?"""
        return bool((self._used | self.tracer.dependence.used) & self.bit_of(leaf))

    def cleared(self, tensor: torch.Tensor) -> Cleared | None:
        """When its gradient was last taken away."""
        one = self._cleared.get(id(tensor))
        return one if one is not None and one.ref() is tensor else None

    def filled(self, tensor: torch.Tensor) -> Filled | None:
        """When it last had a gradient."""
        one = self._filled.get(id(tensor))
        return one if one is not None and one.ref() is tensor else None

    def reaches(self, one: Backward, tensor: torch.Tensor) -> bool:
        """Does the graph of this backward lead to the tensor, leaf or not?"""
        node = node_of(tensor)
        if node is not None:
            return node_key(node) in one.nodes
        return bool(one.live & self.bit_of(tensor))

    def name_of(self, module: torch.nn.Module | None) -> str | None:
        """The qualified name of a module."""
        return self.tracer.name_of(module)

    def origin_of(self, tensor: torch.Tensor) -> Place | None:
        """The line that made a tensor with a graph."""
        node = node_of(tensor)
        if node is None:
            return None
        origin = self.tracer.origins.get(node)
        if origin is not None:
            return origin.place
        return self.tracer.survivors.origins.get(node_key(node), ("", None))[1]
