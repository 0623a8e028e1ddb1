"""save_on_cpu hooks and detect_anomaly around a step."""
import torch
from torch import nn

torch.manual_seed(50)
net = nn.Sequential(nn.Linear(4, 6), nn.Tanh(), nn.Linear(6, 1))
opt = torch.optim.SGD(net.parameters(), lr=0.1)
for i in range(4):
    x = torch.randn(6, 4)
    with torch.autograd.graph.save_on_cpu(), torch.autograd.set_detect_anomaly(i == 1):
        loss = (net(x) - x[:, :1]).square().mean()
        opt.zero_grad()
        loss.backward()
    opt.step()
