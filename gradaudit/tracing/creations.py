"""Where tensors were made by hand, and where something was frozen: for losses without a graph."""

from __future__ import annotations

import weakref
from typing import Any

import torch

from gradaudit.causes import Cause
from gradaudit.probes.callsites import USER, kind_of_file
from gradaudit.tracing.calls import Call, Place, site_at
from gradaudit.tracing.opnames import CREATORS, shown

CREATIONS_KEPT = 4096


class Creations:
    """Floating-point tensors that the user's own lines created, and the lines that froze."""

    def __init__(self) -> None:
        self._made: dict[int, tuple[Any, Place, str]] = {}
        self._used: list[int] = []
        self._parameters: dict[int, tuple[Any, Place, bool]] = {}
        self._frozen: dict[int, tuple[Any, Place | None]] = {}
        self._once_frozen: dict[int, tuple[Any, Place | None]] = {}
        self._last_freeze: tuple[Place | None, torch.nn.Module | None] | None = None

    def note(self, call: Call) -> None:
        """Look at a call that returned."""
        name = call.name
        if name == "Parameter":
            if len(self._parameters) < CREATIONS_KEPT and call.place is not None:
                for leaf in call.outputs:
                    inside = call.running is not None
                    self._parameters[id(leaf)] = (weakref.ref(leaf), call.place, inside)
        elif name in CREATORS and call.outputs and call.place is not None:
            output = call.outputs[0]
            if (
                len(self._made) < CREATIONS_KEPT
                and not output.requires_grad
                and output.is_floating_point()
                and kind_of_file(call.place.code.co_filename) == USER
            ):
                self._made[id(output)] = (weakref.ref(output), call.place, name)
        elif name in ("requires_grad_", "requires_grad="):
            value = call.args[1] if len(call.args) > 1 else call.kwargs.get("requires_grad", True)
            if not value and call.inputs:
                tensor = call.inputs[0]
                self._frozen[id(tensor)] = (weakref.ref(tensor), call.place)
                self._last_freeze = call.place, call.module
            elif call.inputs:
                self._frozen.pop(id(call.inputs[0]), None)
        elif self._made or self._frozen:
            for tensor in call.inputs:
                if id(tensor) in self._made and id(tensor) not in self._used:
                    self._used.append(id(tensor))
                if id(tensor) in self._frozen:
                    self._once_frozen[id(tensor)] = self._frozen[id(tensor)]

    def place_of(self, tensor: torch.Tensor) -> tuple[Place, str] | None:
        """Where this very tensor was created, and by which function."""
        one = self._made.get(id(tensor))
        return (one[1], one[2]) if one is not None and one[0]() is tensor else None

    def parameter_at(self, tensor: torch.Tensor, *, in_forward: bool = False) -> Place | None:
        """Where this very nn.Parameter was made; `in_forward`: only if a forward was running."""
        one = self._parameters.get(id(tensor))
        if one is None or one[0]() is not tensor or (in_forward and not one[2]):
            return None
        return one[1]

    def frozen_at(self, tensor: torch.Tensor) -> Place | None:
        """Where `requires_grad` of this very tensor was switched off."""
        one = self._frozen.get(id(tensor))
        return one[1] if one is not None and one[0]() is tensor else None

    def once_frozen_at(self, tensor: torch.Tensor) -> Place | None:
        """Where it was switched off in this step: still is, or was when something used it.

        Off and on again with nothing in between is how toggling works, and no cause.
        """
        one = self._once_frozen.get(id(tensor)) or self._frozen.get(id(tensor))
        return one[1] if one is not None and one[0]() is tensor else None

    def why_without_grad(self) -> Cause | None:
        """No part of a loss requires grad: what was frozen, or made so, and where."""
        if self._last_freeze is not None:
            place, _ = self._last_freeze
            return Cause.at("requires-grad-off", site_at(place), op="requires_grad = False")
        for key in self._used:
            ref, place, name = self._made[key]
            tensor = ref()
            if tensor is not None and not tensor.requires_grad:
                sure = len(self._used) == 1
                return Cause.at("requires-grad-off", site_at(place), shown(name), certain=sure)
        return None

    def release(self, tensor: torch.Tensor) -> None:
        """No weak reference to this tensor any more."""
        self._made.pop(id(tensor), None)
        self._parameters.pop(id(tensor), None)
        self._frozen.pop(id(tensor), None)
        self._once_frozen.pop(id(tensor), None)

    def clear(self) -> None:
        """Forget all."""
        self._made.clear()
        self._used.clear()
        self._parameters.clear()
        self._frozen.clear()
        self._once_frozen.clear()
        self._last_freeze = None
