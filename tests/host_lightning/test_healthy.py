"""Healthy fits get no error and no warning, whatever the Trainer does around the steps."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from tests.host_lightning.support import (
    BOTH,
    LIGHTNING,
    data,
    fit,
    loud,
    model,
    pl,
    plain,
    trainer,
)


def _lbfgs(self: Any) -> Any:
    return torch.optim.LBFGS(self.parameters(), lr=0.1, max_iter=3)


def _manual(self: Any, rows: list[torch.Tensor], number: int) -> None:
    optimizer = self.optimizers()
    optimizer.zero_grad()
    self.manual_backward(self.loss(rows))
    optimizer.step()


def _raw_manual(self: Any, rows: list[torch.Tensor], number: int) -> None:
    optimizer = self.optimizers()
    optimizer.zero_grad()
    self.loss(rows).backward()
    optimizer.step()


def _accumulated_by_hand(self: Any, rows: list[torch.Tensor], number: int) -> None:
    optimizer = self.optimizers()
    self.manual_backward(self.loss(rows) / 3)
    if (number + 1) % 3 == 0 or self.trainer.is_last_batch:
        self.clip_gradients(optimizer, gradient_clip_val=0.5)
        optimizer.step()
        optimizer.zero_grad()


def _sometimes(self: Any, rows: list[torch.Tensor], number: int) -> Any:
    return self.loss(rows) if number % 3 != 1 else None


def _zeros_kept(self: Any, epoch: int, number: int, optimizer: Any) -> None:
    optimizer.zero_grad(set_to_none=False)


def _validation(self: Any, rows: list[torch.Tensor], number: int) -> None:
    self.log("val", self.loss(rows))


MANUAL: dict[str, Any] = {"training_step": _manual, "automatic_optimization": False}

CASES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "automatic": ({}, {}),
    "accumulation with a short last window": ({}, {"accumulate_grad_batches": 3}),
    "clipped by norm": ({}, {"gradient_clip_val": 0.1}),
    "clipped by value": (
        {},
        {"gradient_clip_val": 0.1, "gradient_clip_algorithm": "value"},
    ),
    "accumulated and clipped": ({}, {"accumulate_grad_batches": 3, "gradient_clip_val": 0.1}),
    "LBFGS": ({"configure_optimizers": _lbfgs}, {}),
    "manual": (MANUAL, {}),
    "manual with a raw backward": ({**MANUAL, "training_step": _raw_manual}, {}),
    "manual accumulation, clipped": ({**MANUAL, "training_step": _accumulated_by_hand}, {}),
    "training_step returns None": ({"training_step": _sometimes}, {}),
    "None in accumulation windows": (
        {"training_step": _sometimes},
        {"accumulate_grad_batches": 2},
    ),
    "zeroed and not set to None": ({"optimizer_zero_grad": _zeros_kept}, {}),
    "bf16-mixed": ({}, {"precision": "bf16-mixed"}),
    "bf16-true": ({}, {"precision": "bf16-true"}),
    "64-true": ({}, {"precision": "64-true"}),
    "detect_anomaly": ({}, {"detect_anomaly": True}),
    "fast_dev_run": ({}, {"fast_dev_run": 3}),
    "barebones": ({}, {"barebones": True}),
    "overfit_batches": ({}, {"overfit_batches": 2, "max_epochs": 4}),
    "limit_train_batches and max_steps": ({}, {"limit_train_batches": 5, "max_steps": 7,
                                                "max_epochs": -1}),
    "profiler": ({}, {"profiler": "simple"}),
    "inference_mode off": ({}, {"inference_mode": False}),
}  # fmt: skip


RARE = {"clipped by value", "64-true", "bf16-true", "profiler", "inference_mode off",
        "None in accumulation windows", "manual with a raw backward", "accumulated and clipped",
        "zeroed and not set to None"}  # fmt: skip
"""The same code of ours as in the others; `make all-tests` runs them."""


@pytest.mark.parametrize(
    "case", [pytest.param(c, marks=pytest.mark.slow) if c in RARE else c for c in CASES]
)
def test_a_healthy_fit_is_silent(case: str) -> None:
    """Options of the Trainer and ways of writing a LightningModule."""
    methods, options = CASES[case]
    callback = fit(model(**methods), **options)
    assert loud(callback) == set()
    assert callback.report().steps > 0
    assert set(callback.statuses()) == {"body.weight", "body.bias", "head.weight", "head.bias"}


@BOTH
def test_both_packages_have_the_same_callback(package: str) -> None:
    """The one class is a Callback of either, and audits the Trainers of both."""
    callback = fit(model(package), package=package)
    assert loud(callback) == set()
    assert callback.report().steps == 8
    assert isinstance(callback, pl(package).Callback)


@pytest.mark.parametrize("every", [1, 0.25])
def test_validation_in_between_and_the_sanity_check(every: float) -> None:
    """Gradients are set to None before a validation, and the sanity check comes before all."""
    methods = {"validation_step": _validation}
    callback = fit(model(**methods), val=data(2), val_check_interval=every, max_epochs=2)
    assert loud(callback) == set()
    assert callback.report().steps == 16


def _scaled(init_scale: float) -> list[Any]:
    plugins = __import__("lightning.pytorch.plugins", fromlist=["MixedPrecision"])
    scaler = torch.amp.GradScaler("cpu", init_scale=init_scale)
    return [plugins.MixedPrecision("16-mixed", "cpu", scaler)]


@pytest.mark.parametrize("init_scale", [1024.0, 2.0**17])
@pytest.mark.parametrize("clip", [None, pytest.param(0.1, marks=pytest.mark.slow)])
def test_a_gradient_scaler_that_skips_its_first_steps(
    init_scale: float, clip: float | None
) -> None:
    """Overflow in the first steps is how a scaler finds its scale."""
    callback = fit(model(), loader=data(40), plugins=_scaled(init_scale), gradient_clip_val=clip)
    assert loud(callback) - {"GA501"} == set()
    if init_scale == 1024.0:
        assert callback.findings == ()


@pytest.mark.parametrize("toggled", [True, False])
def test_a_gan_of_two_optimizers(toggled: bool) -> None:
    """The other net's gradients are there, or its flags are off for the moment."""

    class Gan(pl().LightningModule):
        def __init__(self) -> None:
            super().__init__()
            self.automatic_optimization = False
            self.g, self.d = nn.Linear(3, 4), nn.Sequential(nn.Linear(4, 4), nn.Tanh(),
                                                           nn.Linear(4, 1))  # fmt: skip

        def training_step(self, rows: list[torch.Tensor], number: int) -> None:
            opt_g, opt_d = self.optimizers()
            bce = nn.functional.binary_cross_entropy_with_logits
            ones, zeros = torch.ones(2, 1), torch.zeros(2, 1)
            self.toggle_optimizer(opt_g) if toggled else None
            opt_g.zero_grad()
            self.manual_backward(bce(self.d(self.g(torch.randn(2, 3))), ones))
            opt_g.step()
            self.untoggle_optimizer(opt_g) if toggled else None
            self.toggle_optimizer(opt_d) if toggled else None
            fake = self.g(torch.randn(2, 3)).detach()
            opt_d.zero_grad()
            self.manual_backward(bce(self.d(rows[0]), ones) + bce(self.d(fake), zeros))
            opt_d.step()
            self.untoggle_optimizer(opt_d) if toggled else None

        def configure_optimizers(self) -> Any:
            return [torch.optim.Adam(self.g.parameters()), torch.optim.Adam(self.d.parameters())]

    callback = fit(Gan(), loader=data(12))
    assert loud(callback) == set()
    assert callback.report().steps == 24


@pytest.mark.parametrize("whole", [True, False])
def test_compiled_modules_keep_their_names(whole: bool) -> None:
    """`torch.compile` of the module, or of a part of it: the names are the user's."""
    module = model()
    if whole:
        callback = fit(torch.compile(module, backend="eager"))
    else:
        module.body = torch.compile(module.body, backend="eager")
        callback = fit(module)
    assert loud(callback) == set()
    assert set(callback.statuses()) == {"body.weight", "body.bias", "head.weight", "head.bias"}


def test_layers_that_are_built_late() -> None:
    """In `configure_model`: at `setup` there was nothing to audit yet."""

    class Late(pl().LightningModule):
        def configure_model(self) -> None:
            if not hasattr(self, "net"):
                self.net = nn.Linear(4, 1)

        def training_step(self, rows: list[torch.Tensor], number: int) -> Any:
            return (self.net(rows[0]) - rows[1]).square().mean()

        def configure_optimizers(self) -> Any:
            return torch.optim.SGD(self.parameters(), lr=0.05)

    callback = fit(Late())
    assert loud(callback) == set()
    assert set(callback.statuses()) == {"net.weight", "net.bias"}


def test_lazy_layers_that_take_their_shape_in_the_first_batch() -> None:
    """LazyLinear has no values when training starts."""
    module = model()
    module.body = nn.LazyLinear(8)
    module.example_input_array = torch.zeros(2, 4)
    module(torch.zeros(2, 4))
    assert loud(fit(module)) == set()


def test_a_backbone_that_is_unfrozen_half_way() -> None:
    """BackboneFinetuning adds a parameter group in the middle of the fit."""
    finetuning = __import__("lightning.pytorch.callbacks", fromlist=["BackboneFinetuning"])

    class Tuned(plain()):
        def __init__(self) -> None:
            super().__init__()
            self.backbone, self.body = self.body, nn.Identity()

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.head(torch.tanh(self.backbone(x)))

        def configure_optimizers(self) -> Any:
            return torch.optim.SGD((p for p in self.parameters() if p.requires_grad), lr=0.05)

    callback = fit(
        Tuned(), finetuning.BackboneFinetuning(unfreeze_backbone_at_epoch=1), max_epochs=3
    )
    assert loud(callback) == set()
    assert callback.statuses()["backbone.weight"] == "ok"


@pytest.mark.slow
def test_an_average_of_the_weights_as_a_callback() -> None:
    """WeightAveraging swaps weights for the validation, and EMA weights at the end."""
    callbacks = __import__("lightning.pytorch.callbacks", fromlist=["EMAWeightAveraging"])
    for average in ("WeightAveraging", "EMAWeightAveraging", "StochasticWeightAveraging"):
        kind = getattr(callbacks, average, None)
        if kind is None:
            continue
        swa = {"swa_lrs": 0.01, "swa_epoch_start": 1} if average.startswith("Stoch") else {}
        callback = fit(model(validation_step=_validation), kind(**swa), val=data(2), max_epochs=4)
        assert loud(callback) == set(), average


def test_an_average_of_the_weights_as_a_submodule() -> None:
    """AveragedModel inside the module: trainable by its flags, and in no optimizer."""

    class Averaged(plain()):
        def __init__(self) -> None:
            super().__init__()
            self.ema = torch.optim.swa_utils.AveragedModel(
                nn.ModuleList([copy.deepcopy(self.body), copy.deepcopy(self.head)])
            )

        def on_train_batch_end(self, *args: Any) -> None:
            self.ema.update_parameters(nn.ModuleList([self.body, self.head]))

        def configure_optimizers(self) -> Any:
            return torch.optim.SGD([*self.body.parameters(), *self.head.parameters()], lr=0.05)

    assert loud(fit(Averaged(), max_epochs=2)) == set()


def test_schedulers_checkpoints_and_early_stopping(tmp_path: Path) -> None:
    """The usual company of a fit."""
    callbacks = __import__("lightning.pytorch.callbacks", fromlist=["EarlyStopping"])

    def configure_optimizers(self: Any) -> Any:
        optimizer = torch.optim.AdamW(self.parameters(), lr=0.05)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 0.1, total_steps=40)
        return {"optimizer": optimizer,
                "lr_scheduler": {"scheduler": schedule, "interval": "step"}}  # fmt: skip

    callback = fit(
        model(configure_optimizers=configure_optimizers, validation_step=_validation),
        callbacks.EarlyStopping("val", patience=1), callbacks.LearningRateMonitor(),
        callbacks.ModelCheckpoint(tmp_path), callbacks.Timer(),
        val=data(2), max_epochs=3, enable_checkpointing=True, default_root_dir=tmp_path,
        logger=True,
    )  # fmt: skip
    assert loud(callback) == set()


def test_nothing_that_training_computes_is_changed() -> None:
    """The weights are those of a fit without the callback, to the last bit."""
    weights = []
    for audited in (True, False):
        module = model()
        if audited:
            fit(module, accumulate_grad_batches=3)
        else:
            host = trainer(LIGHTNING, accumulate_grad_batches=3)
            host.fit(module, data())
        weights.append(torch.cat([p.detach().flatten() for p in module.parameters()]))
    assert torch.equal(*weights)
