"""Under no_grad a leaf is moved in place, and stays the leaf it was."""

import torch

position = torch.tensor([6.0], requires_grad=True)
move = torch.tensor([2.0], requires_grad=True)

with torch.no_grad():
    position -= move
print("now at", position)

height = position * position
height.backward()
print("slope:", position.grad)
