"""Where values stop being finite in a traced window: the op and the user's line of each birth.

[Note: Births] An operation that was given finite values only and returned NaN or Inf is a *birth*.
What is computed from its result inherits it. A healthy value costs one sum and leaves no trace;
only what is bad gets an entry, by its storage, so views and in-place changes share it. An input
that is bad and has no entry was not computed here: a *nonfinite-input* of the op that met it first.
An Inf that the user asked for (`masked_fill(mask, -inf)`) is *meant*: an Inf made of it is meant as
well, but a NaN made of it (a softmax row that is masked throughout) is a birth.

Whether a birth matters is known only at a backward: with a loss that is not finite, the birth that
the loss inherits; with a finite loss, the first one in the backward that arrives at a leaf, and if
that node's forward had a bad value already, then the birth of this.

On an accelerator nothing is read in the forward: calls are put on a tape together with flags that
stay on the device, and the tape is judged when the backward is over.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import torch
from torch.multiprocessing.reductions import StorageWeakRef

from gradaudit.tracing.blame import (
    MADE,
    MEANT,
    Bad,
    Birth,
    Judge,
    Record,
    by_order,
    record_of,
    written,
)
from gradaudit.tracing.calls import Call, Origin
from gradaudit.tracing.finite import FINITE, FLOATING, INF, NAN, WORDS, Flags, look
from gradaudit.tracing.gradient_births import BackwardWatch, Firing
from gradaudit.tracing.node_risks import (
    FROM_OUTSIDE,
    SAFE,
    TRANSPORTS,
    UNSET,
    backward_name,
)
from gradaudit.tracing.reruns import Reruns

ENTRIES_SWEPT_AT = 256


class ValueTrace:
    """Hears of every traced call and of every backward, and says where values stopped being finite.

    `deferred` None: as the devices of the tensors want it.
    """

    def __init__(self, origins: dict[Any, Origin], *, deferred: bool | None = None) -> None:
        self._origins = origins
        self.watch = BackwardWatch()
        self._bad: dict[int, tuple[StorageWeakRef, Bad]] = {}
        self._judge = Judge(self._born_in_grad)
        self._deferred = bool(deferred)
        self._may_defer = deferred is None
        self._flags = Flags()
        self._tape: list[Record | None] = []
        self._known: dict[int, StorageWeakRef] = {}
        self._roots: list[tuple[int, int]] = []
        self._swept = ENTRIES_SWEPT_AT
        self._reruns = Reruns()

    # ------------------------------------------------------------------ the forward

    def call_ended(self, call: Call) -> None:
        """One call has returned. Torch functions are disabled; the grad mode is the user's."""
        fresh = self.watch.hook(call) if call.fresh else ()
        outputs, name = call.outputs, call.name
        self._reruns.note(call, fresh)
        if not outputs or name in UNSET or name.startswith(("_foreach_", "_fused_", "_amp_")):
            return
        if name in FROM_OUTSIDE and not call.inputs and not written(call.args):
            return  # it is news where it is used
        if _transforms():
            return  # inside vmap or grad of torch.func: these have no values of their own
        if self._deferred or (self._may_defer and self._on_accelerator(call)):
            self._put_on_tape(call, fresh)
            return
        grad_mode = torch.is_grad_enabled()
        if grad_mode:
            torch._C._set_grad_enabled(False)
        try:
            self._look(call, fresh)
        finally:
            if grad_mode:
                torch._C._set_grad_enabled(True)

    def _look(self, call: Call, fresh: Sequence[int]) -> None:
        table = self._bad
        met = bool(table) and any(_key(t) in table for t in call.inputs)
        if not met and call.name in SAFE:
            return
        worst = FINITE
        values: list[int] = []
        for t in call.outputs:
            value = look(t) if t.dtype in FLOATING else FINITE
            values.append(value)
            worst = max(worst, value)
        if not worst and not met:
            return
        if not met and call.name in TRANSPORTS and any(look(t) for t in call.inputs):
            return  # data on its way: it is news where it is used
        record = record_of(call, fresh)
        target = _key(call.target) if call.target is not None else None
        bad: list[Bad] = []
        for t in call.inputs:
            key = _key(t)
            entry = table.get(key)
            if key == target:
                if entry is not None and not record.overwrites:
                    bad.append(entry[1])
            elif value := look(t):
                if entry is None:
                    entry = self._enter(t, self._judge.from_outside(record, value))
                bad.append(entry[1])
        mine = self._judge.judge(record, worst, bad)
        for t, value in zip(call.outputs, values, strict=True):
            key = _key(t)
            if value and mine is not None:
                if key == target or key not in table:
                    self._enter(t, mine)
            elif key == target and call.target is not None and _is_whole(call.target):
                table.pop(key, None)

    def _enter(self, t: torch.Tensor, bad: Bad) -> tuple[StorageWeakRef, Bad]:
        try:
            storage = StorageWeakRef(t.untyped_storage())
        except (RuntimeError, NotImplementedError):
            return StorageWeakRef(torch.empty(0).untyped_storage()), bad
        # The weak reference keeps the key from being given to another storage.
        entry = self._bad[storage.cdata] = storage, bad
        if len(self._bad) > self._swept:
            for key in [k for k, (s, _) in self._bad.items() if s.expired()]:
                del self._bad[key]
            self._swept = max(ENTRIES_SWEPT_AT, 2 * len(self._bad))
        return entry

    def _born_in_grad(self, record: Record) -> Bad | None:
        """What `autograd.grad` returned: born in one of the backward nodes it ran."""
        if record.origin.name != "grad":
            return None
        found = self._first_that_arrives(self.watch.take_firings())
        if found is None:
            return None
        self._judge.latest = Bad(
            found, record.origin.number, MADE, NAN if found.value == "nan" else INF
        )
        return self._judge.latest

    # ------------------------------------------------------------------ the backward

    def backward_begins(self, roots: tuple[Any, ...]) -> None:
        """A backward that accumulates starts from `roots` (tensors or graph edges)."""
        self.watch.take_firings()
        self.watch.in_backward = True
        self._roots = []
        with torch._C.DisableTorchFunction():
            for root in roots:
                if isinstance(root, torch.Tensor):
                    look_at = self._flags.ask if self._deferred else look
                    self._roots.append((_key(root), look_at(root.detach())))

    def backward_ends(self) -> Birth | None:
        """The birth that made this backward's loss or gradients non-finite; None: there is none."""
        self.watch.in_backward = False
        roots, self._roots = self._roots, []
        if self._deferred:
            with torch.no_grad(), torch._C.DisableTorchFunction():
                answers = self._flags.read()
            roots = [(key, answers[flag]) for key, flag in roots]
            self._play_tape(answers)
            firings = self.watch.take_firings(answers)
        else:
            firings = self.watch.take_firings()
        try:
            worst = [(key, value) for key, value in roots if value]
            if not worst:
                return self._first_that_arrives(firings)
            known = [self._bad[key][1] for key, _ in worst if key in self._bad]
            return min(known, key=by_order).birth if known else None
        finally:
            self.watch.forget_fired()

    def _first_that_arrives(self, firings: list[Firing]) -> Birth | None:
        """The first birth among these whose consequences reached a leaf."""
        found = self.watch.trace_back(firings)
        if found is None:
            return None
        forward = self._judge.of_node.get(found.key)
        if forward is not None:
            if forward.source != MEANT:
                return forward.birth
            if forward.value == NAN:
                return replace(forward.birth, kind="nonfinite-input")
        seen = self._bad.get(found.gradient)
        if found.handed_in:
            # A hook on a tensor, or the gradient that backward was given, was bad already.
            return seen[1].birth if seen is not None else None
        if self._reruns.holds(found.key):
            inner = self._reruns.suspect(found.key)
            if inner is None:
                return None
            op = backward_name("", inner.name, custom=False)
            return Birth("nonfinite-op", op, inner.place, inner.module, WORDS[found.value],
                         in_backward=True, certain=False)  # fmt: skip
        origin = found.origin
        op = backward_name(found.node_name, origin.name, custom=found.custom)
        return Birth("nonfinite-op", op, origin.place, origin.module, WORDS[found.value],
                     in_backward=True, certain=found.certain)  # fmt: skip

    def forget(self) -> None:
        """The step is over, and the trace goes on: of its graphs and calls nothing is kept."""
        self.watch.forget()
        self._judge.of_node.clear()
        self._reruns = Reruns()
        self._tape.clear()
        self._known.clear()
        self._flags = self.watch.flags = Flags()

    def close(self) -> None:
        """The window is over: hooks on living nodes do nothing from now on, nothing is held."""
        self.watch.close()
        self._bad.clear()
        self._judge.of_node.clear()
        self._known.clear()
        self._tape.clear()
        self._reruns = Reruns()
        self._flags = Flags()
        self._origins = {}
        self._judge.latest = None

    # ------------------------------------------------------------------ accelerators

    def _on_accelerator(self, call: Call) -> bool:
        for t in call.outputs:
            if not (t.is_cpu or t.is_meta):
                self._deferred = self.watch.deferred = True
                self.watch.flags = self._flags
                return True
        return False

    def _put_on_tape(self, call: Call, fresh: Sequence[int]) -> None:
        self.watch.deferred, self.watch.flags = True, self._flags
        if call.name in TRANSPORTS and not any(_key(t) in self._known for t in call.inputs):
            return  # data on its way: it is news where it is used
        record = record_of(call, fresh)
        target = _key(call.target) if call.target is not None else None
        inputs: list[int] = []
        outside: list[tuple[int, int]] = []
        with torch.no_grad():
            for t in call.inputs:
                key = _key(t)
                if not key or t.dtype not in FLOATING:
                    continue
                if not (key == target and record.overwrites):
                    inputs.append(key)
                if key not in self._known:
                    self._known[key] = StorageWeakRef(t.untyped_storage())
                    if key != target:
                        outside.append((key, self._flags.ask(t)))
            outputs: list[tuple[int, int]] = []
            for t in call.outputs:
                key = _key(t)
                if not key or t.dtype not in FLOATING or (key in inputs and key != target):
                    continue  # a view of an input: what is known of the one holds for the other
                self._known.setdefault(key, StorageWeakRef(t.untyped_storage()))
                outputs.append((key, self._flags.ask(t)))
        record.inputs, record.outside, record.outputs = inputs, outside, outputs
        self._tape.append(record)

    def _play_tape(self, answers: list[int]) -> None:
        tape, self._tape = self._tape, []
        table = self._bad
        for record in tape:
            if record is None:
                continue
            for key, flag in record.outside:
                if answers[flag]:
                    table[key] = self._known[key], self._judge.from_outside(record, answers[flag])
            bad = [table[key][1] for key in record.inputs if key in table]
            worst = max((answers[flag] for _, flag in record.outputs), default=FINITE)
            if not worst and not bad:
                continue
            mine = self._judge.judge(record, worst, bad)
            for key, flag in record.outputs:
                if answers[flag] and mine is not None:
                    table[key] = self._known[key], mine
                elif key in table and not answers[flag]:
                    del table[key]


_transforms: Any = getattr(torch._C, "_are_functorch_transforms_active", lambda: False)


def _key(t: torch.Tensor) -> int:
    """Which storage it is in; 0 where it has none of its own."""
    try:
        return t.untyped_storage()._cdata
    except (RuntimeError, NotImplementedError):
        return 0


def _is_whole(t: torch.Tensor) -> bool:
    return t.numel() * t.element_size() >= t.untyped_storage().nbytes()


__all__ = ["Birth", "ValueTrace"]
