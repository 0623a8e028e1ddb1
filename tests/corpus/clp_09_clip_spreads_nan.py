"""A penalty on pruned weights gives one NaN gradient, and clipping spreads it to all others.

An own finding; context: Lightning-AI/pytorch-lightning#9794.
"""

import torch
from torch import nn


class SparseRegressor(nn.Module):
    def __init__(self, inputs=6, width=10):
        super().__init__()
        self.main = nn.Sequential(nn.Linear(inputs, width), nn.Tanh(), nn.Linear(width, 1))
        self.side = nn.Linear(inputs, 1, bias=False)

    def forward(self, x):
        return self.main(x) + self.side(x)

    def penalty(self):
        return self.side.weight.square().sum().sqrt()

    @torch.no_grad()
    def prune(self, threshold):
        small = self.side.weight.abs() < threshold
        self.side.weight.masked_fill_(small, 0.0)
        return int(small.sum())


def main():
    torch.manual_seed(26)
    model = SparseRegressor()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
    for step in range(8):
        x = torch.randn(20, 6)
        y = x[:, :1] * x[:, 1:2]
        optimizer.zero_grad()
        loss = nn.functional.mse_loss(model(x), y) + 0.01 * model.penalty()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), max_norm=1.0)
        optimizer.step()
        print(f"step {step}: {loss.item():.4f}")
        if step == 6:
            print("pruned", model.prune(threshold=0.5), "weights")


main()
