"""torch.compile with the eager backend; targets under no_grad inside the compiled function."""
import torch
from torch import nn

torch.manual_seed(12)
net, teacher = nn.Linear(4, 3), nn.Linear(4, 3)
opt = torch.optim.SGD(net.parameters(), lr=0.1)


@torch.compile(backend="eager")
def loss_of(x):
    with torch.no_grad():
        goal = teacher(x)
    return (net(x) - goal).square().mean()


for _ in range(4):
    loss = loss_of(torch.randn(8, 4))
    opt.zero_grad()
    loss.backward()
    opt.step()
