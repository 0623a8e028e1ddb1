"""WHICH MODULES: long lists of parameters told as the few modules they fill.

`group_by_prefix` goes from parameters to modules, `families` from the same module of every layer to
one name with a star.
"""

from __future__ import annotations

import itertools
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


@dataclass(frozen=True, slots=True)
class Family:
    """Names that differ in numbers only: `pattern` stands for all `members`, and for no others.

    `layers.*.attn` is that of every layer, `layers.{0-2,7}.attn` of some.
    """

    pattern: str
    members: tuple[str, ...]


def families(names: Iterable[str], known: Iterable[str]) -> list[Family]:
    """The names, those that differ in numbers only told as one wherever that is exact.

    `known`: all names there are; where all numbers at a place occur, a star is written.
    Families come in the order of their first members.
    """
    every: dict[str, list[set[int]]] = {}
    for name in known:
        shape, numbers = _numbered(name)
        places = every.setdefault(shape, [set() for _ in numbers])
        for place, number in zip(places, numbers, strict=True):
            place.add(number)
    order = {name: i for i, name in enumerate(dict.fromkeys(names))}
    alike: dict[str, list[tuple[int, ...]]] = {}
    for name in order:
        shape, numbers = _numbered(name)
        alike.setdefault(shape, []).append(numbers)
    found: list[Family] = []
    for shape, rows in alike.items():
        everywhere = every.get(shape, [set() for _ in rows[0]])
        for product in _products(frozenset(rows)):
            words = [
                _word(values, all_values)
                for values, all_values in zip(product, everywhere, strict=True)
            ]
            members = [_filled(shape, map(str, row)) for row in itertools.product(*product)]
            members.sort(key=order.__getitem__)
            found.append(Family(_filled(shape, words), tuple(members)))
    return sorted(found, key=lambda family: order[family.members[0]])


def within(names: Iterable[str]) -> str | None:
    """The module inside which all of these are, as one exact name; None where there is none.

    `layers.0.attn.q` and `layers.1.attn.k` are within `layers.{0-1}.attn`.
    """
    rows = [name.split(".") for name in dict.fromkeys(names)]
    if not rows:
        return None
    if len(rows) == 1:
        return ".".join(rows[0])
    for depth in range(min(map(len, rows)), 0, -1):
        found = families([".".join(row[:depth]) for row in rows], ())
        if len(found) == 1:
            return found[0].pattern
    return None


_HOLE = "\0"


def shape_of(name: str) -> str:
    """The name with a placeholder for each number in it: the same for all layers."""
    return _numbered(name)[0]


def _numbered(name: str) -> tuple[str, tuple[int, ...]]:
    """`a.3.b` is `a.?.b` and (3,); `a.03` stays as it is: no index is written like that."""
    numbers: list[int] = []
    parts = name.split(".")
    for i, part in enumerate(parts):
        if part.isascii() and part.isdigit() and str(int(part)) == part:
            numbers.append(int(part))
            parts[i] = _HOLE
    return ".".join(parts), tuple(numbers)


def _filled(shape: str, words: Iterable[str]) -> str:
    one_by_one = iter(words)
    parts = (next(one_by_one) if part == _HOLE else part for part in shape.split("."))
    return ".".join(parts)


def _products(rows: frozenset[tuple[int, ...]]) -> list[list[list[int]]]:
    """The rows as few products of value sets, one set a place: exactly these rows, none twice."""
    if () in rows:
        return [[]]
    rests: dict[int, set[tuple[int, ...]]] = {}
    for first, *rest in rows:
        rests.setdefault(first, set()).add(tuple(rest))
    firsts: dict[frozenset[tuple[int, ...]], list[int]] = {}
    for first in sorted(rests):
        firsts.setdefault(frozenset(rests[first]), []).append(first)
    return [[values, *more] for rest, values in firsts.items() for more in _products(rest)]


def _word(values: list[int], everywhere: set[int]) -> str:
    if len(values) == 1:
        return str(values[0])
    if set(values) >= everywhere > set():
        return "*"
    runs: list[list[int]] = []
    for value in values:
        if runs and value == runs[-1][1] + 1:
            runs[-1][1] = value
        else:
            runs.append([value, value])
    words = [str(a) if a == b else f"{a}-{b}" if b > a + 1 else f"{a},{b}" for a, b in runs]
    return "{" + ",".join(words) + "}"


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
