"""Where gradients were lost: one record for each op, and which of several is the one to name."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from types import CodeType

import torch

from gradaudit.causes import Cause
from gradaudit.grouping import within
from gradaudit.tracing.calls import Call, Place, site_at
from gradaudit.tracing.opnames import DETACHES, REWRAPS, shown
from gradaudit.tracing.regions import Regions
from gradaudit.tracing.taints import Cuts

THROUGH_INTEGERS = 1 << 24
"""Added to a cut's number where the value went through integers or truth values since: without the
cut there would still be no gradient, so every other cut is a better one to name."""
NUMBER = THROUGH_INTEGERS - 1

EXPLICIT, REWRAPPED, NEVER_HAD_ONE, COPIED = range(4)
_RANKS = {
    "detach": EXPLICIT,
    "data-attribute": EXPLICIT,
    "no-grad-region": EXPLICIT,
    "inference-mode": EXPLICIT,
    "reentrant-checkpoint": EXPLICIT,
    "custom-function": EXPLICIT,
    "rewrapped-value": REWRAPPED,
    "non-differentiable-op": NEVER_HAD_ONE,
    "replaced-parameter": COPIED,
}


class Cut:
    """One op after which leaves were no longer reached.

    `meant`: a straight-through estimator or the like; set when the idiom shows itself;
    `weighs`: leaves of live values that the cut value was combined with (a mask). One line may
    run in the forwards of many modules (a block, a helper): all of them are kept.
    """

    __slots__ = ("_modules", "certain", "kind", "meant", "op", "place", "weighs")

    def __init__(
        self,
        kind: str,
        op: str,
        place: Place | None,
        module: torch.nn.Module | None,
        *,
        certain: bool = True,
    ) -> None:
        self.kind, self.op, self.place, self.certain = kind, op, place, certain
        # None: some of it happened outside of all modules.
        self._modules = None if module is None else {id(module): weakref.ref(module)}
        self.meant = False
        self.weighs = 0

    def join(self, other: Cut) -> None:
        """The same line once more, maybe in the forward of another module."""
        if self._modules is None or other._modules is None:
            self._modules = None
        else:
            self._modules |= other._modules

    @property
    def rank(self) -> int:
        """Explicit cuts before values that were wrapped anew before ops without a gradient."""
        return _RANKS.get(self.kind, NEVER_HAD_ONE)

    def cause(self, name_of: Callable[[torch.nn.Module | None], str | None]) -> Cause:
        """As the report gives it: the module, or what the names of all of them have in common."""
        names = [name_of(ref()) for ref in (self._modules or {}).values()]
        module = None if None in names else within([name for name in names if name is not None])
        return Cause.at(self.kind, site_at(self.place), self.op, module, certain=self.certain)


class CutLog:
    """All cuts of a trace, by number. The same op on the same line is one cut."""

    def __init__(self, regions: Regions) -> None:
        self._regions = regions
        self.all: list[Cut] = []
        self._numbers: dict[tuple[str, str, tuple[CodeType, int] | None, bool], int] = {}

    def add(self, cut: Cut) -> int:
        """The number of this cut."""
        where = None if cut.place is None else cut.place[:2]
        key = (cut.kind, cut.op, where, cut.certain)
        number = self._numbers.get(key)
        if number is None:
            number = self._numbers[key] = len(self.all)
            self.all.append(cut)
        else:
            self.all[number].join(cut)
        return number

    def at(self, call: Call, output: torch.Tensor, function: type | None = None) -> int:
        """The cut that this call made."""
        kind, op, place = self._kind(call, output, function)
        return self.add(Cut(kind, op, place, call.module))

    def _kind(
        self, call: Call, output: torch.Tensor, function: type | None
    ) -> tuple[str, str, Place | None]:
        name = call.name
        if torch.is_inference_mode_enabled() or (output.is_inference() and name != "clone"):
            region = self._regions.inference
            if region is not None:
                return "inference-mode", region.op, region.place or call.place
            return "inference-mode", "torch.inference_mode", call.place
        if not torch.is_grad_enabled():
            region = self._regions.off
            if region is not None:
                return "no-grad-region", region.op, region.place or call.place
            return "no-grad-region", "torch.no_grad", call.place
        if function is not None:
            if is_checkpoint(function):
                op = "torch.utils.checkpoint.checkpoint(use_reentrant=True)"
                return "reentrant-checkpoint", op, call.place
            return "custom-function", function.__name__, call.place
        if name in DETACHES:
            return "detach", shown(name), call.place
        if name in ("data", "data="):
            return "data-attribute", shown(name), call.place
        if name in REWRAPS or name == "Parameter":
            op = "torch.nn.Parameter" if name == "Parameter" else shown(name)
            return "rewrapped-value", op, call.place
        if name == "__deepcopy__":
            return "replaced-parameter", "copy.deepcopy", call.place
        if name == "grad":
            op = "torch.autograd.grad without create_graph=True"
            return "non-differentiable-op", op, call.place
        return "non-differentiable-op", shown(name), call.place

    def best(self, cuts: Cuts | None, mask: int) -> Cut | None:
        """Of the cuts that lost one of these leaves, the one to name."""
        if not cuts:
            return None
        mine = [number for number, lost in cuts.items() if lost & mask]
        return self.all[min(mine, key=self._order) & NUMBER] if mine else None

    def _order(self, number: int) -> tuple[bool, float, int]:
        cut = self.all[number & NUMBER]
        rank = cut.rank if number < THROUGH_INTEGERS else NEVER_HAD_ONE + 0.5
        return not cut.certain, rank, number

    def clear(self) -> None:
        """Forget all."""
        self.all.clear()
        self._numbers.clear()


def is_checkpoint(function: type) -> bool:
    """Does its backward run a forward of the user's again?"""
    return "Checkpoint" in function.__name__
