"""The backbone runs under set_grad_enabled(flag): off for five steps, on later."""
import torch
from torch import nn

torch.manual_seed(58)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.backbone = nn.Sequential(nn.Linear(5, 10), nn.ReLU())
        self.head = nn.Linear(10, 3)
        self.freeze = True

    def forward(self, x):
        with torch.set_grad_enabled(not self.freeze and torch.is_grad_enabled()):
            h = self.backbone(x)
        return self.head(h)


net = Net()
for p in net.backbone.parameters():
    p.requires_grad = False
opt = torch.optim.SGD(net.head.parameters(), lr=0.1)
for step in range(14):
    if step == 5:
        net.freeze = False
        for p in net.backbone.parameters():
            p.requires_grad = True
        opt.add_param_group({"params": net.backbone.parameters(), "lr": 0.01})
    x = torch.randn(8, 5)
    loss = nn.functional.cross_entropy(net(x), x[:, :3].argmax(1))
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(f"{loss.item():.4f}")
