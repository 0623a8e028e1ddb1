"""Two backwards, with a move of the leaf between them, add up in one gradient."""

import torch

position = torch.tensor([6.0], requires_grad=True)
move = torch.tensor([2.0], requires_grad=True)

height = position * position
height.backward()
print("slope:", position.grad)

with torch.no_grad():
    position -= move

height = position * position
height.backward()
print("both slopes together:", position.grad)
