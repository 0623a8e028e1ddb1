"""The hooks of the callback. Knows Lightning by what it hands over, and imports none of it."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

from torch.optim.optimizer import Optimizer

from gradaudit.errors import GradAuditError
from gradaudit.findings import Finding
from gradaudit.probes.hosted import Hosted, check_options
from gradaudit.probes.watch import Watch, watch
from gradaudit.sinks.base import Sink
from gradaudit_lightning.loggers import Loggers
from gradaudit_lightning.ranks import Ranks
from gradaudit_lightning.telling import Teller

_IDLE: Mapping[str, Any] = {
    "_watch": None,
    "_running": False,
    "_loggers": None,
    "_ranks": None,
    "_teller": Teller("silent", None),
}
"""The state of a callback that no fit is using."""


class Hooks(Hosted):
    """All of the callback but its base. The options are explained at `GradAuditCallback`."""

    _not_begun = (
        "expected a `fit` that has begun to train in this process, got none: call it "
        "after trainer.fit(...); with a strategy that spawns, the workers hold the report "
        "(give log_dir and use `gradaudit report`)"
    )

    def __init__(
        self,
        *,
        names: Sequence[str] | None = None,
        trace: Literal["auto", "always", "off"] = "auto",
        values: Literal["all", "sampled"] = "all",
        every: int = 1,
        on_finding: Literal["warn", "log", "silent"] | Callable[[Finding], None] = "warn",
        raise_on: Literal["error", "warning"] | None = None,
        select: Sequence[str] | str = (),
        ignore: Sequence[str] | str = (),
        ignore_parameters: Sequence[str] | str = (),
        # Any as well: LightningCLI would want the types of `emit` to be written out as in Sink.
        sinks: Sequence[Sink | Any] | None = None,
        log_dir: str | os.PathLike[str] | None = None,
        ranks: Literal["local"] = "local",
        sync: bool = False,
    ) -> None:
        super().__init__()
        options: dict[str, Any] = {
            "trace": trace,
            "values": values,
            "every": every,
            "on_finding": on_finding,
            "raise_on": raise_on,
            "select": select,
            "ignore": ignore,
            "ignore_parameters": ignore_parameters,
            "log_dir": os.fspath(log_dir) if isinstance(log_dir, os.PathLike) else log_dir,
            "ranks": ranks,
        }
        options |= {"names": names, "sinks": sinks, "sync": sync}
        check_options(options)
        self._options = options
        self._watch: Watch | None = None
        self._running = False
        self._loggers: Loggers | None = None
        self._ranks: Ranks | None = None
        self._teller = Teller("silent", None)

    # ------------------------------------------------------------------ Lightning's hooks

    def on_train_start(self, trainer: Any, pl_module: Any) -> None:
        """Begin: from here on the layers and the optimizers are those that train."""
        self._end(None)  # of a fit whose end we were never told of
        self._watch = None
        if next(pl_module.parameters(), None) is None:
            logging.getLogger("gradaudit").warning(
                "%s has no parameters: this fit is not audited", type(pl_module).__name__
            )
            return
        options = dict(self._options)
        self._loggers = Loggers(trainer)
        sinks: list[Sink] = [*(options["sinks"] or ()), *self._loggers.sinks]
        if trainer.world_size > 1:
            self._ranks = Ranks(trainer.global_rank, trainer.world_size, options["raise_on"])
            options["raise_on"] = None  # one rank that raises alone leaves the others waiting
            sinks.append(self._ranks)
        self._teller = Teller(options["on_finding"], self._ranks)
        if options["on_finding"] != "silent":
            options["on_finding"] = self._teller
        options["sinks"] = sinks
        self._watch = watch(pl_module, _optimizers_of(trainer, pl_module), **options)
        self._running = True

    def on_train_epoch_start(self, trainer: Any, pl_module: Any) -> None:
        """The metrics that were logged before are gone."""
        if self._loggers is not None:
            self._loggers.epoch_starts()

    def on_train_batch_end(
        self, trainer: Any, pl_module: Any, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """A point that every rank reaches, with all gradients still there."""
        if not self._running or self._watch is None:
            return
        if self._loggers is not None:
            self._loggers.batch_ends(trainer, pl_module, self._watch)
        if self._ranks is not None:
            self._teller.batch_is_over()
            try:
                self._ranks.raise_together(trainer)
            except GradAuditError as error:
                self._end(error)  # workers that were spawned hear of no exception
                raise

    def on_train_end(self, trainer: Any, pl_module: Any) -> None:
        """The training is over: the whole report."""
        self._end(None)

    def on_exception(self, trainer: Any, pl_module: Any, exception: BaseException) -> None:
        """The training has failed, or was interrupted: what is known until then."""
        self._end(exception)

    def teardown(self, trainer: Any, pl_module: Any, stage: str) -> None:
        """The last that is heard of a fit that ends neither way."""
        self._end(None)

    def _end(self, error: BaseException | None) -> None:
        if self._running and self._watch is not None:
            self._running = False
            self._teller.end(self._watch, error)
        self._loggers = self._ranks = None

    # ------------------------------------------------------------------ copies

    def __getstate__(self) -> dict[str, Any]:
        """Copies and other processes get the options; the audit stays here."""
        state = {**self.__dict__, **_IDLE}
        for name in ("log", "log_dict"):  # methods of the model, which Lightning hangs up here
            state.pop(name, None)
        return state


def _optimizers_of(trainer: Any, module: Any) -> list[Optimizer] | None:
    """Those of the Trainer that hold a parameter of the module; None where there is none.

    Others are no reason to stop a fit: where they matter they become a finding.
    """
    own: Mapping[int, Any] = {id(one): one for one in module.parameters()}
    found = [
        one
        for one in trainer.optimizers
        if isinstance(one, Optimizer)
        and any(id(held) in own for group in one.param_groups for held in group["params"])
    ]
    return found or None
