"""A running loss keeps every graph."""

# expect: GA705 kept-graph
# tensor: running_loss
import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 1))
opt = torch.optim.Adam(model.parameters())
for epoch in range(2):
    running_loss = 0.0
    for x in torch.randn(12, 8, 4):
        opt.zero_grad()
        loss = model(x).square().mean()
        loss.backward()
        opt.step()
        running_loss += loss  # HERE
    print(epoch, running_loss / 12)
