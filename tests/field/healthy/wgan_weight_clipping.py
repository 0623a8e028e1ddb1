"""The original WGAN: RMSprop, five critic steps with clamped weights for each generator step."""
import torch
from torch import nn

torch.manual_seed(5)
G = nn.Sequential(nn.Linear(2, 16), nn.ReLU(), nn.Linear(16, 2))
D = nn.Sequential(nn.Linear(2, 16), nn.ReLU(), nn.Linear(16, 1))
opt_g = torch.optim.RMSprop(G.parameters(), lr=5e-4)
opt_d = torch.optim.RMSprop(D.parameters(), lr=5e-4)
for i in range(125):
    real = torch.randn(32, 2) * 0.3 + 2
    fake = G(torch.randn(32, 2)).detach()
    opt_d.zero_grad()
    loss_d = D(fake).mean() - D(real).mean()
    loss_d.backward()
    opt_d.step()
    for p in D.parameters():
        p.data.clamp_(-0.01, 0.01)
    if i % 5 == 4:
        opt_g.zero_grad()
        loss_g = -D(G(torch.randn(32, 2))).mean()
        loss_g.backward()
        opt_g.step()
print(loss_d.item(), loss_g.item())
