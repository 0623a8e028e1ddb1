"""Why a parameter got no gradient, as far as counts and traces have shown (GA101)."""

from __future__ import annotations

from dataclasses import replace

from gradaudit.findings import Cause
from gradaudit.history import History
from gradaudit.optimizer_history import OptimizerHistory
from gradaudit.rules.traced import CUTS, function_called, made_at, touched, traced_cause


class Reasons:
    """Answers for one moment of a run; keeps what several parameters share."""

    def __init__(self, history: History) -> None:
        self._history = history
        self._idle: dict[tuple[str, str], Cause] = {}
        self._below: dict[tuple[str, str], list[int]] | None = None

    def of(self, optimizer: OptimizerHistory, index: int) -> Cause | None:
        """The cause for this parameter; None where only a trace could tell, and none did."""
        history = self._history
        if history.n_backwards[index] > 0:
            site = history.arrival_site[index]
            if optimizer.n_cleared[index] and any(
                site == known for known, _, _ in optimizer.direct
            ):
                return Cause.at("cleared", optimizer.cleared_at, op=optimizer.cleared_by)
            return Cause.at("other-backward", site)
        traced = traced_cause(history, optimizer, index)
        if history.dropped[index] and (traced is None or traced.kind not in CUTS):
            names = history.custom_functions
            name = names[index] if index < len(names) else ""
            # What the compiler made of a graph is no function of the user's.
            return function_called(history, name) if name and "Compiled" not in name else None
        idle = self._idle_module(index)
        if idle is not None and (traced is None or (idle.certain and traced.kind not in CUTS)):
            return idle
        if traced is not None:
            return traced
        return self._untouched(index)

    def _idle_module(self, index: int) -> Cause | None:
        """Its forward never ran. All of one idle module has one cause."""
        history = self._history
        modules = history.modules
        if modules is None or index >= len(modules.known) or not modules.known[index]:
            return None
        if modules.ran[index] or modules.ran_without_grad[index] or not modules.top[index]:
            return None
        key = history.parameters[index].model, modules.top[index]
        if key not in self._idle:
            below = self._members().get(key, [index])
            # The line that made the first parameter of it.
            made = made_at(history, below[0]) or Cause("unused-module")
            name = key[0] if key[1] == "." else key[1]
            certain = all(not modules.functional[i] or touched(history, i) is False for i in below)
            self._idle[key] = replace(made, module=name, certain=certain)
        return self._idle[key]

    def _members(self) -> dict[tuple[str, str], list[int]]:
        """By model and idle module: the parameters below it."""
        if self._below is None:
            self._below = {}
            modules = self._history.modules
            assert modules is not None
            for i, top in enumerate(modules.top):
                if top:
                    key = self._history.parameters[i].model, top
                    self._below.setdefault(key, []).append(i)
        return self._below

    def _untouched(self, index: int) -> Cause | None:
        """Its module ran, and computed nothing with it."""
        history = self._history
        modules = history.modules
        if modules is None or index >= len(modules.known) or not modules.known[index]:
            return None
        if not modules.ran[index] or touched(history, index) is not False:
            return None
        info = history.parameters[index]
        made = made_at(history, index) or Cause("unused-output")
        return replace(made, kind="unused-output", module=info.module or info.model)


def cause_of(history: History, optimizer: OptimizerHistory, index: int) -> Cause | None:
    """See `Reasons.of`: for one parameter alone."""
    return Reasons(history).of(optimizer, index)
