"""Taking a foreign name over for a while, and giving it back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class Patch:
    """Replaces `holder.name` by `make(original)` until `remove`.

    The name is put back only if it still is ours: whoever patched over us keeps their patch, and
    ours, which asks `active`, does nothing any more.
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

    def remove(self) -> None:
        """Give the name back. May be called twice."""
        if vars(self.holder).get(self.name) is self.wrapper:
            if self.inherited:
                delattr(self.holder, self.name)
            else:
                setattr(self.holder, self.name, self.original)
