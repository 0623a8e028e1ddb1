"""torch.compile with the eager backend, module and loss function, with two input shapes."""
import torch
from torch import nn

torch.manual_seed(95)
net = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 1))
fast = torch.compile(net, backend="eager")
opt = torch.optim.SGD(net.parameters(), lr=0.05)
for step in range(10):
    x = torch.randn(8 if step % 2 else 6, 4)
    loss = (fast(x) - x[:, :1]).pow(2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
print(loss.item())
