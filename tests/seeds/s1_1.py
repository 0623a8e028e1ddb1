"""Nothing in this computation requires a gradient."""

import torch

weights = torch.tensor([0.5, 1.5, 2.5, 3.5])
tripled = weights * 3
total = tripled.sum()
total.backward()

print("weights:", weights.grad)
print("tripled:", tripled.grad)
