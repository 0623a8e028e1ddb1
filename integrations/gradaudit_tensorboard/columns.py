"""The columns of a run, for the log and the page: what the core keeps in `gradaudit.columns`."""

from __future__ import annotations

from gradaudit.columns import RANK_OF_STATUS, STATUS_OF_RANK, UNSEEN, WORST_FIRST, Column, Columns
from gradaudit.recorder import Grid, Recorder

__all__ = [
    "RANK_OF_STATUS",
    "STATUS_OF_RANK",
    "UNSEEN",
    "WORST_FIRST",
    "Column",
    "Columns",
    "Grid",
    "Recorder",
]
