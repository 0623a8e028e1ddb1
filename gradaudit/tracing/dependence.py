"""What each value depends on, against what its gradient arrives at: where the two part, a cut is.

*Dependence* follows the calls of torch functions: a result depends on what its arguments depend on.
*Liveness* is exact, from the autograd graph (`reach`), so that custom functions, composite C++
functions and views are right by construction. An op is a cut for those leaves that an argument
was live for, and the result, which depends on them, is not.
"""

from __future__ import annotations

from collections.abc import Sequence
from types import FrameType
from typing import Any

import torch

from gradaudit.probes.forwards import Running
from gradaudit.tracing.aliases import Aliases
from gradaudit.tracing.calls import Call, Place
from gradaudit.tracing.cuts import NUMBER, THROUGH_INTEGERS, Cut, CutLog, is_checkpoint
from gradaudit.tracing.escapes import Escape, Escapes, user_stack
from gradaudit.tracing.opnames import (
    DETACHES,
    ESCAPES,
    FACTORIES,
    REWRAPS,
    SHAPE_OF_SECOND,
    SHAPE_ONLY,
    SUMS,
    is_in_place,
    shown,
)
from gradaudit.tracing.reach import Leaves, Reach
from gradaudit.tracing.sums import Sums
from gradaudit.tracing.taints import Cuts, Parts, Taint, Taints, merged, without

UNUSED = ("requires_grad_", "requires_grad=", "grad=")


NOTHING = Parts(0, 0, None)


class Dependence:
    """The notes beside the tensors of one trace."""

    def __init__(self, leaves: Leaves, reach: Reach, cuts: CutLog) -> None:
        self.leaves, self.reach, self.cuts = leaves, reach, cuts
        self.taints = Taints()
        self.escapes = Escapes()
        self.aliases = Aliases()
        self.sums = Sums(self.taints, cuts, self.parts)
        self.last_use: dict[int, tuple[Place | None, Running | None]] = {}
        """Bit of a leaf -> the last call that used it."""
        self.used = 0
        self._bases: set[int] = set()
        self._inside: list[int] = []
        """For each custom Function whose forward is running: the leaves used in it."""
        self._views_changed = False

    # ------------------------------------------------------------------ asking

    def parts(self, tensors: Sequence[torch.Tensor], *, used: bool = False) -> Parts:
        """Of these tensors together."""
        depends = live = 0
        cuts: Cuts | None = None
        notes, reach = self.taints, self.reach
        for tensor in tensors:
            note = notes.of(tensor)
            if note is None and self.aliases and tensor.is_leaf:
                note = self._cut_loose(tensor)
            if note is not None:
                depends |= note.depends
                cuts = merged(cuts, note.cuts)
            if _requires_grad(tensor):
                if tensor.is_leaf:
                    mine = self.leaves.bit(tensor)
                    if used:
                        self.used |= mine
                elif note is not None and not self._views_changed:
                    mine = note.live
                else:
                    mine = reach.of(tensor)
                depends |= mine
                live |= mine
            if self._bases and tensor._is_view() and id(tensor._base) in self._bases:
                base = None if tensor._base is None else notes.of(tensor._base)
                if base is not None:
                    depends |= base.depends
                    cuts = merged(cuts, base.cuts)
        return Parts(depends, live, cuts)

    def _cut_loose(self, tensor: torch.Tensor) -> Taint:
        """A tensor that no call has made: in the memory of a value that was cut loose?"""
        value = self.aliases.value_in(tensor)
        note = Taint(tensor, 0, 0, None)
        if value is not None:
            # A leaf that was itself detached holds its own value, and has lost nothing.
            own = self.leaves.bit(tensor) if _requires_grad(tensor) else 0
            note.depends, note.cuts = value.depends, without(value.cuts, own)
        self.taints.put(tensor, note)
        return note

    # ------------------------------------------------------------------ one call

    def before(self, call: Call) -> Parts:
        """What the arguments are, before the call changes any of them."""
        name, inputs = call.name, call.inputs
        if name in SHAPE_ONLY or name in UNUSED:
            return NOTHING
        if name in SHAPE_OF_SECOND:
            inputs = inputs[:1] if name not in ("full_like", "new_full") else []
        elif name == "data=":
            inputs = inputs[1:]
        elif name == "grad":
            inputs = [t for t in _listed(call.args[:1]) if isinstance(t, torch.Tensor)]
        if not inputs:
            return NOTHING
        used = torch.is_grad_enabled() and name not in ("data", "detach")
        if used and len(inputs) == 1 and is_in_place(name):
            used = False  # an initialisation
        return self.parts(inputs, used=used)

    def after(self, call: Call, parts: Parts, frame: FrameType) -> None:
        """Note what came out. `frame`: where the call was made."""
        name = call.name
        depends, live, cuts = parts
        if name in ESCAPES:
            if depends:
                self._escaped(call, parts, frame)
            return
        if name in UNUSED:
            return
        if name in SHAPE_ONLY:
            if call.target is not None:
                self.taints.drop(call.target)
            return
        from_python = NOTHING
        if self.escapes:
            from_python = self._from_python(call, frame)
            depends |= from_python.depends
            cuts = merged(cuts, from_python.cuts)
        if self._inside:
            self._inside[-1] |= live
        if depends:
            self._flow(call, Parts(depends, live, cuts), from_python)
        if (name == "data" or name in DETACHES) and call.inputs and call.outputs:
            output = call.outputs[0]
            self.aliases.add(output, call.inputs[0], self.taints.of(output))

    def _flow(self, call: Call, parts: Parts, from_python: Parts) -> None:
        depends, live, cuts = parts
        if live and torch.is_grad_enabled():
            self._note_use(call)
        if live and cuts and call.name not in SUMS:
            self._weighed(call, live)
        if call.name in REWRAPS:
            cuts = self._rewrapped(call, depends, cuts)
        self._assign(call, Parts(depends, live, cuts), from_python=from_python)

    def _weighed(self, call: Call, live: int) -> None:
        """A value that was cut is combined with a live one: a weight, a target."""
        for tensor in call.inputs:
            note = self.taints.of(tensor)
            if note is not None and note.cuts and not note.live:
                for number in note.cuts:
                    self.cuts.all[number & NUMBER].weighs |= live

    def _note_use(self, call: Call) -> None:
        for tensor in call.inputs:
            if tensor is not call.target and _requires_grad(tensor) and tensor.is_leaf:
                self.last_use[self.leaves.bit(tensor)] = call.place, call.running

    def _assign(
        self,
        call: Call,
        parts: Parts,
        *,
        function: type | None = None,
        from_python: Parts = NOTHING,
    ) -> None:
        together = 0
        if len(call.outputs) > 1:
            for output in call.outputs:
                together |= self.reach.of(output)
        for output in call.outputs:
            depends, live, cuts = parts
            mine = self.reach.of(output)
            if together and (mine or (function is None and output.is_floating_point())):
                # Of several results, each is made of some arguments (broadcast_tensors).
                live = (live & ~together) | mine
                depends = (depends & ~together) | mine
            lost = live & ~mine
            kept = without(cuts, mine)
            if kept and not (output.is_floating_point() or output.is_complex()):
                kept = {number | THROUGH_INTEGERS: mask for number, mask in kept.items()}
            if lost and not self._inside:
                number = self.cuts.at(call, output, function)
                kept = merged(kept, {number: lost})
            note = Taint(output, depends | mine, mine, kept)
            self.taints.put(output, note)
            if output is call.target:
                self._base_changed(output, note)
                if self.aliases:
                    self._source_changed(call, output, note)
            self.sums.note(call, note, from_python)

    def _base_changed(self, view: torch.Tensor, note: Taint) -> None:
        """A change through a view is a change of its base, and of the base's other views."""
        self._views_changed = True
        base = view._base if view._is_view() else None
        if base is None:
            return
        self._bases.add(id(base))
        old = self.taints.of(base)
        live = self.reach.of(base)
        depends = note.depends | (old.depends if old is not None else 0)
        cuts = merged(old.cuts if old is not None else None, note.cuts)
        self.taints.put(base, Taint(base, depends | live, live, without(cuts, live)))

    def _source_changed(self, call: Call, alias: torch.Tensor, note: Taint) -> None:
        """`x.data.copy_(h)`, `x.detach()[0] = h`: x holds the value now, and not its graph."""
        source = self.aliases.source_of(alias)
        if source is None:
            return
        live = self.reach.of(source)
        old = self.taints.of(source)
        cuts = merged(old.cuts if old is not None else None, note.cuts)
        lost = note.live & ~live
        if lost:
            cut = Cut("data-attribute", "Tensor.data", call.place, call.module)
            cuts = merged(cuts, {self.cuts.add(cut): lost})
        depends = note.depends | live | (old.depends if old is not None else 0)
        self.taints.put(source, Taint(source, depends, live, without(cuts, live)))

    # ------------------------------------------------------------------ out of torch and back

    def _escaped(self, call: Call, parts: Parts, frame: FrameType) -> None:
        value = call.result
        if isinstance(value, bool) or value is None:
            return
        if call.name == "tolist" and isinstance(value, int):
            return
        self.escapes.add(
            Escape(call.name, value, parts.depends, parts.live, parts.cuts, user_stack(frame),
                   call.running)
        )  # fmt: skip

    def _from_python(self, call: Call, frame: FrameType) -> Parts:
        factory = call.name in FACTORIES or call.name == "__setitem__"
        found = self.escapes.among(call.args, call.kwargs, frame, factory=factory)
        for tensor in call.inputs:
            if self.taints.of(tensor) is None and not _requires_grad(tensor):
                self.taints.put(tensor, Taint(tensor, 0, 0, None))  # asked once
                found.extend(self.escapes.made(tensor))
        depends = 0
        cuts: Cuts | None = None
        for escape, certain in found:
            depends |= escape.depends
            cuts = merged(cuts, self._escape_cuts(escape, certain=certain))
        return Parts(depends, 0, cuts)

    def _escape_cuts(self, escape: Escape, *, certain: bool) -> Cuts | None:
        here = escape.place
        # A `detach()` that only lets the value out, on the same line, is part of the way out.
        way_out = _on_line(self.cuts, escape.cuts, here)
        mask = escape.live
        rest: Cuts = {}
        for number, lost in (escape.cuts or {}).items():
            if number in way_out:
                mask |= lost
            else:
                rest[number] = lost
        if mask:
            cut = Cut("rewrapped-value", shown(escape.name), here, escape.module, certain=certain)
            number = self.cuts.add(cut)
            rest[number] = rest.get(number, 0) | mask
        return rest or None

    def _rewrapped(self, call: Call, depends: int, cuts: Cuts | None) -> Cuts | None:
        """`torch.tensor(h.detach())`: the same for a tensor that is copied."""
        way_out = _on_line(self.cuts, cuts, call.place)
        if not way_out or cuts is None:
            return cuts
        mask = 0
        for number in way_out:
            mask |= cuts[number]
        kind = "replaced-parameter" if call.name == "__deepcopy__" else "rewrapped-value"
        number = self.cuts.add(Cut(kind, shown(call.name), call.place, call.module))
        rest = {n: lost for n, lost in cuts.items() if n not in way_out}
        return merged(rest, {number: mask})

    # ------------------------------------------------------------------ functions, parameters

    def function_begins(self) -> None:
        """A custom Function's forward is about to run, with gradients disabled."""
        self._inside.append(0)

    def function_ended(self, call: Call, function: type, parts: Parts) -> None:
        """It returned `call.outputs`."""
        inner = self._inside.pop() if self._inside else 0
        outputs = self.parts(call.outputs)
        depends = parts.depends | outputs.depends | inner
        live = parts.live | inner
        if is_checkpoint(function):
            for output in call.outputs:
                if output.requires_grad and output.grad_fn is not None:
                    self.reach.reaches_also(output.grad_fn, inner)
        if self._inside:
            self._inside[-1] |= live
        if depends:
            cuts = merged(parts.cuts, outputs.cuts)
            self._assign(call, Parts(depends, live, cuts), function=function)

    def function_left(self) -> None:
        """The Function that began last has raised."""
        if self._inside:
            self._inside.pop()

    def parameter_made(self, call: Call) -> None:
        """`torch.nn.Parameter(value)`: a new leaf."""
        depends, live, cuts = self.parts(call.inputs)
        if not depends:
            return
        cuts = self._rewrapped(call, depends, cuts)
        self._assign(call, Parts(depends, live, cuts))

    def release(self, tensor: torch.Tensor) -> None:
        """No weak reference to this tensor any more."""
        self.taints.drop(tensor)
        self.aliases.release(tensor)
        self.leaves.release(tensor)

    def clear(self) -> None:
        """Forget all values; the bits of the leaves stay."""
        self.taints.clear()
        self.escapes.clear()
        self.aliases.clear()
        self._bases.clear()
        self.last_use.clear()
        self._views_changed = False
        self.used = 0


def _requires_grad(tensor: torch.Tensor) -> bool:
    try:
        return tensor.requires_grad
    except RuntimeError:  # see `Reach.of`
        return False


def _on_line(log: CutLog, cuts: Cuts | None, place: Place | None) -> set[int]:
    if not cuts or place is None:
        return set()
    return {
        n
        for n in cuts
        if log.all[n & NUMBER].kind in ("detach", "data-attribute")
        and (one := log.all[n & NUMBER].place) is not None
        and one.code is place.code
        and one.line == place.line
    }


def _listed(values: tuple[Any, ...]) -> list[Any]:
    flat: list[Any] = []
    for value in values:
        if isinstance(value, (list, tuple)):
            flat.extend(value)
        else:
            flat.append(value)
    return flat
