"""A predicted class is read with .item() and used as a Python index of a list of embeddings."""
# expect: GA101 non-differentiable-op|rewrapped-value|unused-output: router.weight
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.router = nn.Linear(3, 2)
        self.experts = nn.ModuleList(nn.Linear(3, 1) for _ in range(2))

    def forward(self, x):
        out = []
        for row in x:
            k = self.router(row).argmax().item()  # CUT
            out.append(self.experts[k](row))
        return torch.stack(out)


torch.manual_seed(10)
net = Net()
opt = torch.optim.SGD(net.parameters(), lr=0.1)
for _ in range(5):
    x = torch.randn(10, 3)
    loss = (net(x) - x[:, :1]).abs().mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
