"""Where gradients are cleared, how often they are stepped, and what is added up in between."""

from __future__ import annotations

import torch
from torch import nn

from tests.loops.pattern import Loops, Watch, adamw, error, net, sgd

LOOPS = Loops()


@LOOPS.loop("zero_grad, backward, step")
def _(watch: Watch) -> None:
    model = net()
    optimizer = adamw(model)
    with watch(model, optimizer):
        for _ in range(4):
            optimizer.zero_grad()
            error(model).backward()
            optimizer.step()


@LOOPS.loop("backward, step, zero_grad")
def _(watch: Watch) -> None:
    model = net()
    optimizer = adamw(model)
    with watch(model):
        for _ in range(4):
            error(model).backward()
            optimizer.step()
            optimizer.zero_grad()


@LOOPS.loop("gradients are set to zero instead of None")
def _(watch: Watch) -> None:
    model = net()
    optimizer = adamw(model)
    with watch(model, optimizer):
        for _ in range(4):
            error(model).backward()
            optimizer.step()
            optimizer.zero_grad(set_to_none=False)


@LOOPS.loop("every gradient is set to None by hand")
def _(watch: Watch) -> None:
    model = net()
    optimizer = adamw(model)
    with watch(model):
        for _ in range(4):
            error(model).backward()
            optimizer.step()
            for parameter in model.parameters():
                parameter.grad = None


@LOOPS.loop("every gradient is filled with zeros through its data")
def _(watch: Watch) -> None:
    model = net()
    optimizer = sgd(model, momentum=0.9)
    with watch(model, optimizer):
        for _ in range(4):
            for parameter in model.parameters():
                if parameter.grad is not None:
                    parameter.grad.data.zero_()
            error(model).backward()
            optimizer.step()


@LOOPS.loop("zero_grad between the forward and the backward")
def _(watch: Watch) -> None:
    model = net()
    optimizer = sgd(model)
    with watch(model):
        for _ in range(4):
            loss = error(model)
            model.zero_grad()
            loss.backward()
            optimizer.step()


@LOOPS.loop("never cleared", "GA301")
def _(watch: Watch) -> None:
    model = net()
    optimizer = adamw(model)
    with watch(model, optimizer):
        for _ in range(4):
            error(model).backward()
            optimizer.step()


@LOOPS.loop("clearing is forgotten once", "GA301")
def _(watch: Watch) -> None:
    model = net()
    optimizer = adamw(model)
    with watch(model):
        for i in range(4):
            error(model).backward()
            optimizer.step()
            if i != 1:
                optimizer.zero_grad()


@LOOPS.loop("only the first layer is cleared", "GA301")
def _(watch: Watch) -> None:
    model = net()
    optimizer = sgd(model, lr=1e-3)
    with watch(model, optimizer):
        for _ in range(4):
            model[0].zero_grad()
            error(model).backward()
            optimizer.step()


@LOOPS.loop("never cleared, but clipped before each step", "GA301")
def _(watch: Watch) -> None:
    model = net()
    optimizer = sgd(model)
    with watch(model):
        for _ in range(4):
            error(model).backward()
            nn.utils.clip_grad_norm_(model.parameters(), 0.1)
            optimizer.step()


@LOOPS.loop("a gradient of its own making is kept over the steps and decayed by hand")
def _(watch: Watch) -> None:
    model = net()
    optimizer = sgd(model, lr=0.01)
    with watch(model, optimizer):
        for _ in range(5):
            for parameter in model.parameters():
                if parameter.grad is not None:
                    parameter.grad.mul_(0.9)
            error(model).backward()
            optimizer.step()


@LOOPS.loop("zero_grad between the backward and the step", "GA302")
def _(watch: Watch) -> None:
    model = net()
    optimizer = adamw(model)
    with watch(model, optimizer):
        for _ in range(5):
            error(model).backward()
            optimizer.zero_grad()
            optimizer.step()


@LOOPS.loop("the step is forgotten", "GA304")
def _(watch: Watch) -> None:
    model = net()
    optimizer = adamw(model)
    with watch(model, optimizer):
        for _ in range(25):
            optimizer.zero_grad()
            error(model).backward()


@LOOPS.loop("accumulation over 4 batches")
def _(watch: Watch) -> None:
    model = net()
    optimizer = adamw(model)
    with watch(model):
        for i in range(8):
            (error(model) / 4).backward()
            if i % 4 == 3:
                optimizer.step()
                optimizer.zero_grad()


@LOOPS.loop("accumulation whose short tail is stepped too")
def _(watch: Watch) -> None:
    model = net()
    optimizer = adamw(model)
    with watch(model, optimizer):
        for _ in range(3):
            for i in range(7):
                (error(model) / 3).backward()
                if i % 3 == 2 or i == 6:
                    optimizer.step()
                    optimizer.zero_grad()


@LOOPS.loop("accumulation, never cleared", "GA301")
def _(watch: Watch) -> None:
    model = net()
    optimizer = adamw(model)
    with watch(model):
        for i in range(8):
            (error(model) / 4).backward()
            if i % 4 == 3:
                optimizer.step()


@LOOPS.loop("accumulation, cleared for every batch", "GA303")
def _(watch: Watch) -> None:
    model = net()
    optimizer = adamw(model)
    with watch(model, optimizer):
        for i in range(12):
            optimizer.zero_grad()
            (error(model) / 3).backward()
            if i % 3 == 2:
                optimizer.step()


@LOOPS.loop("accumulation whose tail is cleared when an epoch begins", "GA303")
def _(watch: Watch) -> None:
    model = net()
    optimizer = sgd(model)
    with watch(model):
        for _ in range(3):
            optimizer.zero_grad()
            for i in range(5):
                (error(model) / 2).backward()
                if i % 2 == 1:
                    optimizer.step()
                    optimizer.zero_grad()


@LOOPS.loop("one loss goes backward twice, with retain_graph")
def _(watch: Watch) -> None:
    model = net()
    optimizer = adamw(model)
    with watch(model, optimizer):
        for _ in range(4):
            optimizer.zero_grad()
            loss = error(model)
            loss.backward(retain_graph=True)
            loss.backward()
            optimizer.step()


@LOOPS.loop("two losses, two backwards, one step")
def _(watch: Watch) -> None:
    model = net()
    optimizer = adamw(model)
    with watch(model):
        for _ in range(4):
            optimizer.zero_grad()
            error(model).backward()
            (0.01 * torch.stack([p.square().sum() for p in model.parameters()]).sum()).backward()
            optimizer.step()


@LOOPS.loop("two losses share a graph that is retained for the second")
def _(watch: Watch) -> None:
    model = net()
    optimizer = sgd(model)
    with watch(model, optimizer):
        for _ in range(4):
            x = torch.randn(6, 4)
            hidden = model[1](model[0](x))
            optimizer.zero_grad()
            (model[2](hidden) - x.sum(dim=1, keepdim=True)).square().mean().backward(
                retain_graph=True
            )
            (0.1 * hidden.square().mean()).backward()
            optimizer.step()


@LOOPS.loop("batches with a non-finite loss are left out before their backward")
def _(watch: Watch) -> None:
    model = net()
    optimizer = adamw(model)
    with watch(model, optimizer):
        for i in range(6):
            loss = error(model) * (float("inf") if i == 2 else 1.0)
            if not torch.isfinite(loss):
                continue
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()


@LOOPS.loop("the loss is NaN once", "GA201", "GA202")
def _(watch: Watch) -> None:
    model = net()
    optimizer = adamw(model)
    with watch(model):
        for i in range(4):
            optimizer.zero_grad()
            (error(model) * (float("nan") if i == 1 else 1.0)).backward()
            optimizer.step()
