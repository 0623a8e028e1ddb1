"""GA204: gradients fall by orders of magnitude along the depth, or against their own past.

Gradients of a fitted model are tiny as well: against the past, only a fall while the loss got no
better counts.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from statistics import median

import numpy as np

from gradaudit.events import BackwardEnded, Event, Status, StepTaken
from gradaudit.findings import Severity, Verdict
from gradaudit.history import History, OptimizerHistory
from gradaudit.rounds import RepeatedRounds
from gradaudit.rules.base import Rule, RuleInfo
from gradaudit.rules.words import QUERIES_AND_KEYS, count, optimizer_name, these

ORDERS_ALONG_DEPTH = 4.0
"""Decimal orders by which the first quarter of the layers must lie below the last."""

ORDERS_OF_ALL = 2.0
"""And by which every single one of the first layers must: what reaches one of them has passed all
that are behind it, however tiny its neighbours' gradients are (attention's queries and keys)."""

MONOTONE = 0.7
"""Correlation of depth and log10 of the gradient from which the fall is one along the depth."""

FEWEST_LAYERS = 5
FIRST_LAYERS = 3
HITS = 5
SHORTEST_RUN = 3
ORDERS_AGAINST_PAST = 6.0
WINDOW = 10
FIX = (
    "use residual connections, normalisation layers or ReLU-like activations, and check the "
    "initialisation; saturated sigmoid or tanh layers shrink a gradient at every layer"
)


class VanishingGradient(Rule):
    """Weights only (two dimensions or more), per element, so that layer size does not matter."""

    info = RuleInfo(
        "GA204",
        "vanishing-gradient",
        "gradients fall by orders of magnitude along the depth or against their own past",
        Severity.WARNING,
    )
    hears = (BackwardEnded, StepTaken)

    def __init__(self) -> None:
        self._hits: dict[tuple[int, str], int] = {}
        self._looks: dict[tuple[int, str], int] = {}
        self._worst: dict[tuple[int, str], tuple[float, list[int]]] = {}
        self._losses: list[float] = []
        self._last_losses: list[float] = []

    def check(self, event: Event, history: History) -> Iterator[Verdict]:
        """Looks along the depth in the first steps and now and then afterwards."""
        if isinstance(event, BackwardEnded) and event.loss_known:
            if len(self._losses) < WINDOW:
                self._losses.append(abs(event.loss))
            self._last_losses = [*self._last_losses[-WINDOW + 1 :], abs(event.loss)]
        if isinstance(event, StepTaken) and (event.number < WINDOW or event.number % 16 == 0):
            self._along_depth(event, history)
        return iter(())

    def _along_depth(self, event: StepTaken, history: History) -> None:
        models: dict[str, list[tuple[int, float]]] = {}
        for i, status, norm in zip(
            event.held.tolist(), event.status.tolist(), event.norm.tolist(), strict=True
        ):
            info = history.parameters[i]
            if (
                len(info.shape) < 2
                or info.kind not in ("parameter", "tensor")
                or "Embedding" in info.module_class
                or _asks(info.name)
            ):
                continue
            if status in (Status.OK, Status.STALE) and norm > 0:
                models.setdefault(info.model if info.kind == "parameter" else "", []).append(
                    (i, math.log10(norm) - 0.5 * math.log10(max(info.numel, 1)))
                )
        for model, layers in models.items():
            if len(layers) < FEWEST_LAYERS:
                continue
            layers.sort()
            key = (event.optimizer, model)
            self._looks[key] = self._looks.get(key, 0) + 1
            size = np.array([value for _, value in layers])
            quarter = max(1, len(size) // 4)
            drop = float(np.median(size[-quarter:]) - np.median(size[:quarter]))
            front = size[: max(quarter, FIRST_LAYERS)]
            least = float(np.median(size[-quarter:]) - front.max())
            if drop < ORDERS_ALONG_DEPTH or least < ORDERS_OF_ALL:
                continue
            if float(np.corrcoef(np.arange(len(size)), size)[0, 1]) < MONOTONE:
                continue
            self._hits[key] = self._hits.get(key, 0) + 1
            low = [i for i, value in layers if value < size[-quarter:].min() - ORDERS_ALONG_DEPTH]
            if drop > self._worst.get(key, (0.0, []))[0]:
                self._worst[key] = (drop, low or [layers[0][0]])

    def may_repeat(self, rounds: RepeatedRounds, history: History) -> bool:
        """Always: see `repeat`."""
        return True

    def repeat(self, rounds: RepeatedRounds, history: History) -> None:
        """The losses, and the looks that were due."""
        losses = [abs(loss) for of_round in rounds.losses for loss in of_round]
        self._losses += losses[: max(0, WINDOW - len(self._losses))]
        self._last_losses = [*self._last_losses, *losses][-WINDOW:]
        first = rounds.step.number + 1
        for k in range(rounds.count):
            if first + k < WINDOW or (first + k) % 16 == 0:
                *_, step = rounds.expand_round(k)
                if isinstance(step, StepTaken):
                    self._along_depth(step, history)

    def conclude(self, history: History, *, final: bool) -> Iterator[Verdict]:
        """Along the depth, and against the run's own beginning."""
        for key, hits in self._hits.items():
            looks = self._looks[key]
            if hits >= HITS or (final and looks >= SHORTEST_RUN and hits == looks):
                drop, low = self._worst[key]
                yield Verdict(
                    severity=Severity.WARNING,
                    message=f"gradients shrink along the depth of the network: those of "
                    f"{these(history, low)} are 10^{drop:.0f} times smaller than the last layers'",
                    fix=FIX,
                    parameters=tuple(low),
                    optimizer=key[0],
                    key=("depth", *key),
                    first_step=0,
                    last_step=history.last_step,
                    count=hits,
                    evidence={"orders_of_magnitude": drop},
                )
        for optimizer in history.optimizers.values():
            yield from self._against_past(history, optimizer)

    def _against_past(self, history: History, optimizer: OptimizerHistory) -> Iterator[Verdict]:
        norms = [norm for _, norm in optimizer.total_norms]
        if len(norms) < 2 * WINDOW or optimizer.first_norm <= 0.0 or len(optimizer.held) < 2:
            return
        now = median(norms[-WINDOW:])
        if now <= 0.0 or math.log10(optimizer.first_norm / now) < ORDERS_AGAINST_PAST:
            return
        if len(self._losses) < WINDOW or median(self._last_losses) < median(self._losses):
            return
        drop = math.log10(optimizer.first_norm / now)
        yield Verdict(
            severity=Severity.WARNING,
            message=f"the gradients of {optimizer_name(history, optimizer.index)} have shrunk "
            f"10^{drop:.0f} times in {count(optimizer.steps, 'step')}, and the loss got no better",
            fix=FIX,
            parameters=tuple(np.unique(optimizer.held).tolist()),
            optimizer=optimizer.index,
            key=("past", optimizer.index),
            first_step=max(history.last_step - WINDOW + 1, 0),
            last_step=history.last_step,
            count=WINDOW,
            evidence={"orders_of_magnitude": drop},
        )


def _asks(name: str) -> bool:
    """Is it the weight of an attention's queries or keys, not packed with its values?

    While an untrained attention looks everywhere alike, their gradients are orders of magnitude
    below those of the layers before and behind.
    """
    words = set(re.split(r"[._]", name.lower()))
    return bool(words & QUERIES_AND_KEYS) and not words & {"v", "value", "wv"}
