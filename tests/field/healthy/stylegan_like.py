"""StyleGAN habits: lazy R1 every few steps, non-saturating loss, requires_grad toggles, generator EMA by lerp."""
import copy

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(43)
mapping = nn.Sequential(nn.Linear(4, 16), nn.LeakyReLU(0.2))
synthesis = nn.Sequential(nn.Linear(16, 16), nn.LeakyReLU(0.2), nn.Linear(16, 2))
G = nn.Sequential(mapping, synthesis)
D = nn.Sequential(nn.Linear(2, 16), nn.LeakyReLU(0.2), nn.Linear(16, 1))
G_ema = copy.deepcopy(G).eval().requires_grad_(False)
opts = {"G": torch.optim.Adam(G.parameters(), 2e-3, (0.0, 0.99)), "D": torch.optim.Adam(D.parameters(), 2e-3, (0.0, 0.99))}
for it in range(24):
    for phase, every in (("Gmain", 1), ("Dmain", 1), ("Dreg", 4)):
        if it % every:
            continue
        name = phase[0]
        module = {"G": G, "D": D}[name]
        opts[name].zero_grad(set_to_none=True)
        module.requires_grad_(True)
        if phase == "Gmain":
            loss = F.softplus(-D(G(torch.randn(16, 4)))).mean()
        elif phase == "Dmain":
            loss = F.softplus(D(G(torch.randn(16, 4)))).mean() + F.softplus(-D(torch.randn(16, 2))).mean()
        else:
            real = torch.randn(16, 2).requires_grad_(True)
            g = torch.autograd.grad(D(real).sum(), real, create_graph=True)[0]
            loss = g.square().sum(1).mean() * 5 * every
        loss.backward()
        module.requires_grad_(False)
        for p in module.parameters():
            if p.grad is not None:
                torch.nan_to_num(p.grad, nan=0, posinf=1e5, neginf=-1e5, out=p.grad)
        opts[name].step()
    with torch.no_grad():
        for e, p in zip(G_ema.parameters(), G.parameters()):
            e.copy_(p.lerp(e, 0.9))
print(loss.item())
