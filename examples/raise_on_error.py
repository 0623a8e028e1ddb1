"""Stop a run before a broken gradient gets into the weights: `raise_on="error"`."""

import textwrap

import torch
from torch import nn

import gradaudit

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(4, 16), nn.Tanh(), nn.Linear(16, 1))
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)

stopped = None
try:
    with gradaudit.watch(model, optimizer, on_finding="silent", raise_on="error"):
        for step in range(10):
            x = torch.randn(8, 4)
            distance = model(x) - x[:, :1]
            if step == 6:
                distance = distance * 0  # as when a batch of padding comes along
            loss = distance.square().sum().sqrt()  # the square root has no slope at zero
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
except gradaudit.GradAuditError as error:
    stopped = step
    print(f"stopped at step {step}, before the optimizer used the gradient:")
    print(textwrap.fill(str(error), 90))

assert stopped == 6
assert all(parameter.isfinite().all() for parameter in model.parameters())
print("every weight is finite still")
