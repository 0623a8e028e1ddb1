"""What the loggers of a Trainer get: scalars all of them, each parameter once in each place."""

from __future__ import annotations

import csv
import math
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from gradaudit_lightning.summary import MOST, Summary, grouped
from torch import nn

from gradaudit.events import Status, StepTaken
from tests.host_lightning.support import (
    BOTH,
    LIGHTNING,
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

SCALARS = {
    f"gradaudit/{name}" for name in ("none", "zero", "stale", "nonfinite", "problems", "total_norm")
}


def loggers(package: str = LIGHTNING) -> Any:
    return __import__(f"{package}.loggers", fromlist=["CSVLogger"])


def rows(folder: Path) -> list[dict[str, str]]:
    (file,) = folder.rglob("metrics.csv")
    with file.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def scalar_tags(folder: Path) -> dict[str, list[int]]:
    """Tag -> steps of the scalars in the one run below a folder, as TensorBoard reads them."""
    reading = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    (file,) = folder.rglob("events.out.tfevents*")
    read = reading.EventAccumulator(str(file), size_guidance={"scalars": 0, "tensors": 0})
    read.Reload()
    tags = {tag: [one.step for one in read.Scalars(tag)] for tag in read.Tags()["scalars"]}
    tags |= {tag: [one.step for one in read.Tensors(tag)] for tag in read.Tags()["tensors"]}
    return tags


@BOTH
def test_csv_gets_scalars_and_a_status_and_a_norm_for_each_parameter(
    package: str, tmp_path: Path
) -> None:
    """At every `log_every_n_steps`, and numbers only."""
    module = model(package)
    module.spare = nn.Linear(3, 3)
    fit(module, package=package, logger=loggers(package).CSVLogger(tmp_path), log_every_n_steps=4)
    logged = rows(tmp_path)
    assert {row["step"] for row in logged} == {"3", "7"}
    keys = {key for row in logged for key, value in row.items() if value != ""}
    names = ["body.weight", "body.bias", "head.weight", "head.bias"]
    assert keys - {"step", "epoch"} == {
        *SCALARS,
        *(f"gradaudit/norm/{name}" for name in names),
        *(f"gradaudit/status/{name}" for name in [*names, "spare.weight", "spare.bias"]),
    }
    by_key = {k: float(v) for row in logged for k, v in row.items() if v != ""}
    assert by_key["gradaudit/status/body.weight"] == Status.OK
    assert by_key["gradaudit/status/spare.weight"] == Status.NONE
    assert by_key["gradaudit/none"] == 2
    assert all(math.isfinite(value) for value in by_key.values())


def test_the_norms_that_are_logged_are_those_of_the_gradients(tmp_path: Path) -> None:
    """Read off by a plain loop, with the same seed and batches."""
    csv_logger = loggers().CSVLogger(tmp_path)
    fit(model(), logger=csv_logger, log_every_n_steps=1, gradient_clip_val=1e-3)
    module, expected = model(), []
    optimizer = module.configure_optimizers()
    for x, y in data():
        optimizer.zero_grad()
        nn.functional.mse_loss(module(x), y).backward()
        norms = {name: p.grad.norm().item() for name, p in module.named_parameters()}
        expected.append(norms)
        nn.utils.clip_grad_norm_(module.parameters(), 1e-3)
        optimizer.step()
    for name in expected[0]:
        key = f"gradaudit/norm/{name}"
        got = [float(row[key]) for row in rows(tmp_path) if row[key] != ""]
        assert got == pytest.approx([norms[name] for norms in expected], rel=1e-4)
    total = [float(r["gradaudit/total_norm"]) for r in rows(tmp_path) if r["gradaudit/total_norm"]]
    assert total == pytest.approx([math.hypot(*n.values()) for n in expected], rel=1e-4)


def test_tensorboard_gets_each_tag_once(tmp_path: Path) -> None:
    """Scalars through Lightning, all else through the sink, in one run and with no step twice."""
    module = model()
    module.spare = nn.Linear(3, 3)
    fit(module, logger=loggers().TensorBoardLogger(tmp_path), log_every_n_steps=2, max_epochs=2)
    tags = scalar_tags(tmp_path)
    assert set(tags) >= SCALARS
    assert tags["gradaudit/none"] == [1, 3, 5, 7, 9, 11, 13, 15]
    assert any(tag.startswith("gradaudit/grid/") for tag in tags)
    assert not any("/norm/" in tag for tag in tags)
    for tag in SCALARS:
        assert max(Counter(tags[tag]).values()) == 1, tag


def test_the_writer_of_a_logger_is_not_closed(tmp_path: Path) -> None:
    """Callbacks behind ours write to it at the end of the fit."""

    class Late(pl().Callback):
        def on_train_end(self, trainer: Any, module: Any) -> None:
            trainer.logger.experiment.add_scalar("mine", 1.0, 3)

    fit(model(), Late(), logger=loggers().TensorBoardLogger(tmp_path))
    assert scalar_tags(tmp_path)["mine"] == [3]


def test_several_loggers_each_get_their_own(tmp_path: Path) -> None:
    """Two CSV files and two runs of TensorBoard."""
    several = [
        loggers().CSVLogger(tmp_path / "a"), loggers().TensorBoardLogger(tmp_path / "b"),
        loggers().CSVLogger(tmp_path / "c"), loggers().TensorBoardLogger(tmp_path / "d"),
    ]  # fmt: skip
    fit(model(), logger=several, log_every_n_steps=2)
    for folder in ("a", "c"):
        assert any(row.get("gradaudit/norm/body.weight") for row in rows(tmp_path / folder))
    for folder in ("b", "d"):
        assert any(tag.startswith("gradaudit/grid/") for tag in scalar_tags(tmp_path / folder))


@pytest.mark.parametrize("options", [{"fast_dev_run": True}, {"barebones": True}, {"logger": None},
                                     {"logger": False}], ids=str)  # fmt: skip
def test_where_nothing_is_logged_nothing_is(options: dict[str, Any], tmp_path: Path) -> None:
    """And nothing fails: no logger, a dummy, or a Trainer that must not log."""
    fit(model(), default_root_dir=tmp_path, **{"logger": False, **options})
    assert not list(tmp_path.rglob("*gradaudit*"))


@pytest.mark.parametrize("every", [50, 1])
def test_the_scalars_can_be_monitored(every: int) -> None:
    """From the first step of an epoch on, however seldom the loggers are written to."""
    early = __import__("lightning.pytorch.callbacks", fromlist=["EarlyStopping"]).EarlyStopping(
        "gradaudit/problems", mode="min", patience=0, stopping_threshold=None, strict=True,
        check_on_train_epoch_end=True,
    )  # fmt: skip
    host = trainer(LIGHTNING, GradAuditCallback(on_finding="silent"), early, max_epochs=9,
                   log_every_n_steps=every)  # fmt: skip
    with quiet():
        host.fit(model(), data())
    assert host.current_epoch == 2
    assert host.callback_metrics["gradaudit/problems"] == 0
    assert set(host.callback_metrics) >= SCALARS


def test_a_bad_step_between_two_logged_ones_is_not_lost(tmp_path: Path) -> None:
    """The counts are the worst since the last time."""

    def training_step(self: Any, batch: list[torch.Tensor], number: int) -> Any:
        return self.head(torch.ones(8)).sum() if number == 1 else self.loss(batch)

    csv_logger = loggers().CSVLogger(tmp_path)
    fit(model(training_step=training_step), logger=csv_logger, log_every_n_steps=4)
    missing = [row["gradaudit/none"] for row in rows(tmp_path) if row["gradaudit/none"]]
    assert missing == ["2.0", "0.0"]


def test_nan_that_the_user_repairs_breaks_nothing(tmp_path: Path) -> None:
    """The gradients were mended before the step: no warning, and no logger fails."""

    def training_step(self: Any, batch: list[torch.Tensor], number: int) -> Any:
        loss = self.loss(batch)
        return loss + (self.body.weight.sum() * 0).sqrt() if number == 1 else loss

    def on_before_optimizer_step(self: Any, optimizer: Any) -> None:
        for p in self.parameters():
            p.grad = torch.nan_to_num(p.grad)

    several = [loggers().CSVLogger(tmp_path / "a"), loggers().TensorBoardLogger(tmp_path / "b")]
    module = model(training_step=training_step, on_before_optimizer_step=on_before_optimizer_step)
    assert loud(fit(module, logger=several, log_every_n_steps=1)) == set()


def test_accumulation_and_two_optimizers_log_at_lightnings_steps(tmp_path: Path) -> None:
    """The steps of our rows are those of Lightning's own."""

    def training_step(self: Any, batch: list[torch.Tensor], number: int) -> Any:
        loss = self.loss(batch)
        self.log("own", loss)
        return loss

    fit(model(training_step=training_step), logger=loggers().CSVLogger(tmp_path),
        log_every_n_steps=1, accumulate_grad_batches=3)  # fmt: skip
    own = [row["step"] for row in rows(tmp_path) if row["own"]]
    assert own == [row["step"] for row in rows(tmp_path) if row["gradaudit/none"]]
    assert own == [row["step"] for row in rows(tmp_path) if row["gradaudit/norm/body.weight"]]
    assert own == ["0", "1", "2"]


def test_a_logger_that_fails_is_left_alone_and_the_fit_goes_on(tmp_path: Path) -> None:
    """GA901 says so, once."""

    class Picky(loggers().CSVLogger):
        def log_metrics(self, metrics: Any, step: Any = None) -> None:
            if any("/status/" in key for key in metrics):
                raise RuntimeError("too many keys")

    callback = fit(model(), logger=Picky(tmp_path), log_every_n_steps=2)
    assert callback.report().steps == 8
    assert "too many keys" in the(callback, "GA901").message


def test_a_resumed_run_goes_on_at_its_step(tmp_path: Path) -> None:
    """In TensorBoard the second half lies behind the first."""
    host = trainer(LIGHTNING, max_epochs=1)
    with quiet():
        host.fit(model(), data())
        host.save_checkpoint(tmp_path / "half.ckpt")
    callback = fit(
        model(), ckpt_path=tmp_path / "half.ckpt", max_epochs=2, log_every_n_steps=1,
        logger=loggers().TensorBoardLogger(tmp_path),
    )  # fmt: skip
    assert loud(callback) == set()
    tags = scalar_tags(tmp_path)
    assert tags["gradaudit/none"] == list(range(8, 16))
    own = tags["gradaudit/parameters_none"]
    assert 8 <= min(own) <= max(own) <= 15


# --- the numbers themselves


def _step(statuses: list[int], norms: list[float]) -> StepTaken:
    return StepTaken(
        optimizer=0, held=np.arange(len(statuses), dtype=np.int32),
        status=np.array(statuses, np.uint8), norm=np.array(norms), number=0,
        frozen=np.zeros(len(statuses), np.bool_),
    )  # fmt: skip


def test_a_norm_that_is_no_number_is_left_out() -> None:
    """The status says why."""
    summary = Summary()
    summary.emit(_step([Status.OK, Status.NONE, Status.NAN, Status.INF],
                       [2.0, math.nan, math.nan, math.inf]))  # fmt: skip
    numbers = summary.per_parameter(["a", "b", "c", "d"])
    assert numbers == {
        "gradaudit/status/a": 0, "gradaudit/norm/a": 2, "gradaudit/status/b": 1,
        "gradaudit/status/c": 2, "gradaudit/status/d": 3,
    }  # fmt: skip
    scalars = summary.scalars()
    assert scalars["gradaudit/nonfinite"] == 2
    assert scalars["gradaudit/total_norm"] == 2
    assert summary.scalars()["gradaudit/nonfinite"] == 0


def test_large_models_are_logged_by_module() -> None:
    """Ten thousand parameters are at most 256 names: norms are joined, the worst status is kept."""
    names = [f"layers.{i}.{j}.{leaf}" for i in range(100) for j in range(50)
             for leaf in ("weight", "bias")]  # fmt: skip
    groups = grouped(names, MOST)
    assert [label for label, _ in groups] == [f"layers.{i}" for i in range(100)]
    assert sorted(int(i) for _, members in groups for i in members) == list(range(10_000))
    summary = Summary()
    statuses = [int(Status.OK)] * 10_000
    statuses[250] = Status.ZERO
    summary.emit(_step(statuses, [0.5] * 10_000))
    numbers = summary.per_parameter(names)
    assert len(numbers) == 200
    assert numbers["gradaudit/norm/layers.0"] == pytest.approx(5.0)
    assert numbers["gradaudit/status/layers.2"] == Status.ZERO
    assert numbers["gradaudit/status/layers.3"] == Status.OK


def test_names_without_structure_become_one() -> None:
    """A thousand modules at the top have nothing in common but the model."""
    assert [label for label, _ in grouped([f"m{i}" for i in range(1000)], MOST)] == ["all"]
    assert grouped([], MOST) == []


def test_the_logging_of_a_gan_counts_both_nets() -> None:
    """Each optimizer's last step."""
    summary = Summary()
    summary.emit(_step([Status.OK, Status.OK], [3.0, 0.0]))
    other = StepTaken(optimizer=1, held=np.array([2], np.int32), number=0,
                      status=np.array([Status.ZERO], np.uint8), norm=np.array([4.0]),
                      frozen=np.zeros(1, np.bool_))  # fmt: skip
    summary.emit(other)
    assert summary.scalars()["gradaudit/total_norm"] == 5
    assert set(summary.per_parameter(["g.w", "g.b", "d.w"])) >= {
        "gradaudit/status/g.w", "gradaudit/status/d.w"
    }  # fmt: skip
