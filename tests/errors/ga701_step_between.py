"""The optimizer steps between the forward and the second backward of a retained graph."""

# expect: GA701 inplace-edit
# exit: 1
# parameters: 1
import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 2))
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for _ in range(3):
    out = model(torch.randn(6, 4))
    optimizer.zero_grad()
    out[:, 0].square().mean().backward(retain_graph=True)
    optimizer.step()  # HERE
    optimizer.zero_grad()
    out[:, 1].square().mean().backward()
    optimizer.step()
