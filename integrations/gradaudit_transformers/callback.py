"""`GradAuditCallback`: one audit for each `Trainer.train()`, with the options of `gradaudit.watch`.

The audit listens to PyTorch, not to the Trainer's events: clipping comes before the first of those,
and by then NaN has spread to every gradient. The events only say where training begins and ends.
"""

from __future__ import annotations

import os
import sys
import weakref
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

from transformers import TrainerCallback

import gradaudit
from gradaudit.probes.hosted import Hosted, check_options
from gradaudit.probes.watch import Watch
from gradaudit.sinks.base import Sink
from gradaudit.sinks.console import ConsoleReport
from gradaudit_transformers.loop import Loop, running_loop
from gradaudit_transformers.ranks import Together, several_ranks
from gradaudit_transformers.reporters import BesideTrainer, Summary
from gradaudit_transformers.telling import Teller, among_progress_bars

if TYPE_CHECKING:
    pass


class GradAuditCallback(Hosted, TrainerCallback):
    """Audits every `train()` of the Trainer that it is given to.

    `Trainer(..., callbacks=[GradAuditCallback()])`. The options are those of `gradaudit.watch` and
    mean the same; they are checked here. `report()`, `statuses()` and `norms()` answer during
    training and after it, of the training that began last.

    Raises:
        UsageError: an option, or a value of one, is not known.

    """

    _not_begun = (
        "expected a training that has begun, got none: give this callback to a Trainer "
        "and call its train() first"
    )

    def __init__(
        self,
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
    ) -> None:
        self._options: dict[str, Any] = {
            "names": names,
            "trace": trace,
            "values": values,
            "every": every,
            "on_finding": on_finding,
            "raise_on": raise_on,
            "select": select,
            "ignore": ignore,
            "ignore_parameters": ignore_parameters,
            "sinks": sinks,
            "log_dir": log_dir,
            "ranks": ranks,
            "sync": sync,
        }
        check_options(self._options)
        self._watch: Watch | None = None
        self._loop: Loop | None = None
        self._beside: BesideTrainer | None = None
        self._together: Together | None = None
        self._let_go: weakref.finalize[Any, Any] | None = None

    # ------------------------------------------------------------------ the Trainer's events

    def on_train_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Begin to listen: model and optimizer are what they will be in the loop."""
        self._end("train() was left without its end being told")
        is_main = bool(state.is_world_process_zero)
        loop = running_loop()
        summary = Summary()
        self._beside = BesideTrainer(loop, int(state.global_step)) if is_main else None
        sinks: list[Sink] = [*(self._options["sinks"] or ()), summary]
        if self._beside is not None:
            sinks.append(self._beside)
        options = dict(self._options)
        options["on_finding"] = Teller(options["on_finding"]) if is_main else _elsewhere(options)
        if options["raise_on"] is not None and several_ranks():
            self._together = Together(options["raise_on"])
            options["raise_on"] = None
            sinks.append(self._together)
        options["sinks"] = sinks
        self._watch = gradaudit.watch(
            kwargs["model"], _trained_by(kwargs.get("optimizer"), kwargs["model"]), **options
        )
        # Where nobody tells of the end (see [Note: An end that is not told]), that of the callback.
        self._let_go = weakref.finalize(self, self._watch.close)
        if loop is not None:
            self._loop = loop
            loop.open(
                self,
                ending=self._ending,
                ended=self._ended,
                left=self._left,
                more_logs=lambda: _numbers_of(summary, self._watch),
            )

    def on_epoch_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Every callback has begun by now: the Trainer's TensorBoard writer is there."""
        if self._beside is not None:
            self._beside.open()

    def on_step_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """As `on_epoch_begin`, for trainers that have steps and no epochs."""
        if self._beside is not None:
            self._beside.open()

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """A step of all ranks is over: where several were asked to raise, they do so together."""
        if self._together is not None:
            self._together.raise_if_any(args.device)

    def on_log(
        self,
        args: Any,
        state: Any,
        control: Any,
        logs: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        """The reporters have heard: what the console shows stays as it is without us."""
        if self._loop is not None and logs is not None:
            self._loop.tidy(self, logs)

    def on_train_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Stop listening and say what was found, where no loop of Transformers' has told us so."""
        if self._let_go is not None:
            self._ending()
            self._ended()

    # ------------------------------------------------------------------ the end

    def _ending(self) -> None:
        """Before any callback hears of the end: the writer of TensorBoard is still open."""
        self._end(None)

    def _ended(self) -> None:
        """All callbacks have heard of it, and the progress bar is closed."""
        report = self.report()
        if report.findings and report.rank == 0 and self._options["on_finding"] != "silent":
            with among_progress_bars():
                ConsoleReport(sys.stderr).render(report)

    def _left(self, error: BaseException) -> None:
        """`train()` is being left by an exception. No callback will hear of it."""
        watch = self._watch
        if self._release() and watch is not None:
            with among_progress_bars():
                watch.__exit__(type(error), error, error.__traceback__)

    def _end(self, exception: str | None) -> None:
        if self._release() and self._watch is not None:
            self._watch.close(exception)

    def _release(self) -> bool:
        """Take back what was put around the Trainer's loop. False where nothing was open."""
        let_go, self._let_go = self._let_go, None
        loop, self._loop = self._loop, None
        self._together = self._beside = None
        if loop is not None:
            loop.close()
        return let_go is not None and let_go.detach() is not None

    def __getstate__(self) -> dict[str, Any]:
        """Options alone: an audit listens to this process and cannot be sent to another."""
        nothing = dict.fromkeys(("_watch", "_loop", "_beside", "_together", "_let_go"))
        return {**self.__dict__, **nothing}


def _elsewhere(options: dict[str, Any]) -> Any:
    """What ranks other than the main one do with a finding: nothing on the console."""
    return "silent" if options["on_finding"] == "warn" else options["on_finding"]


def _trained_by(optimizer: Any, model: Any) -> Any:
    """The optimizer to expect, below Accelerate's wrapper; None where it holds nothing of `model`.

    It is then met when it steps, if it does; that it holds nothing is for the rules to say.
    """
    while type(optimizer).__module__.partition(".")[0] == "accelerate":
        optimizer = getattr(optimizer, "optimizer", None)
    groups = getattr(optimizer, "param_groups", None)
    if not isinstance(groups, list):
        return None
    trained = {id(p) for p in model.parameters()}
    holds = any(id(p) in trained for group in groups for p in group["params"])
    return optimizer if holds else None


def _numbers_of(summary: Summary, watch: Watch | None) -> Mapping[str, float]:
    """As they are now: a summary may hear of steps a little late."""
    if watch is not None:
        watch.catch_up()
    return summary.numbers()
