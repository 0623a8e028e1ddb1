"""torch.set_default_device is a function mode of its own; a cut below it."""
# expect: GA101 detach: 0.weight 0.bias
import torch
from torch import nn

torch.set_default_device("cpu")
torch.manual_seed(0)
model = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 1))
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for _ in range(5):
    x = torch.randn(6, 3)
    h = model[0](x)
    h = h.detach()  # CUT
    loss = (model[2](model[1](h)) - x[:, :1]).square().mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
