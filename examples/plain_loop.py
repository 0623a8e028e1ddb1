"""An ordinary training loop, audited: one line more, and no call inside the loop."""

import torch
from torch import nn

import gradaudit

torch.manual_seed(0)
inputs = torch.randn(256, 8)
targets = inputs.sum(1, keepdim=True).sin()

model = nn.Sequential(nn.Linear(8, 32), nn.Tanh(), nn.Linear(32, 32), nn.Tanh(), nn.Linear(32, 1))
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)

with gradaudit.watch(model, optimizer) as audit:
    for step in range(100):
        loss = nn.functional.mse_loss(model(inputs), targets)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        if step % 25 == 0 or step == 99:
            print(f"step {step:3d}  loss {loss.item():.4f}")

# Leaving the block prints a report when there is something to say. Here there is nothing:
assert audit.findings == ()
print(audit.report())

# What the last backward left for each parameter:
for name, status in audit.statuses().items():
    print(f"  {name:<10} {status}  norm {audit.norms()[name]:.4f}")
