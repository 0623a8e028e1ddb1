"""WHICH MODULES: long lists of parameters told as the few modules they fill."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Group:
    """Parameters that are told together.

    `prefix`: the module they fill ("" for the whole model), or, of a parameter that stands
    alone, its own qualified name. `names`: their qualified names, in the model's order.
    """

    prefix: str
    names: tuple[str, ...]

    @property
    def alone(self) -> bool:
        """Whether this is one parameter by itself, told by its own name."""
        return self.names == (self.prefix,)

    def __str__(self) -> str:
        if self.alone:
            return self.prefix
        what = f"{self.prefix}.*" if self.prefix else "the whole model"
        return f"{what} ({len(self.names)} parameters)"


def group_by_prefix(affected: Sequence[str], known: Sequence[str]) -> list[Group]:
    """The affected parameters, grouped by the largest modules of which every parameter is affected.

    A module with a single parameter makes no group: the parameter's own name says more.
    `known`: every qualified name of the model, in its order; an affected name that is not in it
    counts as known, after the others. Repeated names count once. Linear in the lengths of all
    names together, apart from one sort of the distinct modules.
    """
    order = list(dict.fromkeys((*known, *affected)))
    hit = set(affected)
    total = _counts(order)
    full = _counts(name for name in order if name in hit)
    top: dict[str, str | None] = {}
    for module in sorted(total, key=len):
        above = top.get(_parent(module)) if module else None
        filled = total[module] > 1 and total[module] == full.get(module, 0)
        top[module] = above if above is not None else module if filled else None
    groups: dict[tuple[bool, str], list[str]] = {}
    for name in order:
        if name in hit:
            module = top[_parent(name)]
            key = (True, name) if module is None else (False, module)
            groups.setdefault(key, []).append(name)
    return [Group(prefix, tuple(names)) for (_, prefix), names in groups.items()]


def _parent(name: str) -> str:
    return name.rpartition(".")[0]


def _counts(names: Iterable[str]) -> dict[str, int]:
    """Of every module above these parameters, the root included: the number that lie below it."""
    counts: dict[str, int] = {}
    for name in names:
        module = _parent(name)
        counts[module] = counts.get(module, 0) + 1
    for module in list(counts):
        above = _parent(module)
        while above not in counts:
            counts[above] = 0
            above = _parent(above)
    for module in sorted(counts, key=len, reverse=True):
        if module:
            counts[_parent(module)] += counts[module]
    return counts
