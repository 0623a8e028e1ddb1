"""Linear regression with bare tensors, requires_grad forgotten."""
# expect: GA104 requires-grad-off: w b
# exit: 1
import torch

torch.manual_seed(1)
w = torch.randn(3, 1)
b = torch.zeros(1)
optimizer = torch.optim.SGD([w, b], lr=0.1)
x = torch.randn(20, 3)
y = x @ torch.tensor([[1.0], [2.0], [3.0]]) + 0.5
for epoch in range(5):
    optimizer.zero_grad()
    loss = ((x @ w + b - y) ** 2).mean()
    loss.backward()
    optimizer.step()
