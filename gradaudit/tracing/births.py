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
from typing import Any

import torch
from torch.multiprocessing.reductions import StorageWeakRef

from gradaudit.probes.late_lanes import is_elsewhere
from gradaudit.tracing.blame import MADE, Bad, Birth, Judge, Record, record_of, written
from gradaudit.tracing.calls import Call, Origin
from gradaudit.tracing.endings import Ending
from gradaudit.tracing.finite import FINITE, FLOATING, INF, NAN, Flags, look
from gradaudit.tracing.gradient_births import BackwardWatch
from gradaudit.tracing.gradient_paths import Paths
from gradaudit.tracing.late_answers import LateAnswers, send
from gradaudit.tracing.node_risks import FROM_OUTSIDE, SAFE, TRANSPORTS, UNSET
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
        self._tape: list[Record] = []
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
        if record.origin.name != "grad" or self._deferred:
            return None
        found = self._ending_inside().first_that_arrives()
        if found is None:
            return None
        self._judge.latest = Bad(
            found, record.origin.number, MADE, NAN if found.value == "nan" else INF
        )
        return self._judge.latest

    def _ending_inside(self) -> Ending:
        firings, paths = self.watch.take_firings(), self.watch.paths()
        return Ending([], [], firings, paths, self._judge, self._bad, self._known, self._reruns)

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

    @property
    def deferred(self) -> bool:
        """Are its answers on a device until somebody reads them?"""
        return self._deferred

    def backward_ends(self) -> Birth | None:
        """The birth that made this backward's loss or gradients non-finite; None: there is none.

        Waits for a device.
        """
        ending = self._ending(self.watch.paths())
        try:
            if not self._deferred:
                return ending.birth()
            with torch.no_grad(), torch._C.DisableTorchFunction():
                answers = self._flags.read()
            return ending.answered(answers)
        finally:
            self.watch.forget_fired()

    def backward_ends_late(self) -> tuple[Ending, LateAnswers]:
        """The same without waiting: `Ending.answered` gives the birth when there are answers."""
        ending = self._ending(self.watch.kept_paths())
        self.watch.forget_fired()
        with torch.no_grad(), torch._C.DisableTorchFunction():
            return ending, send(self._flags.take())

    def _ending(self, paths: Paths) -> Ending:
        self.watch.in_backward = False
        roots, self._roots = self._roots, []
        tape, self._tape = self._tape, []
        firings = self.watch.take_firings()
        return Ending(
            roots, tape, firings, paths, self._judge, self._bad, self._known, self._reruns
        )

    def forget(self) -> None:
        """The step is over, and the trace goes on: of its graphs and calls nothing is kept."""
        self.watch.forget()
        # Not cleared: an ending may still need what there was.
        self._judge, self._reruns = Judge(self._born_in_grad), Reruns()
        self._tape, self._known = [], {}
        self._flags = self.watch.flags = Flags()

    def close(self) -> None:
        """The window is over: hooks on living nodes do nothing from now on, nothing is held."""
        self.watch.close()
        self._judge, self._reruns = Judge(self._born_in_grad), Reruns()
        self._bad, self._known, self._tape = {}, {}, []
        self._flags = Flags()
        self._origins = {}

    # ------------------------------------------------------------------ accelerators

    def _on_accelerator(self, call: Call) -> bool:
        for t in call.outputs:
            if is_elsewhere(t):
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
