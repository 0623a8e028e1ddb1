"""Two threads train two independent models at the same time."""
import threading

import torch
from torch import nn

results = {}


def train(name, seed):
    g = torch.Generator().manual_seed(seed)
    model = nn.Sequential(nn.Linear(4, 32), nn.Tanh(), nn.Linear(32, 1))
    with torch.no_grad():
        for p in model.parameters():
            p.copy_(torch.randn(p.shape, generator=g) * 0.2)
    opt = torch.optim.Adam(model.parameters(), lr=1e-2)
    for step in range(40):
        x = torch.randn(32, 4, generator=g)
        loss = nn.functional.mse_loss(model(x), x.prod(1, keepdim=True))
        opt.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        opt.step()
    results[name] = loss.item()


threads = [threading.Thread(target=train, args=(n, i)) for i, n in enumerate(("left", "right"))]
for t in threads:
    t.start()
for t in threads:
    t.join()
print(sorted(results.items()))
