"""WGAN-GP: gradient penalty with create_graph, five critic steps, model.zero_grad and detached samples."""
import torch
from torch import nn

torch.manual_seed(115)
G = nn.Sequential(nn.Linear(2, 16), nn.ReLU(), nn.Linear(16, 2))
C = nn.Sequential(nn.Linear(2, 16), nn.ReLU(), nn.Linear(16, 1))
og, oc = (torch.optim.Adam(m.parameters(), 1e-3, betas=(0.0, 0.9)) for m in (G, C))
for it in range(8):
    for _ in range(5):
        real, fake = torch.randn(16, 2) + 2, G(torch.randn(16, 2)).detach()
        e = torch.rand(16, 1)
        mix = (e * real + (1 - e) * fake).requires_grad_(True)
        (g,) = torch.autograd.grad(C(mix).sum(), mix, create_graph=True)
        C.zero_grad()
        loss_c = C(fake).mean() - C(real).mean() + 10 * (g.norm(dim=1) - 1).pow(2).mean()
        loss_c.backward()
        oc.step()
    for p in C.parameters():
        p.requires_grad = False
    G.zero_grad()
    loss_g = -C(G(torch.randn(16, 2))).mean()
    loss_g.backward()
    og.step()
    for p in C.parameters():
        p.requires_grad = True
print(loss_c.item(), loss_g.item())
