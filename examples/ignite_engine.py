"""Ignite: `watch` as it is around `engine.run`, for an update function of one's own."""

import torch
from ignite.engine import Engine, Events
from torch import nn

import gradaudit

torch.manual_seed(0)
encoder = nn.Sequential(nn.Linear(8, 16), nn.Tanh())
head = nn.Linear(16, 1)
optimizer = torch.optim.Adam([*encoder.parameters(), *head.parameters()], lr=1e-2)


@torch.no_grad()  # left from the time when the encoder was frozen
def encode(x):
    return encoder(x)


def update(engine, x):
    optimizer.zero_grad()
    loss = nn.functional.mse_loss(head(encode(x)), x.sum(dim=1, keepdim=True))
    loss.backward()
    optimizer.step()
    return loss.item()


trainer = Engine(update)


@trainer.on(Events.EPOCH_COMPLETED)
def say(engine):
    print(f"epoch {engine.state.epoch}: loss {engine.state.output:.2f}")


with gradaudit.watch({"encoder": encoder, "head": head}, optimizer) as audit:
    trainer.run([torch.randn(16, 8) for _ in range(12)], max_epochs=2)

(found,) = audit.findings
print(f"{found.code}, {found.model}: {found.cause.kind}, line {found.cause.line}")
assert found.code == "GA101"
assert found.cause.kind == "no-grad-region"
