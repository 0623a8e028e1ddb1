"""GA306: gradients are clipped where it has no effect, or the wrong one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from gradaudit.events import (
    BackwardEnded,
    BoolArray,
    Clipped,
    Event,
    GradientsReset,
    ScalerStepped,
    Site,
    StepTaken,
)
from gradaudit.findings import Severity, Verdict
from gradaudit.history import History, padded
from gradaudit.rounds import RepeatedRounds
from gradaudit.rules.base import Rule, RuleInfo
from gradaudit.rules.words import at

CALLS = 3
SHORTEST_RUN = 2
SHARE = 0.4


@dataclass(slots=True)
class _Use:
    """What one clipping call site met."""

    calls: int = 0
    nothing: int = 0
    empty: int = 0
    used: int = 0
    early: int = 0
    scaled: int = 0
    scaled_pending: bool = False
    filled: bool = False
    first: int = 0
    last: int = 0
    by: str = ""
    clipped: BoolArray = field(default_factory=lambda: np.zeros(0, np.bool_))
    parameters: set[int] = field(default_factory=lambda: set[int]())


class ClipWithoutEffect(Rule):
    """Before the backward, after the step, once per micro-batch, or before unscaling."""

    info = RuleInfo(
        "GA306",
        "clip-without-effect",
        "gradients are clipped where it has no or the wrong effect",
        Severity.WARNING,
    )
    hears = (Clipped, BackwardEnded, GradientsReset, StepTaken, ScalerStepped)

    def __init__(self) -> None:
        self._uses: dict[tuple[Site | None, str], _Use] = {}

    def check(self, event: Event, history: History) -> Iterator[Verdict]:
        """Counts; `conclude` judges."""
        if isinstance(event, Clipped):
            self._clipped(event, history)
        elif isinstance(event, BackwardEnded):
            for use in self._uses.values():
                use.filled = use.filled or any(event.arrived[i] for i in use.parameters)
                again = padded(event.arrived & event.before, history.n)
                if (padded(use.clipped, history.n) & again).any():
                    use.early += 1
                    use.clipped = np.zeros(0, np.bool_)
        elif isinstance(event, GradientsReset):
            for use in self._uses.values():
                use.clipped = padded(use.clipped, history.n) & ~padded(event.reset, history.n)
        elif isinstance(event, StepTaken):
            for use in self._uses.values():
                use.clipped = padded(use.clipped, history.n).copy()
                use.clipped[event.held] = False
        elif isinstance(event, ScalerStepped):
            for use in self._uses.values():
                use.scaled += use.scaled_pending
                use.scaled_pending = False
        return iter(())

    def _clipped(self, event: Clipped, history: History) -> None:
        use = self._uses.setdefault((event.site, event.by), _Use(by=event.by, first=event.step))
        use.calls += 1
        use.last = event.step
        use.parameters.update(event.indices.tolist())
        use.empty += not event.given
        if not event.with_gradient:
            use.nothing += 1
        elif not history.fresh[event.indices].any():
            use.used += 1
        else:
            use.clipped = np.zeros(history.n, np.bool_)
            use.clipped[event.indices] = True
            use.clipped &= history.fresh & history.held
        use.scaled_pending = event.scaled

    def may_repeat(self, rounds: RepeatedRounds, history: History) -> bool:
        """Where what is clipped is used by the step, and each call is known."""
        return not any(use.early for use in self._uses.values()) and all(
            (one.site, one.by) in self._uses and one.with_gradient and one.given
            for one in rounds.round
            if isinstance(one, Clipped)
        )

    def repeat(self, rounds: RepeatedRounds, history: History) -> None:
        """As many calls more."""
        for one in rounds.round:
            if isinstance(one, Clipped):
                use = self._uses[one.site, one.by]
                use.calls += rounds.count
                use.last = one.step + rounds.count

    def conclude(self, history: History, *, final: bool) -> Iterator[Verdict]:
        """One verdict per clipping call site."""
        needed = SHORTEST_RUN if final else CALLS
        for (site, by), use in self._uses.items():
            text, fix = _what(use, needed)
            if text is None:
                continue
            yield Verdict(
                severity=Severity.WARNING,
                message=f"{by}{at(site)} {text}",
                fix=fix,
                parameters=tuple(sorted(use.parameters)),
                key=(site, by),
                first_step=use.first,
                last_step=use.last,
                count=use.calls,
            )


def _what(use: _Use, needed: int) -> tuple[str | None, str]:
    after_backward = "clip after the last backward of the step, right before optimizer.step()"
    if use.calls >= needed and use.nothing + use.used == use.calls:
        if use.empty == use.calls:
            return (
                "gets no parameters at all",
                "pass model.parameters() anew at each call: a generator is used up after one",
            )
        if not use.filled:
            return None, ""  # no backward fills what it clips: that is another mistake
        if use.nothing >= use.used:
            return "finds no gradient to clip, at any call: it runs before the backward", (
                after_backward
            )
        return "clips gradients that a step has used already, at every call", after_backward
    if use.early >= needed and use.early >= SHARE * use.calls:
        return (
            f"clips partial sums: in {use.early} of {use.calls} calls more gradient was added "
            "afterwards",
            "clip once per optimizer step, after the last micro-batch",
        )
    if use.scaled >= needed:
        return (
            "clips gradients that are still multiplied by the gradient scale",
            "call scaler.unscale_(optimizer) before clipping",
        )
    return None, ""
