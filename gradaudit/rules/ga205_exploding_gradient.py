"""GA205: gradients jump by orders of magnitude, or dwarf the parameters from the start."""

from __future__ import annotations

import math
from collections.abc import Iterator
from statistics import median

import numpy as np

from gradaudit.events import Clipped, Event, IndexArray, StepTaken
from gradaudit.findings import Severity, Verdict
from gradaudit.history import History
from gradaudit.rounds import RepeatedRounds
from gradaudit.rules.base import Rule, RuleInfo
from gradaudit.rules.words import optimizer_name

JUMP = 1e3
"""Times the median of the steps before."""

PAST = 5
SIZE = 0.1
"""A jump of gradients that are small against the parameters is the end of a warm-up, not harm."""

BEYOND = 10.0
"""Times the largest of the first steps: what comes back to where it was is a new task."""

DWARFS = 1e4
"""Times the norm of the parameters themselves, in every one of the first steps."""

FIRST_STEPS = 3
FEWEST_ELEMENTS = 10
FIX = (
    "lower the learning rate, clip gradients (torch.nn.utils.clip_grad_norm_), average the loss "
    "instead of summing it, and check the scale of inputs and targets"
)


class ExplodingGradient(Rule):
    """Of all parameters of one optimizer together: a single tensor may swing."""

    info = RuleInfo(
        "GA205",
        "exploding-gradient",
        "gradients jump by orders of magnitude or dwarf the parameters",
        Severity.WARNING,
    )
    hears = (StepTaken, Clipped)

    def __init__(self) -> None:
        self._early: dict[int, list[float]] = {}
        self._clipped = False
        self._sizes: dict[int, tuple[IndexArray, float]] = {}

    def check(self, event: Event, history: History) -> Iterator[Verdict]:
        """At every step whose gradients are finite."""
        if isinstance(event, Clipped):
            self._clipped |= bool(event.with_gradient)
        if not isinstance(event, StepTaken) or event.manual:
            return
        clipped, self._clipped = self._clipped, False
        if clipped:
            return  # the step uses something else
        optimizer = history.optimizers[event.optimizer]
        if not optimizer.total_norms or optimizer.total_norms[-1][0] != event.step:
            return
        norm = optimizer.total_norms[-1][1]
        known = self._sizes.get(event.optimizer)
        if known is None or not np.array_equal(known[0], event.held):
            known = self._sizes[event.optimizer] = (event.held, _parameter_norm(history, event))
        size = known[1]
        if event.number < FIRST_STEPS and size > 0.0:
            self._early.setdefault(event.optimizer, []).append(norm / size)
        past = [one for _, one in optimizer.total_norms][:-1]
        if len(past) < PAST:
            return
        usual = median(past)
        known = norm <= BEYOND * optimizer.early_norm
        if usual > 0.0 and norm > JUMP * usual and norm > SIZE * size and not known:
            yield self._verdict(
                history, event,
                f"the gradients of {optimizer_name(history, event.optimizer)} jumped to "
                f"{norm:.3g}, {norm / usual:.1e} times the median of the steps before",
                "jump", {"norm": norm, "median": usual},
            )  # fmt: skip

    def may_repeat(self, rounds: RepeatedRounds, history: History) -> bool:
        """Unless the norms differ so much that one of them may be a jump."""
        if any(isinstance(one, Clipped) and one.with_gradient for one in rounds.round):
            return True
        past = history.optimizers[rounds.step.optimizer].total_norms
        if rounds.step.number < max(PAST, FIRST_STEPS) or not past:
            return False
        totals = [*(norm for _, norm in past), *rounds.totals]
        return max(totals) <= JUMP * min(totals)

    def repeat(self, rounds: RepeatedRounds, history: History) -> None:
        """Nothing but the norms, which the history has."""

    def conclude(self, history: History, *, final: bool) -> Iterator[Verdict]:
        """Dwarfing from the first step on."""
        for index, ratios in self._early.items():
            enough = len(ratios) >= FIRST_STEPS or (final and len(ratios) >= 2)
            optimizer = history.optimizers[index]
            if enough and min(ratios) > DWARFS and math.isfinite(max(ratios)) and optimizer.last:
                yield self._verdict(
                    history, optimizer.last,
                    f"the gradients of {optimizer_name(history, index)} are "
                    f"{median(ratios):.1e} times as large as the parameters, from the first step",
                    "dwarfs", {"ratio": median(ratios)},
                )  # fmt: skip

    @staticmethod
    def _verdict(
        history: History, event: StepTaken, text: str, key: str, evidence: dict[str, float]
    ) -> Verdict:
        largest = _largest(history, event)
        return Verdict(
            severity=Severity.WARNING,
            message=text,
            fix=FIX,
            parameters=largest,
            optimizer=event.optimizer,
            key=(event.optimizer, key),
            evidence=dict(evidence),
        )


def _parameter_norm(history: History, event: StepTaken) -> float:
    norms = [history.parameters[i].norm for i in event.held.tolist()]
    elements = sum(history.parameters[i].numel for i in event.held.tolist())
    known = [n for n in norms if math.isfinite(n)]
    if elements < FEWEST_ELEMENTS or len(known) < len(norms):
        return 0.0
    return math.sqrt(sum(n * n for n in known))


def _largest(history: History, event: StepTaken) -> tuple[int, ...]:
    """The parameters that carry 90 % of the squared norm."""
    squares = np.nan_to_num(np.square(event.norm))
    order = np.argsort(-squares)
    reached = np.cumsum(squares[order]) >= 0.9 * squares.sum()
    last = int(np.argmax(reached)) if reached.any() else len(order) - 1
    return tuple(sorted(event.held[order[: last + 1]].tolist()))
