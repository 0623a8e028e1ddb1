"""Under no_grad a name is bound to a new tensor, and the leaf it stood for is lost."""

import torch

position = torch.tensor([6.0], requires_grad=True)
move = torch.tensor([2.0], requires_grad=True)

with torch.no_grad():
    position = position - move
print("now at", position)

height = position * position
height.backward()
print("slope:", position.grad)
