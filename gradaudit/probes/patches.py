"""Taking a foreign name over for a while, and giving it back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

_stacks: dict[tuple[int, str], list[Patch]] = {}


class Patch:
    """Replaces `holder.name` by `make(original)` until `remove`.

    Several patches of one name may be removed in any order: with the last one the name is what it
    was. It is put back only if it still is ours: whoever patched over us keeps their patch.
    """

    def __init__(
        self, holder: Any, name: str, make: Callable[[Callable[..., Any]], Callable[..., Any]]
    ) -> None:
        self.holder, self.name = holder, name
        self.inherited = name not in vars(holder)
        self.original: Callable[..., Any] = getattr(holder, name)
        self.wrapper = make(self.original)
        # Dynamo must not trace into bookkeeping: the attribute is what torch._disable_dynamo sets.
        self.wrapper._torchdynamo_disable = True  # type: ignore[attr-defined]
        self.wrapper.__wrapped__ = self.original  # type: ignore[attr-defined]
        for attribute in ("__name__", "__qualname__", "__doc__", "__module__"):
            if hasattr(self.original, attribute):
                setattr(self.wrapper, attribute, getattr(self.original, attribute))
        setattr(holder, name, self.wrapper)
        self._stack = _stacks.setdefault((id(holder), name), [])
        self._stack.append(self)

    def remove(self) -> None:
        """Give the name back. May be called twice."""
        if self not in self._stack:
            return
        on_top = vars(self.holder).get(self.name) is self.wrapper
        bottom = self._stack[0]
        self._stack.remove(self)
        if bottom is self and self._stack:
            # Whoever is the lowest now has the true original to put back.
            self._stack[0].original, self._stack[0].inherited = self.original, self.inherited
        if not on_top:
            return
        if self._stack:
            setattr(self.holder, self.name, self._stack[-1].wrapper)
        elif bottom.inherited:
            delattr(self.holder, self.name)
        else:
            setattr(self.holder, self.name, bottom.original)
