"""A difference is stored under a new name, and its gradient arrives."""

import torch

price = torch.tensor([7.5], requires_grad=True)
discount = torch.tensor([1.5])

to_pay = price - discount
to_pay.backward()

print("d to_pay / d price =", price.grad)
