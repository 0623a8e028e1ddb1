"""The probe: all listeners as one, with a beginning and an end."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, final

import torch

from gradaudit.events import Site
from gradaudit.probes import clipping, engine, late_lanes, optimizers, scaler, swapping, zeroing
from gradaudit.probes.backwards import BackwardListener
from gradaudit.probes.base import guarded
from gradaudit.probes.patches import Patch
from gradaudit.probes.scaling import ScalingListener
from gradaudit.probes.stepping import StepListener
from gradaudit.tracing import loading

_ROOMS: tuple[Any, ...] = (engine, optimizers, zeroing, loading, clipping, scaler, swapping)


@final
class GradientProbe(BackwardListener, StepListener, ScalingListener):
    """One audit's ears. `open` before training, `close` after."""

    def swap_begins(self, tensors: tuple[torch.Tensor, ...]) -> None:
        """Let go of every weak reference to these tensors."""
        self._swapped = [self.registry.release(t) for t in tensors]
        for t in tensors:
            self._ledger.release(t)
            self.scout.release(t)
            self.tracer.release(t)

    def swap_ends(self, tensors: tuple[torch.Tensor, ...]) -> None:
        """The slots follow the objects."""
        for tensor, index in zip(tensors, self._swapped, strict=True):
            if index is not None:
                self.registry.rebind(index, tensor)

    def open(self) -> None:
        """Begin to listen, if there is anything to be heard."""
        if self.broken:
            return
        self.forwards.open()
        for room in _ROOMS:
            room.subscribe(self)
        self._cache_patch = Patch(torch, "clear_autocast_cache", self._told_of_cache)
        self.trace.open()

    def close(self) -> None:
        """Stop listening and leave nothing behind."""
        self._drain()
        self.trace.close()
        self.diagnosis.close()
        for room in _ROOMS:
            room.unsubscribe(self)
        if not engine.observed():
            late_lanes.forget_lanes()
        self.forwards.close()
        if self._cache_patch is not None:
            self._cache_patch.remove()
            self._cache_patch = None

    def pause(self) -> None:
        """Look away, at no cost at all: nothing is taken over meanwhile."""
        if not self.paused:
            self.catch_up()
            self.paused = True
            self.tracer.mute()
            for room in _ROOMS:
                room.unsubscribe(self)

    def resume(self) -> None:
        """Look again."""
        if self.paused:
            self.paused = False
            self.tracer.unmute()
            for room in _ROOMS:
                room.subscribe(self)

    @guarded
    def catch_up(self) -> None:
        """Tell what was kept back; see [Note: Cruising] and [Note: Late]. Waits for devices."""
        self.cruise.catch_up()
        self.late.drain()

    def _drain(self) -> None:
        """What is still on its way is told as well, whatever has failed meanwhile."""
        if os.getpid() == self.pid:
            try:
                self.late.drain()
            except Exception as error:
                self.failed("late values", error)

    def _told_of_cache(self, original: Callable[[], None]) -> Callable[[], None]:
        def clear_autocast_cache() -> None:
            self._casts_cleared = True
            original()

        return clear_autocast_cache

    @guarded
    def finish(self) -> None:
        """The run is over: what is known only now (parameters changed by hand, idle optimizers)."""
        self._manual_step()
        self._look_for_optimizers()
        self._look_for_typos()
        self._tell_news()
        self.late.drain()

    @guarded
    def state_loaded(self, module: torch.nn.Module, site: Site | None) -> None:
        """`load_state_dict` is about to change the parameters of this module."""
        self.diagnosis.state_loaded(module, site)

    @guarded
    def explain(self, error: BaseException) -> None:
        """An exception has left the script, or the block that is watched."""
        self.late.drain()
        raised = self.diagnosis.raised(error, None, None, None, self.step)
        if raised is not None:
            self.feed(raised)
        for unfinished in self.replicas.raised(error, self._ledger.read(), self.step):
            self.feed(unfinished)

    @guarded
    def announce(self) -> None:
        """Tell of models and tensors that were named to the scout."""
        self._tell_news()
