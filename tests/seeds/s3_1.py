"""The gradient of a constant is read, and no backward has run."""

import torch

sides = torch.tensor([1.5, 2.5], requires_grad=False)
areas = sides**2
print("gradient of the sides:", sides.grad)
