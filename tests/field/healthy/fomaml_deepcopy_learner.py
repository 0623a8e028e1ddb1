"""First-order MAML: a deep copy adapts by hand, its gradient is written into the meta model's .grad."""
import copy

import torch
from torch import nn

torch.manual_seed(10)
meta = nn.Sequential(nn.Linear(1, 20), nn.Tanh(), nn.Linear(20, 1))
meta_opt = torch.optim.Adam(meta.parameters(), lr=1e-3)
for it in range(15):
    meta_opt.zero_grad()
    for p in meta.parameters():
        p.grad = torch.zeros_like(p)
    for task in range(3):
        amp, phase = torch.rand(1) * 3 + 0.5, torch.rand(1) * 3
        learner = copy.deepcopy(meta)
        x = torch.rand(10, 1) * 6 - 3
        for _ in range(2):
            learner.zero_grad()
            nn.functional.mse_loss(learner(x), amp * torch.sin(x + phase)).backward()
            with torch.no_grad():
                for p in learner.parameters():
                    p -= 0.02 * p.grad
        learner.zero_grad()
        xq = torch.rand(10, 1) * 6 - 3
        loss = nn.functional.mse_loss(learner(xq), amp * torch.sin(xq + phase))
        loss.backward()
        for p, q in zip(meta.parameters(), learner.parameters()):
            p.grad += q.grad / 3
    meta_opt.step()
print(loss.item())
