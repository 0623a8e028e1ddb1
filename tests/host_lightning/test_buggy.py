"""Mistakes in LightningModules: the right code, the right cause, at the user's line."""

from __future__ import annotations

import os
import warnings
from typing import Any

import pytest
import torch
from torch import nn

import gradaudit
from tests.host_lightning.support import (
    BOTH,
    GradAuditCallback,
    data,
    fit,
    line_of,
    loud,
    model,
    pl,
    plain,
    quiet,
    the,
    trainer,
)


def _lbfgs(self: Any) -> Any:
    return torch.optim.LBFGS(self.parameters(), lr=0.1, max_iter=3)


def _detached(self: Any, rows: list[torch.Tensor], number: int) -> Any:
    hidden = torch.tanh(self.body(rows[0])).detach()  # the cut
    return nn.functional.mse_loss(self.head(hidden), rows[1])


def _nan_at_five(self: Any, rows: list[torch.Tensor], number: int) -> Any:
    loss = self.loss(rows)
    return loss + (self.body.weight.sum() * 0).sqrt() if number == 5 else loss  # born here


def _never_cleared(self: Any, rows: list[torch.Tensor], number: int) -> None:
    self.manual_backward(self.loss(rows))
    self.optimizers().step()


def _without_manual_step(self: Any, rows: list[torch.Tensor], number: int) -> None:
    self.manual_backward(self.loss(rows))


@BOTH
def test_a_zero_grad_that_does_nothing(package: str) -> None:
    """`optimizer_zero_grad` was overridden, and clears nothing."""
    callback = fit(model(package, optimizer_zero_grad=lambda *_: None), package=package)
    assert loud(callback) == {"GA301"}


def test_manual_optimization_without_zero_grad() -> None:
    """Lightning clears nothing in manual optimization."""
    methods = {"training_step": _never_cleared, "automatic_optimization": False}
    assert loud(fit(model(**methods))) == {"GA301"}


def test_manual_optimization_that_never_steps() -> None:
    """20 backwards, and the optimizer waits."""
    methods = {"training_step": _without_manual_step, "automatic_optimization": False}
    callback = fit(model(**methods), loader=data(24))
    assert "GA304" in loud(callback)


def test_an_unused_layer_is_named_with_its_cause() -> None:
    """It is in the optimizer, and `forward` never calls it."""
    module = model()
    module.spare = nn.Linear(3, 3)
    callback = fit(module)
    finding = the(callback, "GA101")
    assert loud(callback) == {"GA101"}
    assert finding.parameters == ("spare.weight", "spare.bias")
    assert finding.cause.kind == "unused-module"
    assert finding.model == "Tried"


@pytest.mark.parametrize(
    "options",
    [{}, {"accumulate_grad_batches": 3}, {"gradient_clip_val": 0.5}, {"precision": "bf16-mixed"}],
    ids=str,
)
def test_a_detach_is_named_with_its_line(options: dict[str, Any]) -> None:
    """In `training_step`, whatever the Trainer does besides."""
    callback = fit(model(training_step=_detached), **options)
    finding = the(callback, "GA101")
    assert loud(callback) == {"GA101"}
    assert finding.parameters == ("body.weight", "body.bias")
    assert finding.cause.kind == "detach"
    assert finding.cause.line == line_of("the cut", __file__)


@pytest.mark.parametrize("clip", [None, 0.5])
def test_a_nan_is_found_before_clipping_spreads_it(clip: float | None) -> None:
    """Clipping with a NaN norm makes every gradient NaN; the culprit is the one that was first."""
    callback = fit(model(training_step=_nan_at_five), gradient_clip_val=clip)
    finding = the(callback, "GA201")
    assert finding.parameters == ("body.weight",)
    assert finding.first_step == 5


def test_lbfgs_with_accumulation_adds_its_evaluations_up() -> None:
    """Within a window Lightning's closure does not clear, and LBFGS calls it often."""
    callback = fit(model(configure_optimizers=_lbfgs), accumulate_grad_batches=2)
    assert loud(callback) == {"GA307"}


def test_a_layer_in_no_optimizer() -> None:
    """It gets gradients, and nothing moves it."""

    def configure_optimizers(self: Any) -> Any:
        return torch.optim.SGD(self.head.parameters(), lr=0.05)

    assert loud(fit(model(configure_optimizers=configure_optimizers))) == {"GA401"}


def test_an_optimizer_of_another_model_is_a_finding_and_no_error() -> None:
    """The layers were replaced after the optimizer was made: `fit` runs, and the audit says so."""

    class Replaced(plain()):
        def on_fit_start(self) -> None:
            self.body, self.head = nn.Linear(4, 8), nn.Linear(8, 1)

    callback = fit(Replaced())
    assert loud(callback) == {"GA402"}


def test_layers_in_a_plain_list() -> None:
    """They learn nothing, since the optimizer has never heard of them."""

    class Listed(plain()):
        def __init__(self) -> None:
            super().__init__()
            self.extra = [nn.Linear(4, 4)]

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return super().forward(self.extra[0](x))

    assert loud(fit(Listed())) == {"GA105"}


def test_a_scaler_that_skips_every_step() -> None:
    """Gradients that overflow at any scale."""
    plugins = __import__("lightning.pytorch.plugins", fromlist=["MixedPrecision"])

    def training_step(self: Any, rows: list[torch.Tensor], number: int) -> Any:
        return self.loss(rows) * float("inf")

    scaler = torch.amp.GradScaler("cpu", init_scale=1024.0)
    callback = fit(
        model(training_step=training_step),
        loader=data(24),
        plugins=[plugins.MixedPrecision("16-mixed", "cpu", scaler)],
    )
    assert "GA501" in loud(callback)


@pytest.mark.parametrize("kind", [torch.optim.SGD, torch.optim.Adam])
@pytest.mark.parametrize("manual", [False, True])
def test_raise_on_stops_the_fit_before_the_step_that_would_break_it(
    kind: Any, manual: bool
) -> None:
    """GradAuditError reaches the caller of `fit`, and no weight is NaN."""

    def training_step(self: Any, rows: list[torch.Tensor], number: int) -> Any:
        loss = _nan_at_five(self, rows, number)
        if not manual:
            return loss
        self.optimizers().zero_grad()
        self.manual_backward(loss)
        self.optimizers().step()
        return None

    module = model(
        training_step=training_step,
        configure_optimizers=lambda self: kind(self.parameters(), lr=0.05),
        automatic_optimization=not manual,
    )
    callback = GradAuditCallback(on_finding="silent", raise_on="error")
    host = trainer("lightning.pytorch", callback)
    with quiet(), pytest.raises(gradaudit.GradAuditError, match=r"GA201.*body\.weight") as caught:
        host.fit(module, data())
    assert caught.value.findings[0].code == "GA201"
    assert all(torch.isfinite(p).all() for p in module.parameters())
    assert host.state.status == "interrupted"
    assert callback.report().exception is not None


def test_two_callbacks_tell_the_same() -> None:
    """Each has an audit of its own."""
    second = GradAuditCallback(on_finding="silent", names=["second"])
    first = fit(model(training_step=_detached), second)
    assert loud(first) == loud(second) == {"GA101"}
    assert the(second, "GA101").model == "second"


def test_a_finding_is_warned_of_once_at_its_line() -> None:
    """Like by `watch`, though it has stayed for the whole fit."""
    host = trainer("lightning.pytorch", GradAuditCallback(), max_epochs=3)
    with quiet(), warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        host.fit(model(training_step=_detached), data())
    ours = [w for w in caught if issubclass(w.category, gradaudit.GradAuditWarning)]
    assert len(ours) == 1
    assert os.path.samefile(ours[0].filename, __file__)
    assert ours[0].lineno == line_of("the cut", __file__)


def test_warnings_as_errors_stop_the_fit() -> None:
    """The user's own filter decides, as for any warning."""
    host = trainer("lightning.pytorch", GradAuditCallback())
    with quiet(), warnings.catch_warnings():
        warnings.simplefilter("error", gradaudit.GradAuditWarning)
        with pytest.raises(gradaudit.GradAuditWarning, match="GA101"):
            host.fit(model(training_step=_detached), data())


def test_an_error_of_autograd_is_explained() -> None:
    """What autograd raised for is part of the report, and the exception is the user's own."""

    def training_step(self: Any, rows: list[torch.Tensor], number: int) -> Any:
        hidden = torch.sigmoid(self.body(rows[0]))
        hidden += 1  # the edit
        return self.head(hidden).mean()

    callback = GradAuditCallback(on_finding="silent")
    host = trainer("lightning.pytorch", callback)
    with quiet(), pytest.raises(RuntimeError, match="modified by an inplace operation"):
        host.fit(model(training_step=training_step), data())
    finding = the(callback, "GA701")
    assert finding.cause.line == line_of("the edit", __file__)


def test_an_error_in_training_step_leaves_a_report() -> None:
    """The run has failed; what was found until then is known."""

    def training_step(self: Any, rows: list[torch.Tensor], number: int) -> Any:
        if number == 4:
            raise ValueError("no more")
        return _detached(self, rows, number)

    callback = GradAuditCallback(on_finding="silent")
    host = trainer("lightning.pytorch", callback)
    with quiet(), pytest.raises(ValueError, match="no more"):
        host.fit(model(training_step=training_step), data())
    assert callback.report().exception == "ValueError: no more"
    assert loud(callback) == {"GA101"}


def test_a_fit_that_is_interrupted_leaves_a_report() -> None:
    """Ctrl-C: Lightning ends the program, and the audit leaves nothing behind."""

    def training_step(self: Any, rows: list[torch.Tensor], number: int) -> Any:
        if number == 4:
            raise KeyboardInterrupt
        return _detached(self, rows, number)

    callback = GradAuditCallback(on_finding="silent")
    host = trainer(pl().__name__, callback)
    with quiet(), pytest.raises((SystemExit, KeyboardInterrupt)):
        host.fit(model(training_step=training_step), data())
    assert callback.report().steps == 4


def test_an_unused_layer_in_a_toggled_optimizer_is_named() -> None:
    """Its own steps count: the last backward, of the other one, came with it switched off."""

    def training_step(self: Any, rows: list[torch.Tensor], number: int) -> None:
        for optimizer in self.optimizers():
            self.toggle_optimizer(optimizer)
            optimizer.zero_grad()
            self.manual_backward(self.loss(rows))
            optimizer.step()
            self.untoggle_optimizer(optimizer)

    def configure_optimizers(self: Any) -> Any:
        first = [*self.body.parameters(), *self.spare.parameters()]
        return torch.optim.SGD(first, lr=0.05), torch.optim.SGD(self.head.parameters(), lr=0.05)

    methods = {"training_step": training_step, "configure_optimizers": configure_optimizers}
    module = model(automatic_optimization=False, **methods)
    module.spare = nn.Linear(3, 3)
    callback = fit(module)
    assert loud(callback) == {"GA101"}
    finding = the(callback, "GA101")
    assert finding.parameters == ("spare.weight", "spare.bias")
    assert finding.cause is not None
    assert finding.cause.kind == "unused-module"
