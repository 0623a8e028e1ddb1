"""Generative latent optimisation: a list of Parameters, one per sample, in the optimizer together with the decoder."""
import torch
from torch import nn

torch.manual_seed(117)
data = torch.randn(6, 5)
codes = [nn.Parameter(torch.randn(3) * 0.1) for _ in data]
decoder = nn.Sequential(nn.Linear(3, 16), nn.ReLU(), nn.Linear(16, 5))
opt = torch.optim.Adam([{"params": decoder.parameters()}, {"params": codes, "lr": 1e-2}], lr=1e-3)
for epoch in range(5):
    for i in torch.randperm(6).tolist():
        loss = (decoder(codes[i]) - data[i]).pow(2).mean()
        opt.zero_grad()
        loss.backward()
        opt.step()
        with torch.no_grad():
            codes[i].div_(codes[i].norm().clamp_min(1.0))
print(loss.item())
