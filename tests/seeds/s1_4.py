"""A value on the way to the loss is raised in place, by an operation that needs no old value."""

import torch

signal = torch.tensor([2.0, 4.0, 8.0], requires_grad=True)
louder = signal * 5
louder += 3
loudness = louder.sum()
loudness.backward()

print("signal:", signal.grad)
