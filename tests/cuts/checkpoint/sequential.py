"""checkpoint_sequential with the reentrant kind on plain inputs: the first segment starves."""
# expect: GA101 reentrant-checkpoint: body.0.weight body.0.bias
import torch
from torch import nn
from torch.utils.checkpoint import checkpoint_sequential


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(5, 5), nn.Tanh(), nn.Linear(5, 5), nn.Tanh())
        self.out = nn.Linear(5, 1)

    def forward(self, x):
        return self.out(checkpoint_sequential(self.body, 2, x, use_reentrant=True))  # CUT


torch.manual_seed(2)
net = Net()
opt = torch.optim.SGD(net.parameters(), lr=0.1)
for _ in range(5):
    x = torch.randn(8, 5)
    loss = (net(x) - x[:, :1]).square().mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
