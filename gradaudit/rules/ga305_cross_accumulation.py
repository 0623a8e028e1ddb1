"""GA305: a step used a gradient that mixes its own loss with one left by another's backward."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from gradaudit.events import BoolArray, Event, Site, StepTaken
from gradaudit.findings import Cause, Severity, Verdict
from gradaudit.history import Contribution, History, OptimizerHistory
from gradaudit.rounds import RepeatedRounds
from gradaudit.rules.base import Rule, RuleInfo
from gradaudit.rules.words import at, optimizer_name, these

OFTEN = 2


class CrossAccumulation(Rule):
    """Whose a backward is, shows in who steps after it, or who zeroes before it.

    A backward after which another optimizer stepped, and at whose call site this one never steps,
    was not meant for this one.
    """

    info = RuleInfo(
        "GA305",
        "cross-accumulation",
        "a step mixed its own gradient with another loss's",
        Severity.WARNING,
    )
    hears = (StepTaken,)

    def __init__(self) -> None:
        self._seen: dict[int, int] = {}

    def check(self, event: Event, history: History) -> Iterator[Verdict]:
        """Where gradients are consumed."""
        if not isinstance(event, StepTaken) or event.manual or event.inside_backward:
            return
        optimizer = history.optimizers[event.optimizer]
        held = np.zeros(history.n, np.bool_)
        held[event.held] = True
        found = _leak_after_step(history, optimizer, held) or _leak_by_zeroing(
            history, optimizer, held
        )
        if found is None:
            return
        mixed, site = found
        mixed = mixed & ~optimizer.stale_now
        if not mixed.any():
            return
        seen = self._seen[event.optimizer] = self._seen.get(event.optimizer, 0) + 1
        if seen < OFTEN:
            return
        indices = np.flatnonzero(mixed).tolist()
        yield Verdict(
            severity=Severity.WARNING,
            message=f"{optimizer_name(history, event.optimizer)} steps with gradients of "
            f"{these(history, indices)} that also hold those of the backward{at(site)}, which "
            "belongs to another optimizer",
            fix="clear this optimizer's gradients right before its own backward, or keep the other "
            "loss from reaching these parameters (requires_grad_(False) meanwhile, or detach)",
            parameters=tuple(indices),
            optimizer=event.optimizer,
            cause=Cause.at("other-backward", site),
            key=event.optimizer,
        )

    def may_repeat(self, rounds: RepeatedRounds, history: History) -> bool:
        """Where no leak was seen: one optimizer has nobody to leak to."""
        return not self._seen and len(history.optimizers) == 1


def _leak_after_step(
    history: History, optimizer: OptimizerHistory, held: BoolArray
) -> tuple[BoolArray, Site | None] | None:
    own, others = np.zeros(history.n, np.bool_), list[Contribution]()
    for one in history.contributions:
        if not one.closed or optimizer.index in one.group_at_close or not one.group_at_close:
            own |= one.live
        elif history.origin(one) not in optimizer.direct:
            others.append(one)
    for one in others:
        mixed = one.live & own & held
        if mixed.any():
            return mixed, one.site
    return None


def _leak_by_zeroing(
    history: History, optimizer: OptimizerHistory, held: BoolArray
) -> tuple[BoolArray, Site | None] | None:
    """Zero A, backward, zero B, backward, step A, step B: what the second left in A is B's."""
    index = optimizer.index
    own = [c for c in history.contributions if index in c.zeroed]
    if not own:
        return None
    for one in history.contributions:
        if one.number <= own[-1].number or not one.zeroed or index in one.zeroed:
            continue
        if history.origin(one) == history.origin(own[-1]):
            continue  # the same loss again: a micro-batch
        others = [history.optimizers[o] for o in one.zeroed if o in history.optimizers]
        theirs = [o for o in others if len(o.held) and one.live[o.held].any()]
        strangers = [o for o in theirs if not own[-1].live[o.held].any()]
        mixed = one.live & own[-1].live & held
        for other in strangers:
            mixed[other.held] = False
        if strangers and mixed.any():
            return mixed, one.site
    return None
