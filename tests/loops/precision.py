"""Clipping, gradient scalers, autocast and low-precision weights."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from tests.loops.pattern import Loops, Watch, adamw, error, net, sgd

LOOPS = Loops()


@LOOPS.loop("the norm is clipped between backward and step")
def _(watch: Watch) -> None:
    model = net()
    optimizer = adamw(model)
    with watch(model, optimizer):
        for _ in range(5):
            optimizer.zero_grad()
            error(model).backward()
            nn.utils.clip_grad_norm_(model.parameters(), 0.5)
            optimizer.step()


@LOOPS.loop("the norm is clipped once for an accumulation of three")
def _(watch: Watch) -> None:
    model = net()
    optimizer = adamw(model)
    with watch(model):
        for i in range(9):
            (error(model) / 3).backward()
            if i % 3 == 2:
                nn.utils.clip_grad_norm_(model.parameters(), 0.5)
                optimizer.step()
                optimizer.zero_grad()


@LOOPS.loop("each layer is clipped by itself")
def _(watch: Watch) -> None:
    model = net()
    optimizer = sgd(model)
    with watch(model, optimizer):
        for _ in range(5):
            model.zero_grad()
            error(model).backward()
            for layer in (model[0], model[2]):
                nn.utils.clip_grad_norm_(layer.parameters(), 0.2)
            optimizer.step()


@LOOPS.loop("values are clipped")
def _(watch: Watch) -> None:
    model = net()
    optimizer = sgd(model)
    with watch(model):
        for _ in range(5):
            optimizer.zero_grad()
            error(model).backward()
            nn.utils.clip_grad_value_(model.parameters(), 0.1)
            optimizer.step()


@LOOPS.loop("the norm is only measured, after the step")
def _(watch: Watch) -> None:
    model = net()
    optimizer = sgd(model)
    with watch(model, optimizer):
        for _ in range(5):
            optimizer.zero_grad()
            error(model).backward()
            optimizer.step()
            gradients = [p.grad for p in model.parameters() if p.grad is not None]
            nn.utils.get_total_norm(gradients)


@LOOPS.loop("clipped before the backward", "GA306")
def _(watch: Watch) -> None:
    model = net()
    optimizer = adamw(model)
    with watch(model, optimizer):
        for _ in range(5):
            optimizer.zero_grad()
            loss = error(model)
            nn.utils.clip_grad_norm_(model.parameters(), 0.5)
            loss.backward()
            optimizer.step()


@LOOPS.loop("clipped after the step", "GA306")
def _(watch: Watch) -> None:
    model = net()
    optimizer = adamw(model)
    with watch(model):
        for _ in range(5):
            error(model).backward()
            optimizer.step()
            nn.utils.clip_grad_norm_(model.parameters(), 0.5)
            optimizer.zero_grad()


@LOOPS.loop("clipped after every batch of an accumulation", "GA306")
def _(watch: Watch) -> None:
    model = net()
    optimizer = sgd(model)
    with watch(model, optimizer):
        for i in range(9):
            (error(model) / 3).backward()
            nn.utils.clip_grad_norm_(model.parameters(), 0.1)
            if i % 3 == 2:
                optimizer.step()
                optimizer.zero_grad()


Between = Callable[[nn.Module, torch.optim.Optimizer, torch.amp.GradScaler], object]


def _scaled(
    watch: Watch,
    *,
    scale: float = 1024.0,
    overflows: tuple[int, ...] = (),
    between: Between = lambda *_: None,
) -> None:
    """Eight steps in half precision with a scaler; where it overflows the loss is too large.

    The scaled loss itself is finite: what overflows is the half-precision gradient.
    """
    model = net()
    optimizer = sgd(model)
    scaler = torch.amp.GradScaler("cpu", init_scale=scale)

    def forward(x: Tensor) -> Tensor:
        with torch.autocast("cpu", dtype=torch.float16):
            return model(x)

    with watch(model, optimizer):
        for i in range(8):
            optimizer.zero_grad()
            loss = error(forward) * (1000.0 if i in overflows else 1.0)
            scaler.scale(loss).backward()
            between(model, optimizer, scaler)
            scaler.step(optimizer)
            scaler.update()


@LOOPS.loop("a gradient scaler")
def _(watch: Watch) -> None:
    _scaled(watch)


@LOOPS.loop("a gradient scaler that skips one step")
def _(watch: Watch) -> None:
    _scaled(watch, overflows=(3,))


@LOOPS.loop("a gradient scaler that skips the first steps until its scale fits")
def _(watch: Watch) -> None:
    _scaled(watch, scale=2.0**17)


@LOOPS.loop("a gradient scaler that never finds a scale that fits", "GA501")
def _(watch: Watch) -> None:
    _scaled(watch, scale=2.0**40)


@LOOPS.loop("a gradient scaler, unscaled before it is clipped")
def _(watch: Watch) -> None:
    def clip(
        model: nn.Module, optimizer: torch.optim.Optimizer, scaler: torch.amp.GradScaler
    ) -> None:
        scaler.unscale_(optimizer)
        nn.utils.clip_grad_norm_(model.parameters(), 0.5)

    _scaled(watch, overflows=(2,), between=clip)


@LOOPS.loop("a gradient scaler, clipped while still scaled", "GA306")
def _(watch: Watch) -> None:
    _scaled(watch, between=lambda model, *_: nn.utils.clip_grad_norm_(model.parameters(), 0.5))


@LOOPS.loop("autocast to bfloat16 around the forward")
def _(watch: Watch) -> None:
    model = net()
    optimizer = adamw(model)
    with watch(model, optimizer):
        for _ in range(5):
            optimizer.zero_grad()
            with torch.autocast("cpu", dtype=torch.bfloat16):
                loss = error(model)
            loss.backward()
            optimizer.step()


@LOOPS.loop("bfloat16 weights")
def _(watch: Watch) -> None:
    model = net().to(torch.bfloat16)
    optimizer = adamw(model)
    with watch(model):
        for _ in range(5):
            optimizer.zero_grad()
            error(lambda x: model(x.to(torch.bfloat16)).float()).backward()
            optimizer.step()
