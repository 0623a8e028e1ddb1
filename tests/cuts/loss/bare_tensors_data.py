"""Bare leaves: the update of the formula goes through .data."""
# expect: GA104 data-attribute: w
# exit: 1
import torch

torch.manual_seed(7)
w = torch.randn(3, requires_grad=True)
optimizer = torch.optim.SGD([w], lr=0.1)
x = torch.randn(20, 3)
y = x @ torch.tensor([1.0, -1.0, 0.5])
for i in range(4):
    prediction = x @ w.data  # CUT
    loss = (prediction - y).pow(2).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
