"""`gradaudit.watch`: the plain-loop wrapper."""

from __future__ import annotations

import os
import sys
import weakref
from collections.abc import Iterable, Mapping, Sequence
from types import TracebackType
from typing import Any, Literal

import torch
from torch.optim.optimizer import Optimizer

from gradaudit.auditor import Auditor, started
from gradaudit.config import Settings
from gradaudit.errors import UsageError
from gradaudit.events import STATUS_NAMES, RunEnded
from gradaudit.findings import Finding
from gradaudit.probes.callsites import user_frame
from gradaudit.probes.hidden import hidden, is_engines_own
from gradaudit.probes.names import variable_name
from gradaudit.probes.observer import GradientProbe
from gradaudit.probes.registry import named_models, unique_names
from gradaudit.report import Report
from gradaudit.sinks.base import Sink
from gradaudit.sinks.log_dir import log_dir_sinks, tell_if_missing
from gradaudit.sinks.python_warnings import WarningSink

Models = (
    "torch.nn.Module | torch.Tensor | Sequence[torch.nn.Module | torch.Tensor] "
    "| Mapping[str, torch.nn.Module | torch.Tensor]"
)


def rank_and_world() -> tuple[int, int]:
    """Of this process, from torchrun's environment or an initialised process group; else 0 of 1."""
    if torch.distributed.is_available() and torch.distributed.is_initialized():
        return torch.distributed.get_rank(), torch.distributed.get_world_size()
    return int(os.environ.get("RANK", "0") or 0), int(os.environ.get("WORLD_SIZE", "1") or 1)


class Watch:
    """One audit of a training loop. Made by `gradaudit.watch`; a context manager or not."""

    def __init__(
        self,
        models: Any,
        optimizers: Any,
        names: Sequence[str] | None,
        settings: Settings,
        sinks: Sequence[Sink],
    ) -> None:
        frame = user_frame(sys._getframe(1))
        modules, tensors = named_models(models)
        modules = _renamed(modules, names, is_dict=isinstance(models, Mapping))
        if names is None and len(modules) > 1 and not isinstance(models, Mapping):
            modules = [(variable_name(m, frame) or name, m) for name, m in modules]
        if not isinstance(models, Mapping):
            tensors = {variable_name(t, frame) or name: t for name, t in tensors.items()}
        chosen = _checked_optimizers(optimizers)
        rank, world_size = rank_and_world()
        self._auditor = Auditor(settings)
        self._probe = GradientProbe(
            self._auditor.feed,
            discover=False,
            values=settings.values,
            every=settings.every,
            trace=settings.trace,
            wants_trace=self._auditor.takes_trace_request,
            together=self._auditor,
            sync=settings.sync,
        )
        self._probe.scout.take_models(modules)
        for name, tensor in tensors.items():
            self._probe.scout.add_tensor(tensor, name, named=True)
        if not len(self._probe.registry):
            raise UsageError(
                "expected a model with parameters, got "
                f"{', '.join(type(m).__name__ for _, m in modules)} without any: pass the model "
                "after its layers were built"
            )
        if hidden(self._probe.registry.tensors()):
            chosen = [one for one in chosen if self._probe.known.holds_audited(one)]
        _check_holds_something(self._probe, chosen)
        _check_globs(settings, self._probe)
        # Nothing is opened or written before everything that was asked for is known to be right.
        self._auditor.add_sinks([*sinks, *_default_sinks(settings, rank)])
        self._auditor.feed(started((), torch.__version__, rank, world_size))
        self._closed = False
        self._probe.announce()
        for optimizer in chosen:
            self._auditor.feed(self._probe.known.seen(optimizer, 0, frame))
        self._probe.open()
        _open.add(self)

    # ------------------------------------------------------------------ asking

    def report(self) -> Report:
        """What was found so far, judged as if the run ended here."""
        if not self._closed:
            self._probe.finish()
        return self._auditor.report()

    def statuses(self) -> dict[str, str]:
        """Name of each parameter -> its status after the last backward (see docs/statuses)."""
        self._probe.catch_up()
        names = self._auditor.display_names()
        codes = self._auditor.history.status
        return {n: STATUS_NAMES[int(s)] for n, s in zip(names, codes, strict=True)}

    def norms(self) -> dict[str, float]:
        """Name of each parameter -> L2 norm of its gradient (unscaled), NaN where there is none."""
        self._probe.catch_up()
        names = self._auditor.display_names()
        return dict(zip(names, self._auditor.history.norm.tolist(), strict=True))

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The findings of `report()`."""
        return self.report().findings

    # ------------------------------------------------------------------ life

    def catch_up(self) -> None:
        """Tell the sinks all that is known by now.

        Some hear of steps that are like those before up to a quarter of a second late. `report`
        and the other questions need no such call.
        """
        self._probe.catch_up()

    def pause(self) -> None:
        """Look away until `resume`: what happens meanwhile is not judged."""
        self._probe.pause()

    def resume(self) -> None:
        """Look again."""
        self._probe.resume()

    def close(self, exception: str | None = None) -> None:
        """Stop, and leave nothing behind: no hook, no patch, no reference. May be called twice.

        Raises:
            GradAuditError: `raise_on` is reached by the last steps, whose values were read late.

        """
        if self._closed or os.getpid() != self._probe.pid:
            return
        self._closed = True
        _open.discard(self)
        self._probe.finish()
        self._probe.close()
        self._probe.feed(RunEnded(step=self._auditor.history.step, exception=exception))
        self._auditor.close()
        if exception is None:
            self._probe.late.raise_late()

    def __enter__(self) -> Watch:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if os.getpid() != self._probe.pid:
            return  # a forked child: the audit is its parent's
        already = self._closed
        if error is not None and not already:
            self._probe.explain(error)
        try:
            self.close(None if error is None else f"{type(error).__name__}: {error}")
        finally:  # `raise_on` may be reached by what was read last
            report = self._auditor.report()
            quiet = self._auditor.settings.on_finding == "silent" or report.rank != 0
            if not already and report.findings and not quiet:
                _print(report)


_open: weakref.WeakSet[Watch] = weakref.WeakSet()


def open_watches() -> int:
    """How many audits are running in this process."""
    return len(_open)


def _print(report: Report) -> None:
    from gradaudit.sinks.console import ConsoleReport  # late: rich takes its time to import

    ConsoleReport(sys.stderr).render(report)


def _checked_sinks(sinks: Any) -> tuple[Sink, ...]:
    if sinks is None:
        return ()
    if not isinstance(sinks, Iterable):
        raise UsageError(
            f"expected `sinks` to be a list of sinks, got {type(sinks).__name__}: put a single one "
            "in a list"
        )
    result = tuple(sinks)
    for sink in result:
        if not callable(getattr(sink, "emit", None)) or not callable(getattr(sink, "close", None)):
            raise UsageError(
                f"expected sinks with the methods emit(record) and close(), got a "
                f"{type(sink).__name__} that lacks one: see gradaudit.sinks.base.Sink"
            )
    return result


def _default_sinks(settings: Settings, rank: int) -> list[Sink]:
    sinks: list[Sink] = [WarningSink(settings.on_finding)]
    if settings.log_dir is not None:
        sinks += log_dir_sinks(settings.log_dir, rank)
        tell_if_missing(settings.log_dir)
    return sinks


def _renamed(
    modules: list[tuple[str, torch.nn.Module]], names: Any, *, is_dict: bool
) -> list[tuple[str, torch.nn.Module]]:
    if names is None:
        return modules
    wrong = isinstance(names, str) or any(not isinstance(name, str) for name in names)
    if is_dict or wrong or len(names) != len(modules):
        raise UsageError(
            f"expected `names` to hold one name for each of {len(modules)} models, got {names!r}"
            + (" beside a dict, which names them already" if is_dict else "")
        )
    return list(zip(unique_names(list(names)), (m for _, m in modules), strict=True))


def _checked_optimizers(optimizers: Any) -> list[Optimizer]:
    if optimizers is None:
        return []
    several = isinstance(optimizers, Iterable) and not isinstance(optimizers, Optimizer)
    values = list(optimizers.values() if isinstance(optimizers, Mapping) else optimizers) \
        if several else [optimizers]  # fmt: skip
    result: list[Optimizer] = []
    for value in values:
        if is_engines_own(value):
            continue  # GA902 tells of it
        inner = getattr(value, "optimizer", value)  # Accelerate and others wrap one
        if isinstance(inner, Optimizer):
            result.append(inner)
        elif isinstance(value, Optimizer):
            result.append(value)
        else:
            raise UsageError(
                f"expected a torch optimizer, got {type(value).__name__}: leave `optimizers` out "
                "and every optimizer that steps is found by itself"
            )
    return result


def _check_holds_something(probe: GradientProbe, optimizers: list[Optimizer]) -> None:
    for optimizer in optimizers:
        if not probe.known.holds_audited(optimizer):
            raise UsageError(
                f"expected an optimizer that holds parameters of the watched models, got a "
                f"{type(optimizer).__name__} that holds none of them: it was made for another "
                "model, or before this one was replaced, copied or wrapped; create it from "
                "model.parameters() of the model that is trained"
            )


def _check_globs(settings: Settings, probe: GradientProbe) -> None:
    names = [n for info in probe.registry.infos for n in (info.name, info.short, *info.aliases)]
    unmatched = settings.unmatched_globs(names)
    if unmatched:
        raise UsageError(
            f"expected `ignore_parameters` to match names of parameters, got {unmatched[0]!r}, "
            f"which matches none of {len(probe.registry)} (the first is "
            f"{probe.registry.infos[0].short!r}): use a glob such as 'encoder.*'"
        )


def watch(
    models: Any,
    optimizers: Any = None,
    *,
    names: Sequence[str] | None = None,
    trace: Literal["auto", "always", "off"] = "auto",
    values: Literal["all", "sampled"] = "all",
    every: int = 1,
    on_finding: Any = "warn",
    raise_on: Literal["error", "warning"] | None = None,
    select: Sequence[str] | str = (),
    ignore: Sequence[str] | str = (),
    ignore_parameters: Sequence[str] | str = (),
    sinks: Sequence[Sink] | None = None,
    log_dir: str | os.PathLike[str] | None = None,
    ranks: Literal["local"] = "local",
    sync: bool = False,
) -> Watch:
    """Audit a training loop. No call inside the loop is needed, whatever it looks like.

    Args:
        models: a Module, a list of them, a dict name -> Module, or bare leaf tensors likewise.
        optimizers: which to expect; None: every optimizer that steps and holds one of the
            parameters. One that is given and never steps is reported early (GA304).
        names: of the models in a list.
        trace: when to run a step under a function mode that sees where a gradient is cut or a value
            stops being finite: "auto" (the first step, and the step after a new finding that lacks
            its cause), "always" or "off". A traced step costs up to 1.2 times a bare one, twice on
            tiny models; compiled modules run without their compiled code in it.
        values: "all": every element of every gradient is looked at. "sampled": of tensors of more
            than 16,384 elements only a sixteenth in each backward, and all once anything is wrong:
            it costs less, and tells of some mistakes up to 16 backwards late (docs/sampled.md).
        every: look at the values in every n-th backward only; arrival is followed in all.
        on_finding: "warn" (a GradAuditWarning, once per finding), "log" (logger "gradaudit"),
            "silent", or a callable that is given the Finding.
        raise_on: raise GradAuditError at the optimizer step when a finding is as bad as this:
            before the step is applied, unless the step was called with a closure, or the gradients
            are on a device: then it is raised at the next step (see `sync`).
        select: only these rules: codes, prefixes of codes ("GA2") or names.
        ignore: not these rules.
        ignore_parameters: globs over qualified names; what matches is not judged.
        sinks: objects with `emit(record)` and `close()` that get every event and finding.
        log_dir: a directory to save the events in, for `gradaudit report`, and a TensorBoard log
            where tensorboard or tensorboardX is installed.
        ranks: "local": each process judges for itself.
        sync: wait for devices, so that what is wrong with gradients on a GPU is known before the
            step as well. By default nothing waits, and findings come one step late
            (docs/devices.md). On the CPU there is nothing to wait for.

    Returns:
        A Watch, to be used as a context manager or closed by hand.

    Raises:
        UsageError: nothing to audit, an unknown code, a glob that matches nothing, an optimizer
            that holds none of the parameters, an option that is not known.

    """
    settings = Settings.of(
        trace=trace,
        values=values,
        every=every,
        on_finding=on_finding,
        raise_on=raise_on,
        select=select,
        ignore=ignore,
        ignore_parameters=ignore_parameters,
        log_dir=os.fspath(log_dir) if isinstance(log_dir, os.PathLike) else log_dir,
        ranks=ranks,
        sync=sync,
    )
    return Watch(models, optimizers, names, settings, _checked_sinks(sinks))
