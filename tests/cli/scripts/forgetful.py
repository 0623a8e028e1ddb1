"""A layer that no optimizer holds: something to find."""

import torch

model = torch.nn.Sequential(torch.nn.Linear(4, 4), torch.nn.Linear(4, 1))
optimizer = torch.optim.SGD(model[1].parameters(), 0.01)
for _ in range(25):
    model(torch.randn(8, 4)).square().mean().backward()
    optimizer.step()
    model.zero_grad()
print("done")
