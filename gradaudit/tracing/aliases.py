"""`x.data` and `x.detach()` share x's memory: what is written into them is in x, and whatever is
made of that memory again (`Variable(x.data, requires_grad=True)`) holds x's value.
"""

from __future__ import annotations

import weakref
from typing import Any

import torch
from torch.multiprocessing.reductions import StorageWeakRef

from gradaudit.tracing.taints import Taint

ALIASES_KEPT = 4096


class Aliases:
    """Follows the tensors that stand for others, and the memory of values that were cut loose."""

    def __init__(self) -> None:
        self._sources: dict[int, tuple[Any, Any]] = {}
        self._stores: dict[int, tuple[StorageWeakRef, Taint]] = {}

    def __bool__(self) -> bool:
        return bool(self._sources)

    def add(self, alias: torch.Tensor, source: torch.Tensor, note: Taint | None) -> None:
        """`alias` is `source` without its graph; `note`: what is known of the value."""
        if len(self._sources) >= ALIASES_KEPT:
            self.clear()
        self._sources[id(alias)] = (weakref.ref(alias), weakref.ref(source))
        if note is not None and note.depends:
            key = _key(alias)
            if key:
                self._stores[key] = (StorageWeakRef(alias.untyped_storage()), note)

    def source_of(self, tensor: torch.Tensor) -> torch.Tensor | None:
        """The tensor that this very one stands for."""
        known = self._sources.get(id(tensor))
        if known is None or known[0]() is not tensor:
            return None
        return known[1]()

    def value_in(self, tensor: torch.Tensor) -> Taint | None:
        """What was noted of the value in this tensor's memory, if it was cut loose before."""
        if not self._stores:
            return None
        known = self._stores.get(_key(tensor))
        if known is None or known[0].expired():
            return None
        return known[1]

    def release(self, tensor: torch.Tensor) -> None:
        """No weak reference to this tensor any more."""
        self._sources.pop(id(tensor), None)

    def clear(self) -> None:
        """Forget all."""
        self._sources.clear()
        self._stores.clear()


def _key(tensor: torch.Tensor) -> int:
    try:
        return int(tensor.untyped_storage()._cdata)
    except (RuntimeError, NotImplementedError):  # sparse, functorch wrappers
        return 0
