"""Input gradients, numpy histograms of weights and gradients, a CSV line, per-layer norms as floats."""
import io

import numpy as np
import torch
from torch import nn

torch.manual_seed(10)
net = nn.Sequential(nn.Linear(4, 6), nn.ReLU(), nn.Linear(6, 2))
opt = torch.optim.SGD(net.parameters(), lr=0.1)
out = io.StringIO()
for step in range(5):
    x, y = torch.randn(8, 4, requires_grad=True), torch.randint(0, 2, (8,))
    logits = net(x)
    loss = nn.functional.cross_entropy(logits, y)
    opt.zero_grad()
    loss.backward()
    saliency = x.grad.abs().mean(0).numpy()
    for name, p in net.named_parameters():
        counts, _ = np.histogram(p.detach().cpu().numpy(), 4)
        out.write(f"{step},{name},{p.grad.norm().item():.4f},{p.data.std()},{counts.tolist()}\n")
    opt.step()
    out.write(f"{np.asarray(logits.detach()).mean()},{saliency.max()}\n")
