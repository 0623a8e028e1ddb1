"""Who changed a value that a backward still needs: in place, or where autograd cannot see it.

The edits of a traced window are noted as plain numbers: the memory that was written to, the call
that did it, the line. Which of them matter is asked of the graph, when a backward begins (GA704)
or has raised (GA701): nodes say themselves what they keep.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np
import torch
from torch.multiprocessing.reductions import StorageWeakRef
from torch.utils.weak import WeakIdKeyDictionary

from gradaudit.causes import Cause, Site
from gradaudit.tracing.built import cause_at
from gradaudit.tracing.calls import Call, Origin, Place, site_at
from gradaudit.tracing.opnames import shown
from gradaudit.tracing.saved import (
    CHANGED,
    INTACT,
    node_key,
    node_of,
    nodes_below,
    roots_of,
    saved_by,
    saver_name,
    storage_of,
)
from gradaudit.tracing.source import called_at, changed_name
from gradaudit.tracing.survivors import Survivors, next_number
from gradaudit.tracing.writes import array_edits

EDITS_KEPT = 50_000
ELEMENTS_COMPARED = 65_536
LOOKS_KEPT = 1024
_INTO_NUMPY = frozenset(("numpy", "__array__"))
_FROM_NUMPY = frozenset(("from_numpy", "as_tensor", "asarray", "frombuffer", "from_dlpack"))
_MANY = ("_foreach_", "_fused_")


class Edit(NamedTuple):
    """One change of memory: the call `name` did it and left `version`.

    `number`: autograd's of the next node after it, so older nodes have smaller ones.
    """

    number: int
    name: str
    place: Place | None
    version: int
    first: int
    last: int
    """The bytes it may have written: from `first`, before `last`."""


class DataEdit(NamedTuple):
    """A kept value was changed behind autograd's back: the fields of a `DataEdited` event.

    `number`: of the autograd node that kept it.
    """

    number: int
    cause: Cause
    tensor: str
    saved_by: str
    saved_at: Site | None


class Modified(NamedTuple):
    """A kept value has another version than when it was kept (GA701).

    `node`: the autograd node that keeps it; `data`: the value; `edit`: None where not traced.
    """

    node: Any
    slot: str
    data: torch.Tensor | None
    edit: Edit | None


class _Shared(NamedTuple):
    """Memory that a tensor and an array have in common.

    `looks`: its content when a call had used it, and the number of the next node then.
    """

    place: Place | None
    storage: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]
    offset: int
    dtype: torch.dtype
    looks: list[tuple[int, int]]
    alive: StorageWeakRef

    def is_in(self, tensor: torch.Tensor) -> bool:
        """Has this tensor the same memory? The address alone may be another's by now."""
        return (
            storage_of(tensor) == self.storage
            and tensor.dtype == self.dtype
            and not self.alive.expired()
        )

    def memory(self, data: torch.Tensor) -> torch.Tensor:
        """What array and tensor share, seen from a tensor with the same storage."""
        return data.detach().as_strided(self.shape, self.strides, self.offset)

    def look(self, data: torch.Tensor) -> None:
        """Note its content now."""
        if len(self.looks) < LOOKS_KEPT:
            self.looks.append((next_number(), _content(self.memory(data))))

    def content_for(self, number: int) -> int | None:
        """Its content when the node `number` was made; None where that is not known."""
        return next((content for later, content in self.looks if later > number), None)


class EditTrace:
    """The edits of one traced window. Holds no tensor."""

    def __init__(self, origins: dict[Any, Origin], survivors: Survivors | None = None) -> None:
        self._origins, self._survivors = origins, survivors
        self._edits: dict[int, list[Edit]] = {}
        self._silent: dict[int, list[Edit]] = {}
        self._shared: list[_Shared] = []
        self._aliases: Any = WeakIdKeyDictionary()
        self._assigned: Any = WeakIdKeyDictionary()
        self._kept = 0

    def close(self) -> None:
        """Forget everything."""
        for table in (self._edits, self._silent, self._shared, self._aliases, self._assigned):
            table.clear()

    # ------------------------------------------------------------------ while the window is open

    def call_ended(self, call: Call) -> None:
        """Note what this call changed."""
        name = call.name
        if name == "data":
            for output in call.outputs:
                self._aliases[output] = True
            return
        if name == "data=":
            self._data_assigned(call)
            return
        if name in _INTO_NUMPY or name in _FROM_NUMPY:
            self._share(call)
            return
        if len(self._aliases):
            self._follow_aliases(call)
        if self._shared:
            self._look_at_shared(call)
        for target in _targets(call):
            self._note(self._edits, call, target)
            if len(self._aliases) and target in self._aliases:
                self._note(self._silent, call, target)

    def _note(self, table: dict[int, list[Edit]], call: Call, target: torch.Tensor) -> None:
        storage = storage_of(target)
        if not storage or self._kept >= EDITS_KEPT:
            return
        self._kept += 1
        first, last = _span(target)
        version = -1 if target.is_inference() else target._version
        edit = Edit(next_number(), call.name, call.place, version, first, last)
        table.setdefault(storage, []).append(edit)

    def _follow_aliases(self, call: Call) -> None:
        """A view of `t.data`, or a detached copy that shares its memory, is as invisible."""
        storages = {storage_of(t) for t in call.inputs if t in self._aliases}
        if storages:
            for output in call.outputs:
                if node_of(output) is None and storage_of(output) in storages:
                    self._aliases[output] = True

    def _data_assigned(self, call: Call) -> None:
        target = call.target
        if target is None:
            return
        content = _content(target.detach())
        before = self._assigned.get(target)
        self._assigned[target] = content
        if content != before:  # a binarized weight is set to the same values before every use
            self._note(self._silent, call, target)

    def _share(self, call: Call) -> None:
        into = call.name in _INTO_NUMPY
        tensors = call.inputs if into else call.outputs
        if not tensors or (into and not isinstance(call.result, np.ndarray)):
            return
        tensor = tensors[0].detach()
        if tensor.device.type != "cpu" or not tensor.is_floating_point() or not tensor.numel():
            return
        if into and call.result.__array_interface__["data"][0] != tensor.data_ptr():
            return
        if not into and call.inputs:  # `torch.as_tensor(t)` is the tensor itself
            return
        shared = _Shared(
            call.place, storage_of(tensor), tuple(tensor.shape), tensor.stride(),
            int(tensor.storage_offset()), tensor.dtype, [],
            StorageWeakRef(tensor.untyped_storage()),
        )  # fmt: skip
        shared.look(tensor)
        self._shared.append(shared)

    def _look_at_shared(self, call: Call) -> None:
        """Arrays are changed unseen: what a call has used is what its node has saved."""
        for tensor in (*call.inputs, *call.outputs):
            for one in self._shared:
                if one.is_in(tensor):
                    one.look(tensor)

    # ------------------------------------------------------------------ when it matters

    def backward_begins(self, roots: Iterable[Any]) -> list[DataEdit]:
        """Values that this backward will use and that were changed since where it cannot see."""
        if not self._silent and not self._shared:
            return []
        found: dict[Cause, DataEdit] = {}
        for node in nodes_below(roots_of(roots)):
            number = node._sequence_nr()
            for kept in saved_by(node):
                if kept.state != INTACT or kept.data is None:
                    continue
                storage = storage_of(kept.data)
                edit = _first(self._silent.get(storage, ()), number, kept.data)
                told = self._by_data(edit, node) if edit is not None else None
                if told is None:
                    told = self._by_array(storage, kept.data, node)
                if told is not None:
                    known = found.get(told.cause)
                    if known is None or told.number < known.number:
                        found[told.cause] = told
        return sorted(found.values(), key=lambda one: one.number)

    def _untouched(self, storage: int, number: int) -> bool:
        """Nothing that torch did has changed this memory since the node `number`."""
        edits = (*self._edits.get(storage, ()), *self._silent.get(storage, ()))
        return all(edit.number <= number for edit in edits)

    def _by_data(self, edit: Edit, node: Any) -> DataEdit:
        name, op = "", shown(edit.name)
        if edit.place is not None:
            name = changed_name(edit.place, edit.name)
            op = called_at(edit.place, edit.name) or op
        cause = cause_at("data-attribute", edit.place, op, certain=True)
        return self._told(cause, name, node)

    def _told(self, cause: Cause, name: str, node: Any) -> DataEdit:
        op, made = self.origin_of(node)
        saver = saver_name(node, op)
        return DataEdit(node._sequence_nr(), cause, name, saver, site_at(made))

    def _by_array(self, storage: int, data: torch.Tensor, node: Any) -> DataEdit | None:
        number = node._sequence_nr()
        first, last = _span(data)
        for one in self._shared:
            if not one.is_in(data):
                continue
            saved = one.content_for(number)
            if saved is None or not self._untouched(storage, number):
                continue
            memory = one.memory(data)
            start, end = _span(memory)
            if end <= first or last <= start or _content(memory) == saved:
                continue
            name, places = ("", []) if one.place is None else array_edits(one.place)
            place = places[0] if places else one.place
            cause = cause_at("rewrapped-value", place, "numpy", certain=len(places) == 1)
            return self._told(cause, name, node)
        return None

    def modified(self, roots: Iterable[Any], error: BaseException) -> Modified | None:
        """The node that raised this error of a changed version, and the edit behind it."""
        return find_modified(roots, error, self)

    def origin_of(self, node: Any) -> tuple[str, Place | None]:
        """The call that made this node, and its line: ("", None) where it was not traced."""
        if self._survivors is not None:
            known = self._survivors.origins.get(node_key(node))
            if known is not None:
                return known
        origin = self._origins.get(node)
        return ("", None) if origin is None else (origin.name, origin.place)

    def edit_after(self, data: torch.Tensor, number: int, version: int) -> Edit | None:
        """The first edit of this memory after node `number` that left a version over `version`."""
        for edit in self._edits.get(storage_of(data), ()):
            if edit.number > number and edit.version > version:
                return edit
        return None


def find_modified(
    roots: Iterable[Any], error: BaseException, trace: EditTrace | None
) -> Modified | None:
    """The node below `roots` that keeps the changed value of which `error` speaks."""
    text = str(error)
    said = text.partition(" Hint:")[0]
    best: tuple[int, Any, str, torch.Tensor | None] | None = None
    for node in nodes_below(roots_of(roots)):
        for kept in saved_by(node):
            # The node that ran first is the one that raised: the youngest.
            if (
                kept.state == CHANGED
                and kept.error.partition(" Hint:")[0] == said
                and (best is None or node._sequence_nr() > best[0])
            ):
                best = (node._sequence_nr(), node, kept.slot, kept.data)
    if best is None:
        return None
    _, node, slot, data = best
    edit = None
    if trace is not None and data is not None:
        edit = trace.edit_after(data, node._sequence_nr(), expected_version(text))
    return Modified(node, slot, data, edit)


def expected_version(text: str) -> int:
    """Of "is at version 3; expected version 1 instead": 1."""
    _, _, rest = text.partition("expected version ")
    digits = rest.split(" ", 1)[0]
    return int(digits) if digits.isdigit() else -1


def _targets(call: Call) -> list[torch.Tensor]:
    """Every tensor that the call changed in place."""
    if call.name.startswith(_MANY):
        first: Any = call.args[0] if call.args else ()
        if not call.name.endswith("_"):
            return []
        return [t for t in first if isinstance(t, torch.Tensor)] if first is not None else []
    if call.target is not None:
        return [call.target]
    # `F.relu(x, inplace=True)` gives back what it was given; so does `x.cpu()`, unchanged.
    if call.kwargs.get("inplace") or any(one is True for one in call.args):
        return [o for o in call.outputs if any(o is i for i in call.inputs)]
    return []


def _span(tensor: torch.Tensor) -> tuple[int, int]:
    """The bytes that the tensor may lie in; none where it has no memory of its own."""
    try:
        if tensor.layout is not torch.strided or tensor.untyped_storage().device.type == "meta":
            return 0, 0  # nested, sparse; of torch.export, of a FakeTensorMode
        start = tensor.data_ptr()
    except (RuntimeError, NotImplementedError):
        return 0, 0
    if not tensor.numel():
        return start, start
    far = sum((n - 1) * s for n, s in zip(tensor.shape, tensor.stride(), strict=True))
    return start, start + (far + 1) * tensor.element_size()


def _first(edits: Iterable[Edit], number: int, data: torch.Tensor) -> Edit | None:
    first, last = _span(data)
    for edit in edits:
        if edit.number > number and edit.first < last and first < edit.last:
            return edit
    return None


def _content(tensor: torch.Tensor) -> int:
    """A number that another content hardly has; 0 where asking would wait for a device."""
    if tensor.device.type != "cpu":
        return 0
    flat = tensor.reshape(-1) if tensor.is_contiguous() else tensor.flatten()
    if flat.numel() > ELEMENTS_COMPARED:
        flat = flat[:: flat.numel() // ELEMENTS_COMPARED + 1]
    return hash(flat.contiguous().view(torch.uint8).numpy().tobytes())
