"""WHAT RANKS SHARE: the records of gradients that should have been averaged over the ranks.

Indices, steps and arrays: as gradaudit/events.py says, which hands these records on.
"""

from __future__ import annotations

from dataclasses import dataclass

from gradaudit.causes import Site
from gradaudit.event_base import Event, IndexArray


@dataclass(frozen=True, slots=True, kw_only=True)
class GradientsUnsynchronized(Event):
    """An optimizer is about to use gradients that DistributedDataParallel has not averaged.

    Comes right before the `StepTaken` of that step, and says only what this process knows by
    itself. `why`: "unfinished" (the reducer still waits for gradients of `missing`), "bypassed"
    (no backward since the last step of these went through the wrapper) or "outside" (the wrapper
    never took these parameters in). `local`: parameters whose gradient is surely this rank's own;
    `missing_elsewhere`: names of awaited parameters that are not audited; `frozen`: those of
    `missing` that require no grad now; `optimizer`: who steps, -1 for nobody (the wrapper's own
    error ended the run before); `mode`: "default", "find-unused" or "static-graph"; `partial`:
    gradients that are not in `local` may have been averaged or not; `site`: the last backward.
    """

    why: str
    missing: IndexArray
    local: IndexArray
    frozen: IndexArray
    missing_elsewhere: tuple[str, ...] = ()
    optimizer: int = -1
    world_size: int = 1
    mode: str = "default"
    partial: bool = False
    site: Site | None = None
