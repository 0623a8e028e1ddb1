"""Into which of a Trainer's loggers what is written, and when."""

from __future__ import annotations

import importlib
from typing import Any

from gradaudit.events import ProbeFailed
from gradaudit.probes.watch import Watch
from gradaudit.sinks.base import Sink
from gradaudit_lightning.summary import Summary


class Loggers:
    """Those of one fit. `sinks` are to be given to its watch.

    A few scalars go through `LightningModule.log`, so that every logger, `callback_metrics` and
    callbacks such as EarlyStopping have them: at each `log_every_n_steps`, and at the first and
    the last step of an epoch, when Lightning keeps them and tells no logger. What is known of each
    parameter goes to TensorBoard's writers through the sink of `gradaudit_tensorboard`, at every
    step, and to all other loggers as a flat dict of numbers. Loggers are written to on rank 0.
    """

    def __init__(self, trainer: Any) -> None:
        self._summary = Summary()
        self._tables: list[Any] = []
        self._silent = bool(getattr(trainer, "barebones", False))
        self._read = 0
        self._new_epoch = True
        self.sinks: list[Sink] = [self._summary]
        if trainer.global_rank != 0:
            return
        for logger in trainer.loggers:
            if _is_dummy(logger):
                continue
            writer = _writer_of(logger)
            if writer is None:
                self._tables.append(logger)
                continue
            sink = _tensorboard_sink(writer, int(trainer.global_step))
            if sink is not None:
                self.sinks.append(sink)

    def epoch_starts(self) -> None:
        """The metrics of the last epoch are gone."""
        self._new_epoch = True

    def batch_ends(self, trainer: Any, module: Any, watch: Watch) -> None:
        """Log, where it is time to."""
        if self._silent:
            return
        loop = trainer.fit_loop.epoch_loop
        every = trainer.log_every_n_steps
        step = int(getattr(loop, "_batches_that_stepped", trainer.global_step))
        due = bool(every) and (step + 1) % every == 0
        if not (due or self._new_epoch or loop.batch_progress.is_last_batch):
            return
        watch.catch_up()
        if self._summary.steps == self._read:
            return
        self._read, self._new_epoch = self._summary.steps, False
        for name, number in self._summary.scalars().items():
            module.log(name, number, on_step=True, on_epoch=False, batch_size=1)
        if due:
            self._log_tables(watch, step)

    def _log_tables(self, watch: Watch, step: int) -> None:
        if not self._tables:
            return
        numbers = self._summary.per_parameter(watch._auditor.display_names())
        for logger in tuple(self._tables):
            try:
                logger.log_metrics(dict(numbers), step)
            except Exception as error:
                self._tables.remove(logger)
                text = f"{type(error).__name__}: {error}"
                part = f"logging to {type(logger).__name__}"
                auditor = watch._auditor
                auditor.feed(ProbeFailed(step=auditor.history.step, part=part, error=text))


def _is_dummy(logger: Any) -> bool:
    """Lightning's stand-in under `fast_dev_run`, which takes everything and keeps nothing."""
    return any(kind.__name__ == "DummyLogger" for kind in type(logger).__mro__)


def _writer_of(logger: Any) -> Any:
    """A SummaryWriter, of torch or tensorboardX; None where the logger writes something else."""
    if not any("TensorBoard" in kind.__name__ for kind in type(logger).__mro__):
        return None  # asking others for `experiment` may begin a run somewhere
    writer = logger.experiment
    return writer if callable(getattr(type(writer), "add_scalar", None)) else None


def _tensorboard_sink(writer: Any, first_step: int) -> Sink | None:
    """What writes to this writer, and does not close it."""
    kind: Any = getattr(importlib.import_module("gradaudit_tensorboard"), "TensorBoardSink", None)
    return None if kind is None else kind(writer, first_step=first_step)
