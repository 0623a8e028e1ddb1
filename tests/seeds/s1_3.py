"""One column of a table goes into the loss."""

import torch

table = torch.tensor([[0.1, 0.2, 0.3], [0.4, 0.5, 0.6]], requires_grad=True)
column = table[:, 1]
loss = column.sum()
loss.backward()

print("table:", table.grad)
print("column:", column.grad)
