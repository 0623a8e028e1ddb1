"""What a traced backward showed, as an event: masks and causes instead of tensors and nodes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import torch

from gradaudit.causes import Cause
from gradaudit.events import LossTerm, Site, TraceRecorded
from gradaudit.probes.forwards import Running
from gradaudit.probes.registry import Registry
from gradaudit.tracing.births import Birth
from gradaudit.tracing.calls import Place, site_at
from gradaudit.tracing.creations import Creations
from gradaudit.tracing.cuts import Cut
from gradaudit.tracing.dependence import Dependence
from gradaudit.tracing.modulenames import ModuleNames
from gradaudit.tracing.taints import Parts, Summand


class Seen(NamedTuple):
    """What the roots of the backward that runs now are made of."""

    number: int
    parts: Parts
    summands: tuple[Summand, ...]
    site: Site | None


class Recorder:
    """Asks the notes of a trace about each audited parameter."""

    def __init__(
        self, registry: Registry, dependence: Dependence, creations: Creations, names: ModuleNames
    ) -> None:
        self._registry, self._dependence = registry, dependence
        self._cuts, self._creations, self._names = dependence.cuts, creations, names

    def record(
        self,
        seen: Seen,
        birth: Birth | None,
        functions: list[Cut],
        *,
        step: int,
        reason: str,
        eager: bool,
        blind: bool,
    ) -> TraceRecorded:
        """The event. `functions`: the custom Functions that were called since the trace began."""
        tensors, infos = self._registry.tensors_in_graphs(), self._registry.infos
        bits = [0 if t is None else self._dependence.leaves.known(t) for t in tensors]
        depends, live, _ = seen.parts
        used = self._dependence.used
        causes: dict[Cause, int] = {}
        cause_of = np.full(len(bits), -1, np.int32)
        alive = self._modules_reached(bits, live)
        for index, bit in enumerate(bits):
            tensor = tensors[index]
            if tensor is None:
                continue
            if not bit & (used | depends | live):
                cause = self._untouched(tensor)
            elif live & bit:
                cause = self._nobodys(tensor, bit, infos[index].kind)
            else:
                cause = self._missing(bit, seen.parts, alive)
            if cause is not None:
                cause_of[index] = causes.setdefault(cause, len(causes))
        return TraceRecorded(
            step=step,
            backward=seen.number,
            site=seen.site,
            reason=reason,
            used=np.array([bool(bit & used) for bit in bits], np.bool_),
            depends=np.array([bool(bit & depends) for bit in bits], np.bool_),
            reached=np.array([bool(bit & live) for bit in bits], np.bool_),
            causes=tuple(causes),
            cause_of=cause_of,
            loss_cause=self._loss_cause(seen.parts) if self._reaches_nothing(bits, live) else None,
            terms=tuple(self._terms(seen.summands, bits)),
            functions=tuple(cut.cause(self._names.of) for cut in functions),
            birth=None if birth is None else self._born(birth),
            birth_value="" if birth is None else birth.value,
            in_backward=birth is not None and birth.in_backward,
            eager=eager,
            blind=blind,
        )

    def with_birth(self, event: TraceRecorded, birth: Birth | None) -> TraceRecorded:
        """The event, told of a birth that has come later."""
        if birth is None:
            return event
        cause, inside = self._born(birth), birth.in_backward
        return replace(event, birth=cause, birth_value=birth.value, in_backward=inside)

    def _nobodys(self, tensor: torch.Tensor, bit: int, kind: str) -> Cause | None:
        """Where a leaf was made, or used, that no module has registered."""
        made = self._creations.parameter_at(tensor, in_forward=kind != "stray")
        if kind != "stray" and made is None:
            return None
        place = made or self._dependence.last_use.get(bit, (None, None))[0]
        return Cause.at("unregistered-leaf", site_at(place))

    def _untouched(self, tensor: torch.Tensor) -> Cause | None:
        """No call has used it: where it was made."""
        frozen = self._creations.once_frozen_at(tensor)
        if frozen is not None:
            return Cause.at("requires-grad-off", site_at(frozen), op="requires_grad = False")
        made = self._creations.parameter_at(tensor)
        return None if made is None else Cause.at("unused-module", site_at(made))

    def _missing(self, bit: int, parts: Parts, alive: set[str]) -> Cause | None:
        """Why no gradient can arrive at this leaf."""
        if parts.depends & bit:
            cut = self._cuts.best(parts.cuts, bit)
            return None if cut is None else cut.cause(self._names.of)
        if bit not in self._dependence.last_use:
            return None
        place, running = self._dependence.last_use[bit]
        # What has left torch may have come back by ways that nobody saw.
        certain = not self._dependence.escapes.hold(bit)
        return self._dead_end(place, running, alive, certain=certain)

    def _modules_reached(self, bits: list[int], live: int) -> set[str]:
        """Names of the modules with a parameter below the roots, and of those around them."""
        names: set[str] = set()
        for info, bit in zip(self._registry.infos, bits, strict=True):
            if bit & live:
                parts = info.module.split(".") if info.module else []
                names.update(".".join(parts[:i]) for i in range(1, len(parts) + 1))
        return names

    def _dead_end(
        self, place: Place | None, running: Running | None, alive: set[str], *, certain: bool
    ) -> Cause:
        """The result that never reached the loss: of the outermost module that is all in vain."""
        module: str | None = None
        while running is not None:
            name = self._names.of(running.module)
            if name is None or name in alive or name in self._names.models:
                break
            module = name
            if running.code is not None:
                place = Place(running.code, running.line, running.names)
            running = running.outer
        if module is None and running is not None:
            module = self._names.of(running.module)
        return Cause.at("unused-output", site_at(place), module=module, certain=certain)

    def _born(self, birth: Birth) -> Cause:
        module = self._names.of(birth.module)
        site = site_at(birth.place)
        return Cause.at(birth.kind, site, birth.op, module, certain=birth.certain)

    def _reaches_nothing(self, bits: list[int], live: int) -> bool:
        """No leaf at all; or, where models are audited, none of their parameters."""
        kinds = [info.kind == "parameter" for info in self._registry.infos]
        if not any(kinds):
            return not live
        return not any(bit & live for bit, own in zip(bits, kinds, strict=True) if own)

    def _loss_cause(self, parts: Parts) -> Cause | None:
        cut = self._cuts.best(parts.cuts, -1)
        if cut is not None:
            return cut.cause(self._names.of)
        return self._creations.why_without_grad()

    def _terms(self, summands: tuple[Summand, ...], bits: list[int]) -> list[LossTerm]:
        if len(summands) < 2:
            return []
        terms: list[LossTerm] = []
        for i, one in enumerate(summands):
            lost = one.depends & ~one.live
            cut = self._cuts.best(one.cuts, lost)
            if cut is None or cut.meant:
                continue
            others = 0
            for j, other in enumerate(summands):
                others |= other.live if j != i else 0
            terms.append(
                LossTerm(
                    cause=cut.cause(self._names.of),
                    depends=_indices(bits, lost),
                    reaches=_indices(bits, one.live),
                    others=_indices(bits, others),
                    weighs=_indices(bits, cut.weighs),
                    site=site_at(one.place),
                )
            )
        return terms


def _indices(bits: list[int], mask: int) -> Any:
    return np.asarray([i for i, bit in enumerate(bits) if bit & mask], np.int32)
