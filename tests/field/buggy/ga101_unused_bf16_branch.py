"""A bfloat16 two-branch net calls its left branch twice, in a run of three steps."""

import argparse

import torch
from torch import nn


class Two(nn.Module):
    def __init__(self):
        super().__init__()
        self.left = nn.Linear(8, 8)
        self.right = nn.Linear(8, 8)
        self.join = nn.Linear(16, 1)

    def forward(self, a, b):
        return self.join(torch.cat([self.left(a), self.left(b)], dim=1))


ap = argparse.ArgumentParser()
ap.add_argument("--steps", type=int, default=3)
args = ap.parse_args()
torch.manual_seed(11)
two = Two().to(torch.bfloat16)
opt = torch.optim.SGD(two.parameters(), lr=0.1)
for _ in range(args.steps):
    a, b = torch.randn(2, 6, 8).to(torch.bfloat16)
    two(a, b).float().pow(2).mean().backward()
    opt.step()
    two.zero_grad()
