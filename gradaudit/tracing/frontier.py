"""Where a backward that nobody traced went bad: between which two parameters, and in which op.

Nothing is done in a healthy step. When a backward has left a gradient that is not finite, its graph
is still there from the roots down, without the values it had saved: a birth must lie above every
parameter that is bad, and on a way down that meets none that is finite. What the nodes in this gap
are called in the user's code is known from a traced backward of the same shape, of which names and
lines are remembered. When the loss itself is not finite the saved values are still there before
the backward, and the first node that made something bad of finite values can be told exactly.

Values that saved-tensor hooks have packed (a checkpoint, offloading) are never unpacked.
"""

from __future__ import annotations

import weakref
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from typing import Any, NamedTuple

import torch
from torch.nn import Module

from gradaudit.causes import Site
from gradaudit.tracing.calls import Origin, site_at
from gradaudit.tracing.node_risks import backward_name, can_create, is_steep, may_mask, op_name
from gradaudit.tracing.saved import is_leaf_node, nodes_below, roots_of
from gradaudit.tracing.savedvalues import Culprit, first_bad

STRUCTURES_KEPT = 8
NODES_ALIGNED = 2500
NODES_NAMED = 12


class _Known(NamedTuple):
    """What is remembered of a node: no node, no tensor."""

    name: str
    call: str = ""
    site: Site | None = None
    module: weakref.ref[Module] | None = None
    harmless: bool = False


@dataclass(frozen=True, slots=True)
class Gap:
    """What is known of one bad backward. Becomes a `FrontierFound`.

    `after`, `before`: ids of the last parameter whose gradient was finite in the order of the
    backward, and of the first whose was not (None: the loss itself; none); `nodes`: names of the
    autograd nodes between them, in the order of the backward; `kind`: of the cause, None where
    there is none to name; `op`, `site`, `module`: of the cause; `value`: "nan" or "inf".
    """

    after: int | None = None
    before: int | None = None
    nodes: tuple[str, ...] = ()
    kind: str | None = None
    op: str = ""
    site: Site | None = None
    module: Module | None = None
    value: str = "nan"
    certain: bool = False


class Frontier:
    """One per audit.

    The probe calls `remember(roots, origins)` when a *traced* backward begins (origins: what the
    tracer knows of the nodes), `before(roots)` when an untraced backward begins whose loss is not
    finite (nothing else: it looks at saved values), and `after(roots, bad)` when an untraced
    backward has ended with a gradient that is not finite, or whose loss was not: `bad` has, for
    the id of every audited parameter that has a gradient now, whether that is non-finite.
    `after` gives the `Gap`, or None where nothing is known. `forget` drops what is remembered.
    """

    def __init__(self) -> None:
        self._structures: deque[tuple[_Known, ...]] = deque(maxlen=STRUCTURES_KEPT)
        self._culprit: Gap | None = None

    def remember(self, roots: Iterable[Any], origins: Mapping[Any, Origin]) -> None:
        """Keep the names and lines of the graph below `roots`, which a trace knows."""
        structure = tuple(_known(node, origins.get(node)) for node in _in_order(roots))
        names = [k.name for k in structure]
        for old in self._structures:
            if [k.name for k in old] == names:
                self._structures.remove(old)
                break
        if structure:
            self._structures.append(structure)

    def before(self, roots: Iterable[Any]) -> None:
        """The loss is not finite: look at what the nodes have saved, while they have it."""
        self._culprit = None
        nodes = _in_order(roots)
        with torch.no_grad(), torch._C.DisableTorchFunction():
            culprit = first_bad(nodes)
        if culprit is not None:
            self._culprit = self._named(nodes, culprit)

    def after(self, roots: Iterable[Any], bad: Mapping[int, bool]) -> Gap | None:
        """The backward has ended."""
        culprit, self._culprit = self._culprit, None
        nodes = _in_order(roots)
        gap = _sequence_gap(nodes, bad)
        if culprit is not None:
            return replace(culprit, after=gap.after, before=gap.before)
        if not any(bad.values()):
            return None
        candidates = _candidates(nodes, bad)
        names = [_name(nodes[i]) for i in reversed(candidates)]
        gap = replace(gap, nodes=tuple(names[:NODES_NAMED]))
        known = self._lookup(nodes)
        risky = [i for i in candidates if _can_create(nodes[i], known.get(i))]
        hidden = _below_masks(nodes)
        steep = [
            i
            for i in risky
            if is_steep(_name(nodes[i])) or _is_custom(nodes[i]) or nodes[i] in hidden
        ]
        suspects = steep or risky or candidates
        lines = {known[i].site if i in known else None for i in suspects}
        if len(lines) != 1 or None in lines:
            return gap
        first = suspects[-1]
        what = known[first]
        return replace(
            gap, kind="nonfinite-op", site=what.site, module=_alive(what.module),
            op=backward_name(what.name, what.call, custom=_is_custom(nodes[first])),
        )  # fmt: skip

    def forget(self) -> None:
        """Keep nothing."""
        self._structures.clear()
        self._culprit = None

    def _named(self, nodes: Sequence[Any], culprit: Culprit) -> Gap | None:
        known = self._lookup(nodes)
        among = culprit.among
        if len(among) > 1:
            risky = [i for i in among if _can_create(nodes[i], known.get(i))]
            among = tuple(risky) or among
        members = [known.get(i) for i in among]
        lines = {k.site if k is not None else None for k in members}
        nodes_of = tuple(_name(nodes[i]) for i in reversed(culprit.among))
        if len(lines) != 1 or None in lines:
            return Gap(nodes=nodes_of[:NODES_NAMED])
        what = members[-1]
        assert what is not None
        kind = "nonfinite-input" if culprit.given else "nonfinite-op"
        return Gap(
            nodes=nodes_of[:NODES_NAMED], kind=kind, op=op_name(what.call), site=what.site,
            module=_alive(what.module), value=culprit.value,
            certain=len(culprit.among) == 1 and not culprit.given,
        )  # fmt: skip

    def _lookup(self, nodes: Sequence[Any]) -> dict[int, _Known]:
        """What a remembered structure says of these nodes, by their position."""
        names = [_name(node) for node in nodes]
        best: tuple[float, tuple[_Known, ...]] | None = None
        for structure in reversed(self._structures):
            if len(structure) == len(names) and all(
                k.name == name for k, name in zip(structure, names, strict=True)
            ):
                return dict(enumerate(structure))
            ratio = 1 - abs(len(structure) - len(names)) / max(len(structure), len(names), 1)
            if best is None or ratio > best[0]:
                best = ratio, structure
        if best is None or max(len(names), len(best[1])) > NODES_ALIGNED:
            return {}
        matcher = SequenceMatcher(None, [k.name for k in best[1]], names, autojunk=False)
        if matcher.ratio() < 0.5:
            return {}
        return {
            block.b + i: best[1][block.a + i]
            for block in matcher.get_matching_blocks()
            for i in range(block.size)
        }


def _in_order(roots: Iterable[Any]) -> list[Any]:
    """The nodes below, leaves left out, in the order in which they were made."""
    found = [n for n in nodes_below(roots_of(roots)) if not is_leaf_node(n)]
    found.sort(key=_number)
    return found


def _name(node: Any) -> str:
    return type(node).__name__


def _number(node: Any) -> int:
    return node._sequence_nr()


def _below_masks(nodes: Sequence[Any]) -> set[Any]:
    """Nodes whose result may have been non-finite while the loss was not: something was masked."""
    waiting = [node for node in nodes if may_mask(_name(node))]
    found: set[Any] = set()
    while waiting:
        for child, _ in waiting.pop().next_functions:
            if child is not None and child not in found:
                found.add(child)
                waiting.append(child)
    return found


def _known(node: Any, origin: Origin | None) -> _Known:
    name = _name(node)
    if origin is None:
        return _Known(name)
    module = None if origin.module is None else weakref.ref(origin.module)
    return _Known(name, origin.name, site_at(origin.place), module, _divides_by_number(node))


def _alive(module: weakref.ref[Module] | None) -> Module | None:
    return None if module is None else module()


def _is_custom(node: Any) -> bool:
    return hasattr(type(node), "_forward_cls")


def _divides_by_number(node: Any) -> bool:
    """`x / 2`: the divisor is a number that is not zero, in this structure always."""
    if not _name(node).startswith("DivBackward"):
        return False
    try:
        raw = node._raw_saved_other
        if raw.unpack_hook is not None:
            return False
        other = node._saved_other
        return other is not None and other.ndim == 0 and not other.requires_grad and (
            other.device.type == "cpu" and float(other) != 0.0
        )  # fmt: skip
    except (AttributeError, RuntimeError):
        return False


def _can_create(node: Any, known: _Known | None) -> bool:
    """In a backward whose loss is finite."""
    name = _name(node)
    if not can_create(name, custom=_is_custom(node)) or (known is not None and known.harmless):
        return False
    for number in ("_saved_exponent", "_saved_p", "_saved_ord"):
        try:
            value = getattr(node, number, None)
        except RuntimeError:
            continue
        if isinstance(value, int | float) and value >= 1:
            return False
    return True


def _leaves_below(nodes: Sequence[Any], bits: Mapping[int, int]) -> dict[Any, int]:
    """For each node which of the parameters are below it, as a mask."""
    below: dict[Any, int] = {}
    for node in nodes:  # made earlier: deeper. A child that is younger than its parent is met twice
        _mask(node, bits, below)
    return below


def _mask(start: Any, bits: Mapping[int, int], below: dict[Any, int]) -> int:
    stack = [start]
    while stack:
        node = stack[-1]
        if node in below:
            stack.pop()
            continue
        variable = getattr(node, "variable", None)
        if isinstance(variable, torch.Tensor) and is_leaf_node(node):
            below[node] = bits.get(id(variable), 0)
            stack.pop()
            continue
        children = [c for c, _ in node.next_functions if c is not None]
        missing = [c for c in children if c not in below]
        if missing:
            stack.extend(missing)
            continue
        mask = 0
        for child in children:
            mask |= below[child]
        below[node] = mask
        stack.pop()
    return below[start]


def _candidates(nodes: Sequence[Any], bad: Mapping[int, bool]) -> list[int]:
    """Positions of the nodes that can be the birth: all that is bad is below them, and on those
    ways down nothing that is finite.
    """
    bits = {key: 1 << i for i, key in enumerate(bad)}
    below = _leaves_below(nodes, bits)
    reached = 0
    for mask in below.values():
        reached |= mask
    wrong = sum(bit for key, bit in bits.items() if bad[key]) & reached
    right = sum(bit for key, bit in bits.items() if not bad[key]) & reached
    if not wrong:
        return []
    found: list[int] = []
    for i, node in enumerate(nodes):
        if below[node] & wrong != wrong:
            continue
        carried = 0
        for child, _ in node.next_functions:
            if child is not None and not below[child] & right:
                carried |= below[child]
        if carried & wrong == wrong:
            found.append(i)
    return found


def _sequence_gap(nodes: Sequence[Any], bad: Mapping[int, bool]) -> Gap:
    """The last finite and the first bad parameter in the order of the backward."""
    after: int | None = None
    for node in reversed(nodes):
        mine = [
            id(child.variable)
            for child, _ in node.next_functions
            if child is not None and is_leaf_node(child) and id(child.variable) in bad
        ]
        wrong = [key for key in mine if bad[key]]
        if wrong:
            return Gap(after=after, before=wrong[0])
        if mine:
            after = mine[0]
    return Gap(after=after)


__all__ = ["Frontier", "Gap"]
