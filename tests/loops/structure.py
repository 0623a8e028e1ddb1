"""What a model may look like, and how it may change while it is trained."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrizations
from torch.utils.checkpoint import checkpoint

from tests.loops.pattern import Loops, Watch, adamw, batch, error, net, sgd

LOOPS = Loops()


@LOOPS.loop("detach cuts off the first layer", "GA101")
def _(watch: Watch) -> None:
    model = net()
    optimizer = adamw(model)
    with watch(model, optimizer):
        for _ in range(4):
            optimizer.zero_grad()
            error(lambda x: model[2](model[1](model[0](x)).detach())).backward()
            optimizer.step()


@LOOPS.loop("the last layer is never used", "GA101")
def _(watch: Watch) -> None:
    model = net()
    optimizer = adamw(model)
    with watch(model):
        for _ in range(4):
            optimizer.zero_grad()
            model[0](batch()).square().mean().backward()
            optimizer.step()


@LOOPS.loop("the last layer is used in the first two steps alone")  # GA102: worth an info
def _(watch: Watch) -> None:
    model = net()
    optimizer = adamw(model)
    with watch(model, optimizer):
        for i in range(6):
            loss = error(model) if i < 2 else model[0](batch()).square().mean()
            loss.backward()
            optimizer.step()
            optimizer.zero_grad(set_to_none=False)


@LOOPS.loop("layers are thawed one after the other")
def _(watch: Watch) -> None:
    model = net()
    model.requires_grad_(False)
    model[2].requires_grad_(True)
    optimizer = adamw(model)
    with watch(model, optimizer):
        for i in range(6):
            if i == 3:
                model[0].requires_grad_(True)
            optimizer.zero_grad()
            error(model).backward()
            optimizer.step()


@LOOPS.loop("the first layer is frozen half-way")
def _(watch: Watch) -> None:
    model = net()
    optimizer = adamw(model)
    with watch(model):
        for i in range(6):
            optimizer.zero_grad()
            if i == 3:
                model[0].requires_grad_(False)
            error(model).backward()
            optimizer.step()


@LOOPS.loop("a layer frozen half-way goes on moving by its momentum", "GA405")
def _(watch: Watch) -> None:
    model = net()
    optimizer = sgd(model, momentum=0.9)
    with watch(model, optimizer):
        for i in range(8):
            if i == 4:
                model[0].requires_grad_(False)
            error(model).backward()
            optimizer.step()
            optimizer.zero_grad(set_to_none=False)


@LOOPS.loop("a layer is added half-way, in a group of its own")
def _(watch: Watch) -> None:
    model = net()
    optimizer = adamw(model)
    with watch(model):
        for i in range(6):
            if i == 3:
                model.append(nn.Linear(1, 1))
                optimizer.add_param_group({"params": model[3].parameters(), "lr": 1e-3})
            optimizer.zero_grad()
            error(model).backward()
            optimizer.step()


@LOOPS.loop("two layers take turns")
def _(watch: Watch) -> None:
    torch.manual_seed(0)
    experts = nn.ModuleList(nn.Linear(4, 1) for _ in range(2))
    optimizer = sgd(experts)
    with watch(experts, optimizer):
        for i in range(8):
            optimizer.zero_grad()
            error(experts[i % 2]).backward()
            optimizer.step()


@LOOPS.loop("one weight is both the embedding and the output layer")
def _(watch: Watch) -> None:
    torch.manual_seed(0)
    model = nn.ModuleDict({"words": nn.Embedding(9, 5), "out": nn.Linear(5, 9, bias=False)})
    words, out = model["words"], model["out"]
    out.weight = words.weight
    optimizer = adamw(model)
    with watch(model):
        for _ in range(5):
            ids = torch.randint(0, 9, (6,))
            optimizer.zero_grad()
            nn.functional.cross_entropy(out(words(ids)), (ids + 1) % 9).backward()
            optimizer.step()


@LOOPS.loop("complex weights")
def _(watch: Watch) -> None:
    torch.manual_seed(0)
    model = nn.Linear(4, 2, dtype=torch.complex64)
    optimizer = adamw(model)
    with watch(model, optimizer):
        for _ in range(5):
            x = torch.randn(6, 4, dtype=torch.complex64)
            optimizer.zero_grad()
            (model(x) - x[:, :2]).abs().square().mean().backward()
            optimizer.step()


def _lazy() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.LazyLinear(8), nn.Tanh(), nn.LazyLinear(1))


@LOOPS.loop("lazy layers, watched before they have a shape")
def _(watch: Watch) -> None:
    model = _lazy()
    with watch(model):
        model(batch())
        optimizer = adamw(model)
        for _ in range(4):
            optimizer.zero_grad()
            error(model).backward()
            optimizer.step()


@LOOPS.loop("lazy layers that the optimizer holds before they have a shape")
def _(watch: Watch) -> None:
    model = _lazy()
    optimizer = sgd(model)
    with watch(model, optimizer):
        for _ in range(4):
            optimizer.zero_grad()
            error(model).backward()
            optimizer.step()


@LOOPS.loop("weight norm and spectral norm")
def _(watch: Watch) -> None:
    model = net()
    parametrizations.weight_norm(model[0])
    parametrizations.spectral_norm(model[2])
    optimizer = adamw(model)
    with watch(model, optimizer):
        for _ in range(4):
            optimizer.zero_grad()
            error(model).backward()
            optimizer.step()


@LOOPS.loop("activation checkpointing, without and with re-entry")
def _(watch: Watch) -> None:
    for reentrant in (False, True):
        model = net()
        optimizer = adamw(model)
        with watch(model):
            for _ in range(4):
                x = batch().requires_grad_(reentrant)
                hidden = checkpoint(model[:2], x, use_reentrant=reentrant)
                optimizer.zero_grad()
                (model[2](hidden) - x.detach().sum(dim=1, keepdim=True)).square().mean().backward()
                optimizer.step()


@LOOPS.loop("attention whose key bias hardly has a gradient")
def _(watch: Watch) -> None:
    torch.manual_seed(0)
    model = nn.TransformerEncoderLayer(8, 2, dim_feedforward=16, dropout=0.0, batch_first=True)
    optimizer = adamw(model, lr=1e-3)
    with watch(model, optimizer):
        for _ in range(5):
            x = torch.randn(3, 5, 8)
            optimizer.zero_grad()
            (model(x) - x.flip(1)).square().mean().backward()
            optimizer.step()


class _Reverse(torch.autograd.Function):
    """The identity, whose gradient points the other way."""

    @staticmethod
    def forward(ctx: torch.autograd.function.FunctionCtx, x: Tensor) -> Tensor:
        return x.view_as(x)

    @staticmethod
    def backward(ctx: torch.autograd.function.FunctionCtx, *gradients: Tensor) -> Tensor:
        return -0.5 * gradients[0]


@LOOPS.loop("gradient reversal for a domain classifier")
def _(watch: Watch) -> None:
    torch.manual_seed(0)
    body, task, domain = nn.Linear(4, 8), nn.Linear(8, 1), nn.Linear(8, 1)
    optimizer = adamw(body, task, domain)
    with watch({"body": body, "task": task, "domain": domain}, optimizer):
        for _ in range(5):
            x = batch()
            features = torch.tanh(body(x))
            loss = (task(features) - x.sum(dim=1, keepdim=True)).square().mean()
            judged = domain(_Reverse.apply(features))
            side = (x[:, :1] > 0).float()
            loss = loss + nn.functional.binary_cross_entropy_with_logits(judged, side)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()


@LOOPS.loop("straight-through rounding")
def _(watch: Watch) -> None:
    model = net()
    optimizer = adamw(model)
    with watch(model):
        for _ in range(5):
            x = batch()
            hidden = model[1](model[0](x))
            hidden = hidden + (hidden.round(decimals=1) - hidden).detach()
            optimizer.zero_grad()
            (model[2](hidden) - x.sum(dim=1, keepdim=True)).square().mean().backward()
            optimizer.step()


@LOOPS.loop("a recurrent state that is carried over and detached")
def _(watch: Watch) -> None:
    torch.manual_seed(0)
    cell, out = nn.GRUCell(4, 6), nn.Linear(6, 1)
    optimizer = adamw(cell, out)
    state = torch.zeros(3, 6)
    with watch({"cell": cell, "out": out}, optimizer):
        for _ in range(6):
            state = state.detach()
            loss = torch.zeros(())
            for _ in range(3):
                x = batch(3)
                state = cell(x, state)
                loss = loss + (out(state).squeeze(1) - x[:, 0]).square().mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()


@LOOPS.loop("evaluation without gradients between the epochs")
def _(watch: Watch) -> None:
    model = net()
    model.insert(2, nn.BatchNorm1d(8))
    optimizer = adamw(model)
    with watch(model, optimizer):
        for _ in range(3):
            model.train()
            for _ in range(3):
                optimizer.zero_grad()
                error(model).backward()
                optimizer.step()
            model.eval()
            with torch.no_grad():
                error(model, rows=20)
            with torch.inference_mode():
                error(model, rows=20)
