"""The gradient is read once before the backward and once after it."""

import torch

sides = torch.tensor([1.5, 2.5], requires_grad=True)
areas = sides**2
covered = areas.sum()
print("too early:", sides.grad)

covered.backward()
print("in time:", sides.grad)
