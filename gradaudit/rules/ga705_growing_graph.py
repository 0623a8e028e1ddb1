"""GA705: a variable holds a graph that grows with every step."""

from __future__ import annotations

from collections.abc import Iterator

from gradaudit.events import Event, GraphGrew
from gradaudit.findings import Severity, Verdict
from gradaudit.history import History
from gradaudit.rules.base import Rule, RuleInfo

EARLY = 16
"""The step from which it is said while the run goes on: before, it may be emptied any time."""
LONG = 10
"""Steps of growth that stay worth a warning when the graph has been let go after all."""


class GrowingGraph(Rule):
    """A running total, a list or a carried state that keeps every step's graph."""

    info = RuleInfo(
        "GA705",
        "growing-graph",
        "a variable that outlives the steps holds a graph that grows with each",
        Severity.WARNING,
    )
    hears = (GraphGrew,)

    def __init__(self) -> None:
        self._latest: dict[str, GraphGrew] = {}
        self._proven: dict[str, GraphGrew] = {}

    def check(self, event: Event, history: History) -> Iterator[Verdict]:
        """Remembers; `conclude` judges."""
        if isinstance(event, GraphGrew):
            self._latest[event.tensor] = event
            grown = event
            if event.sizes[-1] <= event.sizes[-2]:
                grown = None
                if event.steps[-2] - event.steps[0] >= LONG:
                    grown = self._proven.get(event.tensor)
            if grown is None:
                self._proven.pop(event.tensor, None)
            else:
                self._proven[event.tensor] = grown
        return iter(())

    def conclude(self, history: History, *, final: bool) -> Iterator[Verdict]:
        """Variables whose graph has grown, and has not been let go early."""
        for name, event in self._proven.items():
            if not final and event.steps[-1] < EARLY:
                continue
            steps = event.steps[-1] - event.steps[0]
            cause = event.cause
            where = f", built at {cause.file}:{cause.line}," if cause and cause.line else ""
            yield Verdict(
                severity=Severity.WARNING,
                message=f"`{name}`{where} holds the graphs of past steps: "
                f"{event.sizes[0]} autograd nodes grew to {event.sizes[-1]} in {steps} steps, and "
                "nothing lets go of them",
                fix="keep the number, not the graph: `total += loss.item()` (or `loss.detach()`), "
                "`losses.append(loss.item())`; detach a state that is carried from step to step",
                cause=cause,
                key=name,
                first_step=event.steps[0] - 1,
                last_step=event.steps[-1] - 1,
                count=steps + 1,
                evidence={"tensor": name, "sizes": list(event.sizes), "steps": list(event.steps)},
            )
