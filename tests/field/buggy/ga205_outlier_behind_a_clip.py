"""One batch is a hundred thousand times too large; clipping keeps the step small."""

import torch
from torch import nn


def main():
    torch.manual_seed(1)
    model = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 1))
    opt = torch.optim.AdamW(model.parameters(), lr=1e-3)
    for it in range(25):
        x = torch.randn(16, 4) * (1e5 if it == 12 else 1)
        loss = (model(x) - 1).pow(2).mean()
        opt.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        opt.step()


main()
