"""Kinds of optimizers, how many there are, closures, and updates that need none."""

from __future__ import annotations

import copy
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.optim import lr_scheduler
from torch.optim.lr_scheduler import LRScheduler

from tests.loops.pattern import Loops, Watch, adamw, error, net, sgd

LOOPS = Loops()


@LOOPS.loop("LBFGS, cleared inside its closure")
def _(watch: Watch) -> None:
    model = net()
    optimizer = torch.optim.LBFGS(model.parameters(), lr=0.1, max_iter=3)

    def closure() -> Tensor:
        optimizer.zero_grad()
        loss = error(model)
        loss.backward()
        return loss

    with watch(model, optimizer):
        for _ in range(4):
            optimizer.step(closure)


@LOOPS.loop("LBFGS with a line search on one fixed batch")
def _(watch: Watch) -> None:
    model = net()
    optimizer = torch.optim.LBFGS(model.parameters(), line_search_fn="strong_wolfe")
    x = torch.randn(12, 4)

    def closure() -> Tensor:
        model.zero_grad()
        loss = (model(x) - x.sum(dim=1, keepdim=True)).square().mean()
        loss.backward()
        return loss

    with watch(model):
        for _ in range(2):
            optimizer.step(closure)


@LOOPS.loop("LBFGS, never cleared inside its closure", "GA307")
def _(watch: Watch) -> None:
    model = net()
    optimizer = torch.optim.LBFGS(model.parameters(), lr=0.1, max_iter=3)

    def closure() -> Tensor:
        loss = error(model)
        loss.backward()
        return loss

    with watch(model, optimizer):
        for _ in range(4):
            optimizer.step(closure)


@LOOPS.loop("a closure with zero_grad in an ordinary optimizer")
def _(watch: Watch) -> None:
    model = net()
    optimizer = adamw(model)

    def closure() -> float:
        optimizer.zero_grad()
        with torch.enable_grad():
            loss = error(model)
        loss.backward()
        return loss.item()

    with watch(model):
        for _ in range(4):
            optimizer.step(closure)


@LOOPS.loop("gradients from torch.autograd.grad, put in place by hand")
def _(watch: Watch) -> None:
    model = net()
    optimizer = adamw(model)
    parameters = list(model.parameters())
    with watch(model, optimizer):
        for _ in range(4):
            gradients = torch.autograd.grad(error(model), parameters)
            for parameter, gradient in zip(parameters, gradients, strict=True):
                parameter.grad = gradient
            optimizer.step()


@LOOPS.loop("gradients from torch.autograd.grad, subtracted by hand")
def _(watch: Watch) -> None:
    model = net()
    parameters = list(model.parameters())
    with watch(model):
        for _ in range(4):
            gradients = torch.autograd.grad(error(model), parameters)
            with torch.no_grad():
                for parameter, gradient in zip(parameters, gradients, strict=True):
                    parameter -= 0.05 * gradient


@LOOPS.loop("SGD by hand under no_grad, without an optimizer")
def _(watch: Watch) -> None:
    model = net()
    with watch(model):
        for _ in range(6):
            error(model).backward()
            with torch.no_grad():
                for parameter in model.parameters():
                    gradient = parameter.grad
                    assert gradient is not None
                    parameter -= 0.05 * gradient
                    gradient.zero_()


@LOOPS.loop("SGD by hand under no_grad, never cleared", "GA301")
def _(watch: Watch) -> None:
    model = net()
    with watch(model):
        for _ in range(6):
            error(model).backward()
            with torch.no_grad():
                for parameter in model.parameters():
                    assert parameter.grad is not None
                    parameter -= 0.01 * parameter.grad


@LOOPS.loop("SGD by hand through .data")
def _(watch: Watch) -> None:
    model = net()
    with watch(model):
        for _ in range(6):
            model.zero_grad()
            error(model).backward()
            for parameter in model.parameters():
                assert parameter.grad is not None
                parameter.data.add_(parameter.grad.data, alpha=-0.05)


@LOOPS.loop("Reptile: the gradient is the way a copy went")
def _(watch: Watch) -> None:
    model = net()
    optimizer = sgd(model, lr=0.5)
    with watch(model, optimizer):
        for _ in range(4):
            fast = copy.deepcopy(model)
            inner = sgd(fast)
            for _ in range(3):
                inner.zero_grad()
                error(fast).backward()
                inner.step()
            for slow, quick in zip(model.parameters(), fast.parameters(), strict=True):
                slow.grad = slow.detach() - quick.detach()
            optimizer.step()


@LOOPS.loop("one optimizer for each layer")
def _(watch: Watch) -> None:
    model = net()
    optimizers = [sgd(model[0]), adamw(model[2])]
    with watch(model, optimizers):
        for _ in range(4):
            for optimizer in optimizers:
                optimizer.zero_grad()
            error(model).backward()
            for optimizer in optimizers:
                optimizer.step()


@LOOPS.loop("two optimizers share a layer")
def _(watch: Watch) -> None:
    model = net()
    first, both = sgd(model[0], lr=1e-3), sgd(model, lr=1e-3)
    with watch(model):
        for _ in range(4):
            model.zero_grad()
            error(model).backward()
            first.step()
            both.step()


@LOOPS.loop("two optimizers take turns, and both are cleared each time")
def _(watch: Watch) -> None:
    model = net()
    optimizers = [sgd(model[0]), sgd(model[2])]
    with watch(model, optimizers):
        for i in range(8):
            model.zero_grad()
            error(model).backward()
            optimizers[i % 2].step()


@LOOPS.loop("one optimizer for two models")
def _(watch: Watch) -> None:
    front, back = net()[:2], nn.Linear(8, 1)
    optimizer = adamw(front, back)
    with watch({"front": front, "back": back}, optimizer):
        for _ in range(4):
            optimizer.zero_grad()
            error(lambda x: back(front(x))).backward()
            optimizer.step()


@LOOPS.loop("each parameter is stepped inside the backward")
def _(watch: Watch) -> None:
    model = net()
    optimizers: dict[Tensor, torch.optim.SGD] = {
        p: torch.optim.SGD([p], lr=0.05) for p in model.parameters()
    }

    def update(parameter: Tensor) -> None:
        optimizers[parameter].step()
        optimizers[parameter].zero_grad()

    for parameter in model.parameters():
        parameter.register_post_accumulate_grad_hook(update)
    with watch(model):
        for _ in range(5):
            error(model).backward()


@LOOPS.loop("the optimizer is built anew half-way")
def _(watch: Watch) -> None:
    model = net()
    optimizer: torch.optim.Optimizer = sgd(model)
    with watch(model):
        for i in range(8):
            if i == 4:
                optimizer = adamw(model)
            optimizer.zero_grad()
            error(model).backward()
            optimizer.step()


@LOOPS.loop("a fused Adam, then one that goes tensor by tensor")
def _(watch: Watch) -> None:
    for fused in (True, False):
        model = net()
        optimizer = torch.optim.Adam(model.parameters(), lr=1e-2, fused=fused, foreach=False)
        with watch(model, optimizer):
            for _ in range(4):
                optimizer.zero_grad()
                error(model).backward()
                optimizer.step()


@LOOPS.loop("the last layer is in no optimizer", "GA401")
def _(watch: Watch) -> None:
    model = net()
    optimizer = adamw(model[0])
    with watch(model, optimizer):
        for _ in range(6):
            model.zero_grad()
            error(model).backward()
            optimizer.step()


@LOOPS.loop("a sparse embedding with SparseAdam")
def _(watch: Watch) -> None:
    torch.manual_seed(0)
    words, out = nn.Embedding(10, 4, sparse=True), nn.Linear(4, 1)
    optimizers = [torch.optim.SparseAdam(words.parameters(), lr=0.01), adamw(out)]
    with watch({"words": words, "out": out}, optimizers):
        for _ in range(5):
            ids = torch.randint(0, 10, (6,))
            loss = (out(words(ids)).squeeze(1) - ids / 10).square().mean()
            for optimizer in optimizers:
                optimizer.zero_grad()
            loss.backward()
            for optimizer in optimizers:
                optimizer.step()


def _scheduled(watch: Watch, build: Callable[[torch.optim.Optimizer], LRScheduler]) -> None:
    model = net()
    optimizer = sgd(model)
    scheduler = build(optimizer)
    with watch(model, optimizer):
        for _ in range(8):
            optimizer.zero_grad()
            error(model).backward()
            optimizer.step()
            scheduler.step()


@LOOPS.loop("the learning rate falls in steps")
def _(watch: Watch) -> None:
    _scheduled(watch, lambda optimizer: lr_scheduler.StepLR(optimizer, step_size=2, gamma=0.5))


@LOOPS.loop("the learning rate warms up from exactly zero")
def _(watch: Watch) -> None:
    _scheduled(watch, lambda optimizer: lr_scheduler.LambdaLR(optimizer, lambda i: min(1.0, i / 4)))


@LOOPS.loop("the learning rate goes through one cycle")
def _(watch: Watch) -> None:
    _scheduled(watch, lambda optimizer: lr_scheduler.OneCycleLR(optimizer, 0.1, total_steps=8))


@LOOPS.loop("the learning rate falls on a plateau of the validation loss")
def _(watch: Watch) -> None:
    model = net()
    optimizer = sgd(model)
    scheduler = lr_scheduler.ReduceLROnPlateau(optimizer, patience=1)
    with watch(model):
        for _ in range(4):
            model.train()
            for _ in range(3):
                optimizer.zero_grad()
                error(model).backward()
                optimizer.step()
            model.eval()
            with torch.no_grad():
                scheduler.step(error(model, rows=20))
