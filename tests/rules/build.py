"""A training run told as events, so that a test of a rule reads as a claim. No torch in here.

`Run` keeps what a probe would keep: what is in each `.grad`, and how many steps were taken. Every
method feeds the events of one thing that a loop does and returns the run:

    Run(["a.weight", "b.weight"]).backward(arrived=[0]).step().reset().says("GA101")
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from gradaudit.auditor import Auditor
from gradaudit.config import Settings
from gradaudit.events import (
    BackwardEnded,
    Clipped,
    Event,
    GradientsReset,
    OptimizerSeen,
    ParameterInfo,
    ParametersAdded,
    ParametersChecked,
    RunEnded,
    ScalerStepped,
    Site,
    Status,
    StepTaken,
    TraceRecorded,
    ZeroGradCalled,
)
from gradaudit.findings import Cause, Finding, Severity
from gradaudit.report import Report

Indices = Iterable[int] | None
"""Indices of parameters; None: all of them."""

EMPTY = (Status.NONE, Status.ZERO, Status.SKIPPED)
LETTERS = "abcdefghijklmnopqrstuvwxyz"


def at(line: int) -> Site:
    """A line of the user's script."""
    return Site("train.py", line, "main")


def indices(values: Iterable[int]) -> Any:
    """Parameter indices as events hold them."""
    return np.array(list(values), np.int32)


class _Ears:
    """A sink that keeps the findings it was told."""

    def __init__(self) -> None:
        self.findings: list[Finding] = []

    def emit(self, record: Event | Finding) -> None:
        if isinstance(record, Finding):
            self.findings.append(record)

    def close(self) -> None:
        pass


class Run:
    """One run of one auditor. `parameters`: their names, or how many ("a.weight", "b.weight" ...).

    They are trainable, 4 x 4, of norm 1, and all held by optimizer 0 ("optimizer") unless
    `optimizer` is False. `ignore`: rules that are not asked. Other keywords are fields of
    `ParameterInfo` for all of them.
    """

    def __init__(
        self,
        parameters: int | Sequence[str] = 3,
        *,
        optimizer: bool = True,
        ignore: Sequence[str] = (),
        **info: Any,
    ) -> None:
        self._ears = _Ears()
        self.auditor = Auditor(Settings.of(ignore=ignore), [self._ears])
        self.names: list[str] = []
        self.status: list[Status] = []
        self.norm: list[float] = []
        self.frozen: set[int] = set()
        self.held: dict[int, list[int]] = {}
        self.taken: dict[int, int] = {}
        self.steps = 0
        self.backwards = 0
        if isinstance(parameters, int):
            parameters = [f"{letter}.weight" for letter in LETTERS[:parameters]]
        self.add(parameters, **info)
        if optimizer:
            self.optimizer()

    # ------------------------------------------------------------------ what a loop does

    def feed(self, *events: Event) -> Run:
        """Any events."""
        for event in events:
            self.auditor.feed(event)
        return self

    def add(self, names: Sequence[str], *, model: str = "Net", **info: Any) -> Run:
        """More parameters. The module is the name up to the last dot."""
        fields: dict[str, Any] = {"shape": (4, 4), "numel": 16, "norm": 1.0, **info}
        new = [
            ParameterInfo(
                index=len(self.names) + i, name=f"{model}.{name}", short=name, model=model,
                module=name.rpartition(".")[0], **fields,
            )
            for i, name in enumerate(names)
        ]  # fmt: skip
        self.names += names
        self.status += [Status.NONE] * len(new)
        self.norm += [np.nan] * len(new)
        return self.feed(ParametersAdded(step=self.steps, parameters=tuple(new)))

    def optimizer(self, index: int = 0, held: Indices = None, **fields: Any) -> Run:
        """An optimizer is met, or holds something else now. All in one group unless said."""
        mine = self.held[index] = self._all(held)
        fields.setdefault("groups", np.zeros(len(mine), np.int32))
        fields.setdefault("name", "optimizer" if index == 0 else f"optimizer{index}")
        return self.feed(
            OptimizerSeen(step=self.steps, optimizer=index, held=indices(mine), **fields)
        )

    def freeze(self, which: Indices = None) -> Run:
        """requires_grad is False from now on."""
        self.frozen |= set(self._all(which))
        return self

    def backward(
        self,
        arrived: Indices = None,
        status: Status | Mapping[int, Status] = Status.OK,
        norm: float | Mapping[int, float] = 1.0,
        line: int = 10,
        **fields: Any,
    ) -> Run:
        """A backward from `line` reached these; `status` and `norm` are of the gradients then."""
        came = [i for i in self._all(arrived) if i not in self.frozen]
        before = self.mask(i for i, s in enumerate(self.status) if s not in EMPTY)
        for i in came:
            self.status[i] = status.get(i, Status.OK) if isinstance(status, Mapping) else status
            self.norm[i] = norm.get(i, 1.0) if isinstance(norm, Mapping) else norm
        expected = self.mask(set(range(len(self.names))) - self.frozen)
        now = [Status.FROZEN if i in self.frozen else s for i, s in enumerate(self.status)]
        defaults: dict[str, Any] = {
            "step": self.steps,
            "number": self.backwards,
            "site": at(line),
            "arrived": self.mask(came),
            "expected": expected,
            "before": before,
            "status": np.array(now, np.uint8),
            "norm": np.array(self.norm),
        }
        self.backwards += 1
        return self.feed(BackwardEnded(**{**defaults, **fields}))

    def trace(
        self,
        reached: Indices = None,
        why: Mapping[int, Cause] | None = None,
        used: Indices = None,
        **fields: Any,
    ) -> Run:
        """The backward that comes next was traced: what it reaches, and why not the others."""
        why = why or {}
        causes = list(dict.fromkeys(why.values()))
        below = self._all(reached)
        numbers = [causes.index(why[i]) if i in why else -1 for i in range(len(self.names))]
        defaults: dict[str, Any] = {
            "step": self.steps,
            "backward": self.backwards,
            "used": self.mask(self._all(used)),
            "depends": self.mask(below),
            "reached": self.mask(below),
            "causes": tuple(causes),
            "cause_of": indices(numbers),
        }
        return self.feed(TraceRecorded(**{**defaults, **fields}))

    def reset(self, which: Indices = None, line: int = 20, **fields: Any) -> Run:
        """Their gradients, where there are any, are None now; by zero_grad unless said."""
        gone = [i for i in self._all(which) if self.status[i] != Status.NONE]
        for i in gone:
            self.status[i], self.norm[i] = Status.NONE, np.nan
        if not gone:
            return self
        fields = {"by": "zero_grad", "site": at(line), **fields}
        return self.feed(
            GradientsReset(
                step=self.steps, reset=self.mask(gone), cleared=self.mask(gone), **fields
            )
        )

    def zero_grad(self, optimizer: int = 0, line: int = 20) -> Run:
        """`optimizer.zero_grad()`."""
        self.feed(ZeroGradCalled(step=self.steps, optimizer=optimizer, site=at(line)))
        return self.reset(self.held[optimizer], line)

    def step(self, optimizer: int = 0, **fields: Any) -> Run:
        """An optimizer uses what there is."""
        held = self.held[optimizer]
        number = self.taken.get(optimizer, 0)
        status = [Status.FROZEN if i in self.frozen else self.status[i] for i in held]
        event = StepTaken(
            step=self.steps, optimizer=optimizer, number=number, held=indices(held),
            status=np.array(status, np.uint8), norm=np.array([self.norm[i] for i in held]),
            frozen=np.array([i in self.frozen for i in held], np.bool_), **fields,
        )  # fmt: skip
        self.taken[optimizer] = number + 1
        if not event.manual:
            self.steps += 1
        return self.feed(event)

    def checked(self, optimizer: int = 0, **fields: Any) -> Run:
        """Values were looked at after the last step: lists of indices for what was seen."""
        for name in ("nonfinite", "unchanged", "changed_frozen"):
            fields[name] = indices(fields.get(name, ()))
        return self.feed(ParametersChecked(step=self.steps - 1, optimizer=optimizer, **fields))

    def scaler_step(self, *, skipped: bool, optimizer: int = 0, scale: float = 1024.0) -> Run:
        """A gradient scaler was asked to step."""
        if not skipped:
            self.step(optimizer)
        return self.feed(
            ScalerStepped(step=self.steps, optimizer=optimizer, skipped=skipped, scale=scale)
        )

    def clip(self, which: Indices = None, line: int = 30, **fields: Any) -> Run:
        """`clip_grad_norm_` of these."""
        mine = self._all(which)
        present = sum(self.status[i] != Status.NONE for i in mine)
        event = Clipped(
            step=self.steps, site=at(line), indices=indices(mine), with_gradient=present, **fields
        )
        return self.feed(event)

    def turn(self, **fields: Any) -> Run:
        """One turn of an ordinary loop: backward (with these fields), step, zero_grad."""
        return self.backward(**fields).step().reset()

    def turns(self, n: int, **fields: Any) -> Run:
        """So many turns."""
        for _ in range(n):
            self.turn(**fields)
        return self

    def end(self) -> Run:
        """The run is over."""
        return self.feed(RunEnded(step=self.steps))

    # ------------------------------------------------------------------ what was found

    def report(self) -> Report:
        """As if the run ended here."""
        return self.auditor.report()

    def found(self, code: str) -> list[Finding]:
        """Findings of that code, the worst first."""
        return [finding for finding in self.report().findings if finding.code == code]

    def says(self, code: str) -> list[tuple[str, tuple[str, ...]]]:
        """Severity and parameters of each finding of that code in the report."""
        return [(f.severity.value, f.parameters) for f in self.found(code)]

    def told(self, code: str) -> list[str]:
        """Severities at which that code was told while the run went on (no report was asked)."""
        return [f.severity.value for f in self._ears.findings if f.code == code]

    def loud(self) -> list[tuple[str, str]]:
        """Code and message of each error and warning."""
        return [
            (f.code, f.message) for f in self.report().findings if f.severity is not Severity.INFO
        ]

    # ------------------------------------------------------------------ small help

    def _all(self, which: Indices) -> list[int]:
        return list(range(len(self.names))) if which is None else list(which)

    def mask(self, which: Iterable[int]) -> Any:
        """One truth value per parameter, True for these."""
        mask = np.zeros(len(self.names), np.bool_)
        mask[list(which)] = True
        return mask
