"""Phrases that several rules use, so that one thing is called by one name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from gradaudit.events import Site

if TYPE_CHECKING:
    from gradaudit.history import History

QUERIES_AND_KEYS = frozenset(("q", "k", "wq", "wk", "query", "key", "queries", "keys"))
"""Parts of the names of an attention's weights."""


def count(n: int, noun: str) -> str:
    """`1 step`, `3 steps`."""
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"


def these(history: History, indices: Sequence[int]) -> str:
    """One or two names, or the first and how many more."""
    names = history.display_names()
    short = [names[int(i)] for i in indices]
    if not short:
        return "no parameter"
    if len(short) <= 2:
        return " and ".join(f"`{name}`" for name in short)
    return f"`{short[0]}` and {len(short) - 1} more parameters"


def at(site: Site | None) -> str:
    """` at train.py:12`, or nothing."""
    return "" if site is None else f" at {site}"


def optimizer_name(history: History, index: int) -> str:
    """The optimizer's name in backticks."""
    return f"`{history.optimizers[index].name}`"
