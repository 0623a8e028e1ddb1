"""The variables of a running function, without keeping them alive."""

from __future__ import annotations

import inspect
import sys
from types import FrameType
from typing import Any

OWN_REFERENCES = 3
"""To the snapshot: the frame's, ours, and that of the argument of getrefcount."""


def locals_of(frame: FrameType) -> dict[str, Any]:
    """A copy of the variables of `frame`.

    Before Python 3.13 asking for `f_locals` leaves a snapshot of them on the frame, which keeps a
    loss alive that the user has deleted. It is emptied again, unless the user holds it (`locals()`
    gives the same object).
    """
    variables = frame.f_locals
    copy = dict(variables)
    if (
        sys.version_info < (3, 13)
        and frame.f_code.co_flags & inspect.CO_OPTIMIZED
        and sys.getrefcount(variables) <= OWN_REFERENCES
    ):
        variables.clear()
    return copy
