"""A network that grows: a new block with its own parameter group is added every eight steps, faded in by alpha."""
import torch
from torch import nn


class Growing(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem, self.blocks, self.head = nn.Linear(4, 8), nn.ModuleList(), nn.Linear(8, 1)
        self.alpha = 1.0

    def forward(self, x):
        x = torch.relu(self.stem(x))
        for i, b in enumerate(self.blocks):
            y = torch.relu(b(x))
            x = x + y * (self.alpha if i == len(self.blocks) - 1 else 1.0)
        return self.head(x)


torch.manual_seed(89)
net = Growing()
opt = torch.optim.Adam(net.parameters(), lr=3e-3)
for step in range(40):
    if step in (10, 20, 30):
        net.blocks.append(nn.Linear(8, 8))
        opt.add_param_group({"params": net.blocks[-1].parameters(), "lr": 1e-3})
    net.alpha = (step % 10) / 10
    x = torch.randn(16, 4)
    loss = (net(x) - x.prod(1, keepdim=True)).pow(2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
print(loss.item(), len(opt.param_groups))
