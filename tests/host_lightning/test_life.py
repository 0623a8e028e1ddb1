"""When the audit begins and ends, and what is left of it: nothing but a report."""

from __future__ import annotations

import copy
import pickle
import warnings
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

import gradaudit
from gradaudit.probes.watch import open_watches
from tests.host_lightning.support import (
    GradAuditCallback,
    data,
    fit,
    loud,
    model,
    pl,
    quiet,
    the,
    trainer,
)
from tests.support.traces import traces_left


def test_a_second_fit_is_a_second_audit() -> None:
    """One callback, two fits with two models: the report is that of the last."""
    callback = GradAuditCallback(on_finding="silent")
    broken = model()
    broken.spare = nn.Linear(3, 3)
    fit(broken, callback=callback)
    assert loud(callback) == {"GA101"}
    fit(model(), callback=callback, max_epochs=2)
    assert loud(callback) == set()
    assert callback.report().steps == 16


def test_the_same_trainer_fits_twice() -> None:
    """`fit` goes on where it stopped, with the same callback."""
    callback = GradAuditCallback(on_finding="silent")
    host, module = trainer("lightning.pytorch", callback), model()
    with quiet():
        host.fit(module, data())
        host.fit_loop.max_epochs = 2
        host.fit(module, data())
    assert callback.report().steps == 8
    assert loud(callback) == set()


def test_a_fit_after_one_that_failed() -> None:
    """The audit of the failed one is over, and nothing of it is in the next."""

    def training_step(self: Any, rows: list[torch.Tensor], number: int) -> Any:
        raise ValueError("no")

    callback = GradAuditCallback(on_finding="silent")
    with quiet(), pytest.raises(ValueError, match="no"):
        trainer("lightning.pytorch", callback).fit(model(training_step=training_step), data())
    assert open_watches() == 0
    assert traces_left() == []
    fit(model(), callback=callback)
    assert callback.report().exception is None
    assert callback.report().steps == 8


def test_a_fit_is_resumed_from_a_checkpoint(tmp_path: Path) -> None:
    """The callback keeps no state in it, so Lightning misses none without the callback either."""
    checkpoint = tmp_path / "half.ckpt"
    callback = GradAuditCallback(on_finding="silent")
    host = trainer("lightning.pytorch", callback, max_epochs=2)
    with quiet():
        host.fit(model(), data())
        host.save_checkpoint(checkpoint)
    saved = torch.load(checkpoint, weights_only=False)
    assert saved["callbacks"] == {}
    assert callback.state_dict() == {}
    fit(model(), callback=callback, ckpt_path=checkpoint, max_epochs=5)
    assert callback.report().steps == 24
    assert loud(callback) == set()
    with warnings.catch_warnings():
        warnings.filterwarnings("error", message=".*Please add the following callbacks.*")
        host = trainer("lightning.pytorch", max_epochs=3)
        host.fit(model(), data(), ckpt_path=checkpoint)


def test_it_listens_only_while_it_trains() -> None:
    """Not in `validate`, `test` and `predict`, nor while the sanity check runs."""
    seen: list[tuple[str, int]] = []

    class Spy(pl().Callback):
        def on_validation_start(self, trainer: Any, module: Any) -> None:
            seen.append(("sanity" if trainer.sanity_checking else "validation", open_watches()))

        def on_test_start(self, trainer: Any, module: Any) -> None:
            seen.append(("test", open_watches()))

        def on_train_batch_start(self, *args: Any) -> None:
            seen.append(("train", open_watches()))

    def validation_step(self: Any, rows: list[torch.Tensor], number: int) -> None:
        self.loss(rows)

    module = model(validation_step=validation_step, test_step=validation_step)
    callback = GradAuditCallback(on_finding="silent")
    host = trainer("lightning.pytorch", callback, Spy(), num_sanity_val_steps=1)
    with quiet():
        host.validate(module, data(2))
        host.fit(module, data(), data(2))
        host.test(module, data(2))
    assert set(seen) == {("sanity", 0), ("validation", 0), ("train", 1), ("validation", 1),
                         ("test", 0)}  # fmt: skip
    assert callback.report().steps == 8


def test_the_tuner_runs_without_an_audit_and_leaves_the_callback_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """lr_find trains for a moment; the fit behind it is what is judged."""
    monkeypatch.setattr("tqdm.tqdm.monitor_interval", 0)  # else its bar leaves a thread
    tuning = __import__("lightning.pytorch.tuner", fromlist=["Tuner"])
    callback = GradAuditCallback(on_finding="silent")
    host = trainer("lightning.pytorch", callback, default_root_dir=tmp_path, max_steps=20,
                   max_epochs=-1)  # fmt: skip
    module = model()
    module.lr = 0.01
    with quiet():
        tuning.Tuner(host).lr_find(module, data(24), num_training=20)
        assert open_watches() == 0
        host.fit(module, data())
    assert loud(callback) == set()
    assert callback.report().steps > 0


def test_before_a_fit_there_is_nothing_to_report() -> None:
    """One sentence says what to do."""
    callback = GradAuditCallback()
    for ask in (callback.report, callback.statuses, callback.norms, lambda: callback.findings):
        with pytest.raises(gradaudit.UsageError, match=r"after trainer\.fit"):
            ask()


def test_a_report_can_be_asked_for_during_the_fit() -> None:
    """Judged as if the run ended there."""
    steps: list[int] = []

    class Spy(pl().Callback):
        def on_train_batch_end(self, *args: Any) -> None:
            steps.append(callback.report().steps)
            assert set(callback.statuses().values()) == {"ok"}
            assert all(norm > 0 for norm in callback.norms().values())

    callback = GradAuditCallback(on_finding="silent")
    fit(model(), Spy(), callback=callback)
    assert steps == [1, 2, 3, 4, 5, 6, 7, 8]


def test_a_callback_can_be_pickled_and_copied_before_and_after() -> None:
    """ddp_spawn pickles it before the fit; some tools copy a Trainer afterwards."""
    callback = GradAuditCallback(on_finding="silent", names=["net"], raise_on="error")
    for one in (callback, fit(model(), callback=callback)):
        twin = pickle.loads(pickle.dumps(one))
        assert copy.deepcopy(one)._options == twin._options == callback._options
        with pytest.raises(gradaudit.UsageError):
            twin.report()
        fit(model(), callback=twin)
        assert twin.report().steps == 8


def test_a_module_without_parameters_can_be_fitted(caplog: pytest.LogCaptureFixture) -> None:
    """There is nothing to audit, and that is no reason to stop."""

    class Empty(pl().LightningModule):
        def training_step(self, rows: list[torch.Tensor], number: int) -> None:
            return None

        def configure_optimizers(self) -> None:
            return None

    callback = fit(Empty())
    assert "no parameters" in caplog.text
    with pytest.raises(gradaudit.UsageError):
        callback.report()


def test_no_optimizer_is_no_error() -> None:
    """`configure_optimizers` returns None: Lightning goes on, and nothing learns."""
    callback = fit(model(configure_optimizers=lambda self: None))
    assert callback.report().backwards == 8
    assert [f.code for f in callback.findings if f.code == "GA901"] == []


def test_a_glob_that_matches_nothing_stops_the_fit_at_its_start() -> None:
    """The names of the parameters are not known before that."""
    callback = GradAuditCallback(ignore_parameters=["encoder.*"])
    host = trainer("lightning.pytorch", callback)
    with quiet(), pytest.raises(gradaudit.UsageError, match=r"encoder\.\*.*body\.weight"):
        host.fit(model(), data())
    assert open_watches() == 0


def test_what_is_ignored_is_not_judged() -> None:
    """The options of `watch` reach it."""
    module = model()
    module.spare = nn.Linear(3, 3)
    callback = GradAuditCallback(on_finding="silent", ignore_parameters=["spare.*"])
    assert loud(fit(module, callback=callback)) == set()
    callback = GradAuditCallback(on_finding="silent", select=["GA2"])
    assert loud(fit(module, callback=callback)) == set()


def test_a_saved_run_gives_the_same_findings(tmp_path: Path) -> None:
    """`log_dir`: to be judged again by `gradaudit report`."""
    module = model()
    module.spare = nn.Linear(3, 3)
    callback = GradAuditCallback(on_finding="silent", log_dir=tmp_path, trace="off")
    fit(module, callback=callback)
    assert the(callback, "GA101").cause.kind == "unused-module"
    assert list(tmp_path.glob("gradaudit.rank0*.jsonl"))


def test_sinks_and_functions_get_what_watch_would_give_them() -> None:
    """Every event and finding, and an end."""

    class Sink:
        def __init__(self) -> None:
            self.kinds: set[str] = set()
            self.closed = 0

        def emit(self, record: Any) -> None:
            self.kinds.add(type(record).__name__)

        def close(self) -> None:
            self.closed += 1

    sink, told = Sink(), []
    module = model()
    module.spare = nn.Linear(3, 3)
    fit(module, callback=GradAuditCallback(sinks=[sink], on_finding=told.append))
    assert {"RunStarted", "BackwardEnded", "StepTaken", "Finding", "RunEnded"} <= sink.kinds
    assert sink.closed == 1
    assert {one.code for one in told} == {"GA101"}
