"""A learner as fastai has it, with an optimizer of its own: `watch` judges what the loop does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import nn

import gradaudit
from gradaudit import GradAuditError


class Adam:
    """fastai's optimizers are no subclasses of torch's: no step hook tells of them."""

    def __init__(self, parameters: Any, lr: float = 1e-2) -> None:
        self.parameters, self.lr = list(parameters), lr
        self.squares = [torch.zeros_like(p) for p in self.parameters]

    @torch.no_grad()
    def step(self) -> None:
        for p, square in zip(self.parameters, self.squares, strict=True):
            if p.grad is not None:
                square.mul_(0.9).addcmul_(p.grad, p.grad, value=0.1)
                p.data.addcdiv_(p.grad, square.sqrt() + 1e-8, value=-self.lr)

    def zero_grad(self) -> None:
        for p in self.parameters:
            if p.grad is not None:
                p.grad.detach_()
                p.grad.zero_()


class TorchAdam(torch.optim.Adam):
    """What `OptimWrapper` hands on to."""


class CancelBatch(Exception):
    """As CancelBatchException: the rest of the batch is passed over."""


class Learner:
    """The order of fastai's events around a batch."""

    def __init__(self, model: nn.Module, opt: Any, callbacks: tuple[Any, ...] = ()) -> None:
        self.model, self.opt, self.callbacks = model, opt, callbacks
        self.loss: Any = None
        self.pred: Any = None

    def __call__(self, event: str) -> None:
        for callback in self.callbacks:
            getattr(callback, event, lambda _: None)(self)

    def one_batch(self, x: torch.Tensor) -> None:
        try:
            self.pred = self.model(x)
            self("after_pred")
            self.loss = nn.functional.mse_loss(self.pred, x.sum(dim=1, keepdim=True))
            self("before_backward")
            self.loss.backward()
            self("after_backward")
            self("before_step")
            self.opt.step()
            self("after_step")
            self.opt.zero_grad()
        except CancelBatch:
            self("after_cancel_batch")

    def fit(self, batches: int = 24) -> None:
        for _ in range(batches):
            self.one_batch(torch.randn(16, 8))


class Accumulate:
    """fastai's GradientAccumulation: three batches make a step."""

    count = 0

    def before_backward(self, learner: Learner) -> None:
        learner.loss = learner.loss / 3

    def before_step(self, _: Learner) -> None:
        self.count += 1
        if self.count % 3:
            raise CancelBatch


class Clip:
    def before_step(self, learner: Learner) -> None:
        nn.utils.clip_grad_norm_(learner.model.parameters(), 1.0)


class Cut:
    def after_pred(self, learner: Learner) -> None:
        learner.pred = torch.tensor(learner.pred.tolist(), requires_grad=True)  # cut


class Spoil:
    count = 0

    def before_backward(self, learner: Learner) -> None:
        self.count += 1
        if self.count == 4:
            learner.loss = learner.loss * float("nan")


class Model(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.body, self.gate, self.head = nn.Linear(8, 32), nn.Linear(8, 32), nn.Linear(32, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(torch.relu(self.body(x)) * torch.sigmoid(self.gate(x)))


class Forgetful(Model):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(torch.relu(self.body(x)))


def _fit(
    *callbacks: Any,
    model: Callable[[], nn.Module] = Model,
    opt: Callable[[Any], Any] = Adam,
    **options: Any,
) -> Any:
    torch.manual_seed(0)
    made = model()
    learner = Learner(made, opt(made.parameters()), callbacks)
    with gradaudit.watch(made, on_finding="silent", **options) as audit:
        learner.fit()
    return audit


def _loud(audit: Any) -> list[str]:
    return [f.code for f in audit.report().findings if f.severity.value != "info"]


BOTH = pytest.mark.parametrize("opt", [Adam, TorchAdam])


@BOTH
@pytest.mark.parametrize("callbacks", [(), (Clip,), (Accumulate,), (Accumulate, Clip)])
def test_a_healthy_learner(opt: Any, callbacks: tuple[Any, ...]) -> None:
    """Nothing is said, also where most batches end before the step."""
    audit = _fit(*(kind() for kind in callbacks), opt=opt)
    assert audit.report().backwards == 24
    assert _loud(audit) == [], str(audit.report())


@BOTH
def test_predictions_that_are_cut_off(opt: Any) -> None:
    """GA104, or GA101 for all: at the callback's line."""
    audit = _fit(Cut(), opt=opt)
    assert _loud(audit) == ["GA104"], str(audit.report())
    (found,) = (f for f in audit.findings if f.code == "GA104")
    assert found.cause.source.endswith("# cut")


def test_a_layer_that_is_never_called() -> None:
    """An optimizer of torch's, found by itself, holds it. What one that is not torch's holds shows
    only in what it moves, and it never moves this layer: docs/other-loops.md says so.
    """
    audit = _fit(model=Forgetful, opt=TorchAdam)
    assert _loud(audit) == ["GA101"], str(audit.report())
    (found,) = (f for f in audit.findings if f.code == "GA101")
    assert found.parameters == ("gate.weight", "gate.bias")


@BOTH
def test_a_loss_that_is_nan(opt: Any) -> None:
    """GA202 and GA201; and the weights after it."""
    assert {"GA201", "GA202"} <= set(_loud(_fit(Spoil(), opt=opt)))


@BOTH
def test_gradients_that_are_never_cleared(opt: Any) -> None:
    """GA301."""

    class Never(opt):  # type: ignore[misc, valid-type]
        def zero_grad(self, *_: Any, **__: Any) -> None:
            pass

    assert "GA301" in _loud(_fit(opt=Never)), str(_fit(opt=Never).report())


def test_raise_on_reaches_the_learner() -> None:
    """fastai catches its own exceptions and no other."""
    with pytest.raises(GradAuditError, match=r"GA20[12]"):
        _fit(Spoil(), opt=TorchAdam, raise_on="error")
