"""House prices in currency units: huge MSE gradients from the first step on, tamed by norm clipping and Adam."""
import torch
from torch import nn

torch.manual_seed(55)
net = nn.Sequential(nn.Linear(3, 16), nn.ReLU(), nn.Linear(16, 1))
opt = torch.optim.Adam(net.parameters(), lr=1e-2)
x = torch.rand(64, 3)
price = 150_000 + 80_000 * x[:, :1] - 20_000 * x[:, 1:2]
for step in range(30):
    loss = nn.functional.mse_loss(net(x), price)
    opt.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(net.parameters(), 1.0)
    opt.step()
print(loss.item())
