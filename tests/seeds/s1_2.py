"""A leaf gets its gradient; the value between it and the sum keeps none."""

import torch

weights = torch.tensor([0.5, 1.5, 2.5, 3.5], requires_grad=True)
tripled = weights * 3
total = tripled.sum()
total.backward()

print("weights:", weights.grad)
print("tripled:", tripled.grad)
