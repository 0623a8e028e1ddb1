"""How findings and the report get to the console while progress bars are drawn on it."""

from __future__ import annotations

import sys
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from tqdm.std import tqdm

from gradaudit.findings import Finding
from gradaudit.sinks.python_warnings import WarningSink

_inside = False


@contextmanager
def among_progress_bars() -> Generator[None]:
    """What is written to stderr in here stands on lines of its own; the bars are drawn again."""
    global _inside
    if _inside:
        yield
        return
    _inside = True
    try:
        with tqdm.external_write_mode(file=sys.stderr):
            yield
    finally:
        _inside = False


class Teller:
    """Does what `on_finding` asks for, on lines of its own."""

    def __init__(self, on_finding: Any) -> None:
        self._sink = WarningSink(on_finding)

    def __call__(self, finding: Finding) -> None:
        """Tell of one."""
        with among_progress_bars():
            self._sink.emit(finding)
