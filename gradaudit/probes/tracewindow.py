"""When a step is traced: the first one, again when a finding lacks its cause, always, or never."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gradaudit.events import Site, TraceRecorded
from gradaudit.tracing.tracer import Tracer

STEPS_AT_MOST = 8
"""Optimizer steps in one window, while some optimizer has not stepped in it yet."""
BACKWARDS_AT_MOST = 64
"""Backwards in one window, while an optimizer is there that has not stepped."""
BACKWARDS_WITHOUT_OPTIMIZER = 4
CALLS_AT_MOST = 300_000
"""Calls without a backward among them (data being prepared): then the next step is traced."""
RETRACES_AT_MOST = 16


class TraceWindow:
    """Opens and closes the tracer at the boundaries of steps."""

    def __init__(self, tracer: Tracer, when: str, wanted: Callable[[], int]) -> None:
        self.tracer = tracer
        self._when = when
        self._wanted = wanted
        self._stepped: set[int] = set()
        self._awaited: set[int] | None = None
        self._backwards = self._steps = 0
        self._retraces = 0
        self._steps_wanted = 1
        self._postponed = False
        self.ending: Callable[[], None] | None = None
        """Called before a window closes: what has to be known of it later."""

    def open(self) -> None:
        """The audit begins."""
        if self._when != "off":
            self._start("always" if self._when == "always" else "first")

    def close(self) -> None:
        """The audit is over."""
        self.tracer.stop()

    def _start(self, reason: str) -> None:
        self._stepped.clear()
        self._awaited = None
        self._steps_wanted = 1
        self._backwards = self._steps = 0
        self.tracer.start(reason)

    def _stop(self) -> None:
        if self.ending is not None:
            self.ending()
        self.tracer.stop()

    # ------------------------------------------------------------------ boundaries

    def backward_begins(self, roots: tuple[Any, ...], number: int, site: Site | None) -> None:
        """The outermost backward is about to start."""
        self.tracer.backward_begins(roots, number, site)

    def backward_ends(self, step: int, *, optimizers: int) -> TraceRecorded | None:
        """What was traced of it. `optimizers`: how many are known."""
        event = self.tracer.backward_ends(step)
        if not self.tracer.on:
            return event
        self._backwards += 1
        if self._when != "always":
            limit = BACKWARDS_AT_MOST if optimizers else BACKWARDS_WITHOUT_OPTIMIZER
            if self._backwards >= limit:
                self._stop()
        return event

    def step_ends(self, optimizer: int, *, awaited: Callable[[], set[int]]) -> None:
        """An optimizer has stepped. `awaited`: all optimizers that are going to."""
        tracer = self.tracer
        if not tracer.on:
            if self._postponed:
                self._start("first")
                self._postponed = False
            elif (
                self._when != "off"
                and self._retraces < RETRACES_AT_MOST
                and (steps := self._wanted())
            ):
                self._retraces += 1
                self._start("finding")
                self._steps_wanted = steps
            return
        if self._when == "always":
            tracer.step_is_over()
            return
        self._steps += 1
        if tracer.calls_since_backward > CALLS_AT_MOST and not self._backwards:
            self._postponed = True
            self._stop()
            return
        if not self._backwards:
            return
        self._stepped.add(optimizer)
        if self._awaited is None:
            self._awaited = awaited()
        complete = self._awaited <= self._stepped and self._steps >= self._steps_wanted
        if complete or self._steps >= STEPS_AT_MOST:
            self._stop()
