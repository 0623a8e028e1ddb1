"""Dispatch modes of the user: what is done in here is none of their business."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch

_count: Callable[[], int] | None = getattr(torch._C, "_len_torch_dispatch_stack", None)
some_modes: Callable[[], int] = _count if _count is not None else lambda: 0
"""How many dispatch modes there are now."""


def modes_disabled() -> AbstractContextManager[Any]:
    """No dispatch mode of the user's while this lasts; costs nothing where there is none."""
    if not some_modes():
        return nullcontext()
    from torch.utils._python_dispatch import _disable_current_modes

    return _disable_current_modes()
