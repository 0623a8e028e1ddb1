"""A leaf that requires grad is reduced in place, before the block that was to catch the error."""

import torch

level = torch.tensor([5.0], requires_grad=True)
drain = torch.tensor([0.5])

level -= drain

try:
    level.backward()
except RuntimeError as problem:
    print("backward failed:", problem)
print("gradient of level:", level.grad)
