"""The losses of four micro-batches are summed with their graphs and one backward is made every fourth step."""
import torch
from torch import nn

torch.manual_seed(62)
net = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 1))
opt = torch.optim.Adam(net.parameters(), lr=1e-2)
total, outputs = 0, []
for i in range(40):
    x = torch.randn(4, 4)
    out = net(x)
    outputs.append(out)
    total = total + (out - x[:, :1]).pow(2).mean() / 4
    if (i + 1) % 4 == 0:
        spread = torch.cat(outputs).std().item()
        opt.zero_grad()
        total.backward()
        opt.step()
        print(f"{total.item():.4f} {spread:.4f}")
        total, outputs = 0, []
