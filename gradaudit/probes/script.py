"""The audit of a script that nobody changed: everything is found by itself."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from gradaudit.auditor import Auditor, started
from gradaudit.config import Settings
from gradaudit.events import RunEnded
from gradaudit.probes.observer import GradientProbe
from gradaudit.probes.watch import rank_and_world
from gradaudit.report import Report
from gradaudit.sinks.base import Sink


class ScriptAudit:
    """From the script's `import torch` to its end."""

    def __init__(
        self, settings: Settings, command: tuple[str, ...], sinks: Sequence[Sink] = ()
    ) -> None:
        self._auditor = Auditor(settings, sinks)
        self._probe = GradientProbe(
            self._auditor.feed,
            discover=True,
            values=settings.values,
            every=settings.every,
            trace=settings.trace,
            wants_trace=self._auditor.takes_trace_request,
            together=self._auditor,
            sync=settings.sync,
        )
        self._command = command
        self._report: Report | None = None

    def attach(self) -> None:
        """Begin to listen."""
        rank, world_size = rank_and_world()
        self._auditor.feed(started(self._command, torch.__version__, rank, world_size))
        self._probe.open()

    def explain(self, error: BaseException) -> None:
        """The script is dying of this exception: is it one of autograd's?"""
        self._probe.explain(error)

    def finish(self, exit_code: int | None, exception: str | None) -> Report:
        """Stop listening, and judge the run as a whole. May be called twice."""
        if self._report is None:
            self._probe.finish()
            self._probe.close()
            step = self._auditor.history.step
            self._probe.feed(RunEnded(step=step, exit_code=exit_code, exception=exception))
            self._report = self._auditor.report()
            self._auditor.close()
        return self._report

    def unmatched_globs(self) -> list[str]:
        """`ignore_parameters` that matched no parameter of the whole run."""
        infos = self._probe.registry.infos
        names = [n for info in infos for n in (info.name, info.short, *info.aliases)]
        return list(self._auditor.settings.unmatched_globs(names)) if infos else []
