"""Memory that is free goes back to the system, where the C library has a word for that.

TensorBoard answers each question in a thread of its own, and glibc gives each thread a heap of its
own. What one has freed no other can use, so a server that reads 10,000 parameters x 50,000 steps
held 920 MB, of which it used 300.
"""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable
from functools import cache


@cache
def _trim() -> Callable[[int], int] | None:
    if not sys.platform.startswith("linux"):
        return None
    try:
        function = ctypes.CDLL(None).malloc_trim
    except (AttributeError, OSError):  # another C library
        return None
    function.argtypes, function.restype = [ctypes.c_size_t], ctypes.c_int
    return function


def give_back() -> None:
    """Hand over what is free. Takes some milliseconds."""
    trim = _trim()
    if trim is not None:
        trim(0)
