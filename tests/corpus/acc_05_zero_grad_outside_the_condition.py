"""The step waits for N batches, while the clearing stands outside that condition.

Sources: gaozhihan/PreDiff#32 and PR#33.
"""

import torch
from torch import nn, optim

torch.manual_seed(8)
accumulate_grad_batches = 2


class NoisePredictor(nn.Module):
    def __init__(self):
        super().__init__()
        self.time = nn.Embedding(10, 8)
        self.enter = nn.Linear(8, 8)
        self.leave = nn.Linear(8, 8)

    def forward(self, noisy, t):
        return self.leave(nn.functional.silu(self.enter(noisy) + self.time(t)))


model = NoisePredictor()
optimizer = optim.AdamW(model.parameters(), lr=1e-3, betas=(0.9, 0.99))
alphas = torch.linspace(0.99, 0.1, 10)

for batch_idx in range(16):
    clean = torch.randn(12, 1).expand(12, 8)
    t = torch.randint(0, 10, (12,))
    noise = torch.randn(12, 8)
    noisy = alphas[t, None].sqrt() * clean + (1 - alphas[t, None]).sqrt() * noise
    loss = (model(noisy, t) - noise).square().mean() / accumulate_grad_batches
    loss.backward()
    if (batch_idx + 1) % accumulate_grad_batches == 0:
        optimizer.step()
        print(f"batch {batch_idx}: loss={loss.item() * accumulate_grad_batches:.3f}")
    optimizer.zero_grad()
