"""The part of the probe that listens to what scales gradients: clipping and gradient scalers."""

from __future__ import annotations

import sys
from dataclasses import replace

import numpy as np
import torch
from torch.optim.optimizer import Optimizer

from gradaudit import events
from gradaudit.events import Site
from gradaudit.probes.base import guarded
from gradaudit.probes.callsites import user_frame
from gradaudit.probes.directions import Few
from gradaudit.probes.telling import TellingBase


class ScalingListener(TellingBase):
    """A `ClippingObserver` and a `ScalerObserver`."""

    _scale_comes = False
    """The scale is on a device, and nearly always above 1."""

    @guarded
    def clip_begins(
        self,
        parameters: list[torch.Tensor] | None,
        gradients: list[torch.Tensor] | None,
        by: str,
        site: Site | None,
    ) -> None:
        """Which gradients are about to be clipped, and in which state they are."""
        facts = by, site, tuple(map(id, parameters or ())) or len(gradients or ())
        as_before = self.cruise.expects("clip_begins") and self.cruise.facts == facts
        just_looked, self._just_looked = self._just_looked, False
        if as_before and just_looked:
            self.cruise.go_on()
            return
        now = self._ledger.read()
        change = self._ledger.settle(now, at_step=True)
        if as_before and change is None and self._ledger.norm is self.cruise.last_norm():
            self.cruise.go_on()
            return
        self.cruise.facts = facts
        self._tell_reset(change)
        if parameters is not None:
            indices = list(self.registry.indices_of(parameters))
            with_gradient = sum(now[i] is not None for i in indices)
            if not indices and self.registry.models and parameters:
                return  # gradients of somebody else
        else:
            given = {id(g) for g in gradients or ()}
            indices = [i for i, g in enumerate(now) if g is not None and id(g) in given]
            with_gradient = len(indices)
            if given and not indices:
                return
        scaled = bool(self._still_scaled.intersection(indices)) and (
            self._scale > 1.0 or self._scale_comes
        )
        self.feed(
            events.Clipped(
                step=self.step, site=site, indices=np.asarray(indices, np.int32),
                with_gradient=with_gradient,
                given=len(parameters) if parameters is not None else max(1, len(indices)),
                scaled=scaled, by=by,
            )
        )  # fmt: skip

    @guarded
    def clip_ends(self) -> None:
        """Whatever has changed now, clipping changed it."""
        self._ledger.rebase(self._ledger.read())
        if self.cruise.expects("clip_ends"):
            self.cruise.go_on()

    @guarded
    def loss_scaled(self, scale: float | torch.Tensor) -> None:
        """The next backward is scaled."""
        self._scaled = True
        self._scale_comes = isinstance(scale, torch.Tensor) and self._ledger.late
        if isinstance(scale, torch.Tensor):
            if self._scale_comes:
                self._ledger.note_scale(scale)
            scale = 1.0 if self._scale_comes else scale.item()
        self._scale = scale if scale == scale else 1.0

    @guarded
    def gradients_unscaled(self, optimizer: Optimizer) -> None:
        """From now on these are what they would be without a scaler."""
        held = [i for group in optimizer.param_groups
                for i in self.registry.indices_of(group["params"])]  # fmt: skip
        self._still_scaled.difference_update(held)
        self._ledger.grow()
        self._ledger.unscaled(held)

    @guarded
    def scaler_step_begins(self, optimizer: Optimizer) -> None:
        """The optimizer is met even if the scaler will skip it."""
        self._stepped_by_scaler = -1
        frame = user_frame(sys._getframe(1))
        if self._discover:
            self.scout.meet_optimizer(optimizer, frame)
        self._tell_news()
        _, seen = self.known.meet(optimizer, self.step, frame)
        if seen is not None:
            self.feed(seen)

    @guarded
    def scaler_step_ends(
        self, optimizer: Optimizer, scale: float, found_inf: bool | list[torch.Tensor]
    ) -> None:
        """Did it step? A fused optimizer is called all the same, and finds out by itself."""
        index = self.known.index_of(optimizer)
        if index is None or not len(self.known.held(index)):
            return
        skipped = self._stepped_by_scaler != index
        found: tuple[Few, ...] = ()
        if isinstance(found_inf, bool):
            skipped = skipped or found_inf
        elif not skipped:
            found = tuple(Few(one, late=self._ledger.late) for one in found_inf)
        event = events.ScalerStepped(step=self.step, optimizer=index, skipped=skipped, scale=scale)
        reading = self._ledger.scale_reading if scale != scale else None

        def whole() -> tuple[events.ScalerStepped]:
            more = {} if reading is None else reading.more
            over = skipped or any(one.is_above_zero() for one in found)
            return (replace(event, skipped=over, scale=more.get("scale", scale)),)

        if self._ledger.late:
            self.late.defer(found if reading is None else (*found, reading), whole)
        else:
            self.feed(*whole())
