"""Dispatch modes of the user: what is done in here is none of their business."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch


def modes_disabled() -> AbstractContextManager[Any]:
    """No dispatch mode of the user's while this lasts; costs nothing where there is none."""
    stack = getattr(torch._C, "_len_torch_dispatch_stack", None)
    if stack is None or not stack():
        return nullcontext()
    from torch.utils._python_dispatch import _disable_current_modes

    return _disable_current_modes()
