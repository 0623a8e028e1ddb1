"""Writing beside a progress bar, without leaving half of it on the screen."""

from __future__ import annotations

import sys
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any


@contextmanager
def bar_put_aside() -> Generator[None]:
    """Take tqdm's bars away while something is written to `sys.stderr`, and draw them anew.

    Rich redirects `sys.stderr` while its bar is shown, and needs no help. Nothing is imported: a
    bar that is shown is that of a module which is there.
    """
    tqdm: Any = getattr(sys.modules.get("tqdm"), "tqdm", None)
    if tqdm is None:
        yield
        return
    with tqdm.external_write_mode(file=sys.stderr):
        yield
