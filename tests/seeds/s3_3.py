"""A loop that clears the gradient in place at the end of every round."""

import torch

sides = torch.tensor([1.5, 2.5], requires_grad=True)
for turn in range(4):
    areas = sides**2
    covered = areas.sum()
    covered.backward()
    print("turn", turn, "gradient", sides.grad)
    sides.grad.zero_()
