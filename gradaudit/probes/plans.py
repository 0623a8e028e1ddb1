"""How one pattern of gradients is read: which of them together, by which call.

Index letters: k tensors in a group, e elements of one tensor.

Large tensors go through `torch._foreach_norm`; small ones of equal shape are stacked (k, e) and
share one `vector_norm(dim=1)`, which costs a fifth per tensor.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from gradaudit.events import IndexArray
from gradaudit.probes.lookback import none_there

SMALL = 2048
"""Elements up to which equal-shaped tensors are stacked."""

SMALLEST_GROUP = 4

CLEAR_ABOVE, CLEAR_ABOVE_64 = 1e-18, 1e-150
"""Norms summed in float32 (float64) are exact to their dtype from here on."""

HALF = frozenset((torch.float16, torch.bfloat16))
WIDE = HALF | {torch.float32, torch.float64}
PLAIN = (torch.Tensor, torch.nn.Parameter)
_dtype_of = operator.attrgetter("dtype")


@dataclass(slots=True)
class Group:
    """Gradients that are read by one call. `stacked`: of one shape, and small."""

    members: list[int]
    stacked: bool
    lowest: float
    """From this norm on it is exact to its dtype; squares below lose digits before the sum."""
    dtype: torch.dtype
    dtypes: set[torch.dtype]
    """That one alone."""
    pick: Callable[[Any], tuple[torch.Tensor, ...]]
    """The members, out of the list of all gradients."""


@dataclass(slots=True)
class Plan:
    """How one pattern of gradients is read: positions in the list, by group."""

    n: int
    absent: Callable[[Any], Any] | None
    """Picks the ones that were absent; None where none was."""
    groups: list[Group]
    single: list[int]
    empty: list[int]
    order: IndexArray
    """Position in the list of each value that the groups give, one group after the other."""
    whole: bool
    """The groups are all there is."""
    ordered: bool
    """And they give it in the order of the list."""
    lowest: float
    """The largest of the groups' lowest norms."""
    on_cpu: bool
    to_order: torch.Tensor | None
    """int64: where in the groups' values that of each gradient is, in the order of the list."""

    def fits(self, gradients: Sequence[torch.Tensor | None]) -> bool:
        """Whether the ones that were absent still are. That no other is, reading it shows."""
        if len(gradients) != self.n:
            return False
        if self.absent is not None and not none_there(self.absent(gradients)):
            return False
        for i in self.empty:
            g = gradients[i]
            if g is None or not _is_empty(g):
                return False
        return True


def _is_empty(gradient: torch.Tensor) -> bool:
    return gradient.device.type == "meta" or gradient.numel() == 0


def make_plan(gradients: Sequence[torch.Tensor | None]) -> Plan:
    """Which gradients can be read together."""
    by_shape: dict[tuple[object, ...], list[int]] = {}
    by_type: dict[tuple[object, ...], list[int]] = {}
    absent: list[int] = []
    single: list[int] = []
    empty: list[int] = []
    on_cpu = True
    for i, g in enumerate(gradients):
        if g is None:
            absent.append(i)
            continue
        plain = (
            type(g) in PLAIN
            and g.layout == torch.strided
            and not g.is_nested
            and g.dtype in WIDE
            and g.device.type != "meta"
        )
        on_cpu = on_cpu and g.device.type in ("cpu", "meta")
        if _is_empty(g):
            empty.append(i)
        elif not plain:
            single.append(i)
        elif g.numel() <= SMALL:
            by_shape.setdefault((tuple(g.shape), g.dtype, g.device), []).append(i)
        else:
            by_type.setdefault((g.dtype, g.device), []).append(i)
    groups: list[Group] = []
    for (_, dtype, device), members in by_shape.items():
        if len(members) >= SMALLEST_GROUP:
            groups.append(_group(members, dtype, stacked=True))
        else:
            by_type.setdefault((dtype, device), []).extend(members)
    groups += [_group(members, key[0], stacked=False) for key, members in by_type.items()]
    order = np.asarray([i for group in groups for i in group.members], np.int32)
    n = len(gradients)
    whole = len(order) == n
    sorting = np.argsort(order, kind="stable")
    in_order = bool((sorting == np.arange(len(order))).all())
    return Plan(
        n, _picker(absent) if absent else None, groups, single, empty, order, whole,
        ordered=whole and bool((order == np.arange(n)).all()),
        lowest=max((group.lowest for group in groups), default=0.0),
        on_cpu=on_cpu,
        to_order=None if in_order else torch.from_numpy(sorting),
    )  # fmt: skip


def _group(members: list[int], dtype: Any, *, stacked: bool) -> Group:
    lowest = CLEAR_ABOVE_64 if dtype == torch.float64 else CLEAR_ABOVE
    return Group(members, stacked, lowest, dtype, {dtype}, _picker(members))


def _picker(members: list[int]) -> Callable[[Any], Any]:
    """What takes these out of a list, in C."""
    if len(members) > 1:
        return operator.itemgetter(*members)
    return operator.itemgetter(slice(members[0], members[0] + 1))


def norms_of(
    group: Group, gradients: Sequence[torch.Tensor | None]
) -> tuple[Sequence[torch.Tensor] | torch.Tensor, torch.Tensor | None]:
    """The norms of a group, as one tensor (k,) or k of them; and the stacked values (k, e).

    Raises:
        RuntimeError, TypeError, NotImplementedError: the gradients are no longer what they were.

    """
    tensors = group.pick(gradients)
    dtype = torch.float32 if group.dtype in HALF else None
    if group.stacked:
        x_ke = torch.stack(tensors)
        if x_ke.dtype != group.dtype or not x_ke.numel():
            raise TypeError("gradients changed their kind: plan anew")
        x_ke = x_ke.view(len(tensors), -1)
        return torch.linalg.vector_norm(x_ke, 2.0, 1, dtype=dtype), x_ke
    if {*map(_dtype_of, tensors)} != group.dtypes:
        raise TypeError("gradients changed their kind: plan anew")
    return torch._foreach_norm(tensors, 2.0, dtype), None
