"""What all parts of the probe share: the state, the way out for events, and what is asked twice.

The probe decides nothing. Everything it says is a record of plain numbers (gradaudit/events.py),
handed to `feed`. Whatever fails in here is caught, told of once (GA901), and training goes on.
"""

from __future__ import annotations

import functools
import os
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

import numpy as np
import torch

from gradaudit import events
from gradaudit.errors import GradAuditError, GradAuditWarning
from gradaudit.events import Event, Site
from gradaudit.probes import discovery, hidden
from gradaudit.probes.callsites import user_frame
from gradaudit.probes.cruising import Cruise
from gradaudit.probes.diagnosis import Diagnosis
from gradaudit.probes.engine import BackwardCall, inside_backward
from gradaudit.probes.forwards import ForwardWatch
from gradaudit.probes.interning import InternedArrays
from gradaudit.probes.late import LateQueue
from gradaudit.probes.late_lanes import capturing
from gradaudit.probes.late_ledger import LateLedger
from gradaudit.probes.late_reading import Owed
from gradaudit.probes.loss import Loss
from gradaudit.probes.modes import modes_disabled, some_modes
from gradaudit.probes.registry import Registry, Trainable
from gradaudit.probes.replicas import Replicas, is_distributed
from gradaudit.probes.sampling import meter_for
from gradaudit.probes.scout import Scout
from gradaudit.probes.steps import KnownOptimizers
from gradaudit.probes.tracewindow import TraceWindow
from gradaudit.probes.typos import ineffective_freezes
from gradaudit.probes.updates import ValueWatch
from gradaudit.rounds import RepeatedRounds
from gradaudit.tracing.survivors import Survivors
from gradaudit.tracing.tracer import Tracer

P = ParamSpec("P")
_process, _thread = os.getpid, threading.get_ident
HAS_CUDA = torch.backends.cuda.is_built()
_no_torch_function = torch._C.DisableTorchFunction


Self = TypeVar("Self", bound="ProbeBase")


def guarded(
    method: Callable[Concatenate[Self, P], None],
) -> Callable[Concatenate[Self, P], None]:
    """A fault of ours must not stop the run: tell of it once and switch the probe off.

    `GradAuditError` passes: that is `raise_on` doing what was asked for; and a warning that the
    user's filters have made an error.
    """
    name = method.__name__

    @functools.wraps(method)
    def safe(self: Self, *args: P.args, **kwargs: P.kwargs) -> None:
        if self.broken or self.paused or _process() != self.pid:
            return
        with self.lock:
            if self._thread != _thread() and not self._is_the_training_thread():
                return
            if HAS_CUDA and capturing("cuda"):
                self._captured = True  # nothing may be asked of the device, and little is known
                return
            try:
                # Modes of the user must neither count nor change what is done in here.
                with _no_torch_function():
                    if self.late.waiting:
                        self.late.poll()
                    if self._captured:
                        self._tell_captured()
                    if self._unread is not None and name != "norms_wanted":
                        self._read_unread()
                    if some_modes():
                        with modes_disabled():
                            method(self, *args, **kwargs)
                    else:
                        method(self, *args, **kwargs)
                    if self.cruise.went_on:
                        self.cruise.went_on = False
                    else:
                        self.cruise.after(name)
            except (GradAuditError, GradAuditWarning):
                raise
            except Exception as error:
                self.broken = True
                self.trace.close()
                self.failed(method.__name__, error, deaf=True)

    return safe


class Together(Protocol):
    """Who takes rounds that repeat; see gradaudit/rounds.py."""

    def feed_rounds(self, rounds: RepeatedRounds) -> None:
        """Take some into account."""
        ...

    def may_lag(self) -> bool:
        """Does nobody wait for every event at once?"""
        ...

    def is_checkpoint(self, steps: int) -> bool:
        """Is the run judged when so many steps are complete?"""
        ...


@dataclass(slots=True, eq=False)
class Ended:
    """A backward that has ended, while its values are read. Nothing keeps it: it holds the graph.

    While a loop cruises they may be read a moment later, when clipping wants them as well.
    """

    call: BackwardCall
    error: BaseException | None
    loss: Loss
    site: Site | None
    arrived: Any
    before: Any
    trainable: Trainable
    scale: float


LOOKS_FOR_OPTIMIZERS = (3, 20, 100)
"""Backwards after which optimizers that have never stepped are looked for."""


def is_power_of_two(n: int) -> bool:
    """1, 2, 4, 8 ...: when something costly is looked at again."""
    return n > 0 and n & (n - 1) == 0


class ProbeBase:
    """State and shared questions; the listeners are `backwards`, `stepping` and `scaling`."""

    _AS_BEFORE: Any = object()
    """See [Note: Cruising]: nothing is to be told."""

    def __init__(
        self,
        feed: Callable[[Event], None],
        *,
        discover: bool,
        values: str = "all",
        every: int = 1,
        trace: str = "off",
        wants_trace: Callable[[], int] = lambda: 0,
        together: Together | None = None,
        sync: bool = False,
    ) -> None:
        self._feed = feed
        self.late = LateQueue(feed)
        self._together = together
        self.cruise = Cruise(
            None if together is None else together.feed_rounds,
            feed,
            self._may_cruise,
            self._is_due,
        )
        self._every = every
        self.pid = os.getpid()
        self.lock = threading.RLock()
        self._thread: int | None = None
        self.broken = self.paused = False
        self.registry = Registry()
        self.forwards = ForwardWatch()
        self.scout = Scout(self.registry, self.forwards, discover=discover)
        self.known = KnownOptimizers(self.registry, self.scout)
        self.replicas = Replicas(self.registry)
        survivors = Survivors()
        self.tracer = Tracer(self.registry, self.forwards, survivors, self.failed)
        self.diagnosis = Diagnosis(self.registry, self.tracer, survivors)
        self.trace = TraceWindow(self.tracer, trace, wants_trace)
        self.forwards.compile_called = self.tracer.compiled
        self._discover = discover
        self._ledger = LateLedger(self.registry, meter_for(values), sync=sync)
        self.tracer.waits = lambda: not self._ledger.late
        self.replicas.late = lambda: self._ledger.late
        self._interned = InternedArrays()
        self._values = ValueWatch(self.registry)
        self.backwards = 0
        self.step = 0
        self._walks: dict[Site | None, int] = {}
        self._leaves: set[int] = set()
        self._custom: dict[int, str] = {}
        self._walked = False
        self._loss = Loss()
        self._site: Site | None = None
        self._stack = ""
        self._in_step: list[tuple[int, bool]] = []
        self._stepped_within: set[int] = set()
        self._evaluation = 0
        self._zeroed: list[tuple[Any, Site | None]] = []
        self._scale = 1.0
        self._scaled = False
        self._still_scaled: set[int] = set()
        self._stepped_by_scaler = -1
        self._freezes: set[tuple[str, str]] = set()
        self._hidden: set[int] = set()
        self._optimizers_met = False
        self._casts_at_step = False
        self._casts_cleared = True
        self._cache_patch: Any = None
        self._pending: events.StepTaken | None = None
        self._owed: tuple[Owed, Trainable, Any] | None = None
        self._captured = False
        self._swapped: list[int | None] = []
        self._no = np.zeros(0, np.bool_)
        self._unread: Ended | None = None

    def _is_the_training_thread(self) -> bool:
        """Two threads that train at once are not audited: reading `.grad` would race with them."""
        here = threading.get_ident()
        if here == self._thread or inside_backward():
            return True
        others = {thread.ident for thread in threading.enumerate()}
        if self._thread is None or self._thread not in others:
            self._thread = here
            return True
        self.broken = True
        self.feed(
            events.AuditImpossible(
                step=self.step,
                engine="another thread that trains at the same time",
                indices=np.zeros(0, np.int32),
                deaf=True,
            )
        )
        return False

    def failed(self, part: str, error: BaseException, *, deaf: bool = False) -> None:
        """Tell of a fault of our own."""
        text = f"{type(error).__name__}: {error}"
        try:
            if deaf:
                self.late.give_up()
            self.feed(events.ProbeFailed(step=self.step, part=part, error=text, deaf=deaf))
        except Exception:
            # The auditor itself is at fault: nothing is left to tell it to.
            self.broken = True

    def feed(self, event: Event) -> None:
        """Hand an event on."""
        self.cruise.told(event)
        self.late.feed(event)

    # ------------------------------------------------------------------ news

    def _tell_news(self) -> None:
        """Announce what the scout has found, before any event speaks of it."""
        if self.scout.added:
            added, self.scout.added = tuple(self.scout.added), []
            self._ledger.grow()
            self.feed(events.ParametersAdded(step=self.step, parameters=added))
            self._look_for_typos()
            self._look_for_engines()
        if self.scout.replaced:
            replaced, self.scout.replaced = self.scout.replaced, []
            self._ledger.forget(replaced)
            for index in replaced:
                # A leaf that is made anew in each forward was not moved; a rebound variable may be.
                if self.registry.infos[index].kind == "stray":
                    self._values.forget(index)
            self.feed(
                events.ParametersReplaced(step=self.step, indices=np.asarray(replaced, np.int32))
            )
        if self.forwards.changed and len(self.registry):
            names = [info.short for info in self.registry.infos]
            self.feed(self.forwards.event(len(self.registry), self.step, names))

    def _look_for_typos(self) -> None:
        for freeze in ineffective_freezes(self.registry, self.step):
            key = (freeze.target, freeze.attribute)
            if key not in self._freezes:
                self._freezes.add(key)
                self.feed(freeze)

    def _look_for_engines(self) -> None:
        owned = hidden.hidden(self.registry.tensors())
        if self._hidden.issuperset(owned):
            return
        self._hidden.update(owned)
        self.registry.hide(self._hidden)
        deaf = len(self._hidden) == len(self.registry)
        self.feed(
            events.AuditImpossible(
                step=self.step,
                engine=hidden.NAME,
                indices=np.asarray(sorted(self._hidden), np.int32),
                deaf=deaf,
            )
        )
        if deaf:
            self.broken = True
            self.trace.close()

    def _tell_captured(self) -> None:
        """Gradients that a CUDA graph fills when it is replayed: no hook of ours hears of that."""
        self._captured = False
        present = [i for i, g in enumerate(self._ledger.read()) if g is not None]
        self._hidden.update(present)
        self.registry.hide(self._hidden)
        deaf = len(self._hidden) == len(self.registry)
        self.feed(
            events.AuditImpossible(
                step=self.step,
                engine=hidden.CUDA_GRAPH,
                indices=np.asarray(present, np.int32),
                deaf=deaf,
            )
        )
        if deaf:
            self.broken = True
            self.trace.close()

    def _awaited_optimizers(self) -> set[int]:
        """Ids of the optimizers that are there, whether they have stepped or not."""
        alive = discovery.live_optimizers()
        return {id(o) for o in alive if self._discover or self.known.holds_audited(o)}

    def _look_for_optimizers(self) -> None:
        """Optimizers that hold audited parameters and have not stepped yet."""
        for optimizer in discovery.live_optimizers():
            if self.known.index_of(optimizer) is None and self.known.holds_audited(optimizer):
                self.feed(self.known.seen(optimizer, self.step, user_frame(sys._getframe(1))))

    # ------------------------------------------------------------------ see [Note: Cruising]

    def _may_cruise(self, backward: events.BackwardEnded, step: events.StepTaken) -> bool:
        """Is there nothing under way that one of the hooks would have to look after?"""
        trainable = self.registry.trainable()
        return (
            self._together is not None
            and self._together.may_lag()
            and self._every == 1
            and self.known.total() == len(self.known) == 1
            and not self.tracer.on
            and not self._ledger.late
            and not self.late.waiting
            and not is_distributed()
            and not self._in_step
            and not self._still_scaled
            and not self.scout.added
            and not self.scout.replaced
            and not self.forwards.changed
            and not self._values.still_watched()
            and self._values.is_idle(step)
            and not self._ledger.some_present(trainable.frozen)
        )

    def _is_due(self, step: int, first: int, after: int) -> bool:
        """Is there something to be done in a round that takes the step of this number?

        Its backwards have the numbers from `first` to `after`, which is the next round's.
        """
        number = self.known.count(0) + step - self.step
        return (
            (after + 1).bit_length() > (first - 1).bit_length()  # a power of two lies between
            or is_power_of_two(step + 1)
            or any(first < many <= after for many in LOOKS_FOR_OPTIMIZERS)
            or ValueWatch.is_due(number)
            or self._together is None
            or self._together.is_checkpoint(step + 1)
        )

    def _read_unread(self) -> None:
        """Read what was left to be read later; see `Ended`."""
