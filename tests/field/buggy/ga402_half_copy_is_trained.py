"""The bfloat16 deep copy is trained, the optimizer holds the original."""

import copy

import torch
from torch import nn


def main():
    torch.manual_seed(3)
    original = nn.Sequential(nn.Linear(4, 4), nn.Tanh(), nn.Linear(4, 1))
    opt = torch.optim.SGD(original.parameters(), lr=0.1)
    half = copy.deepcopy(original).to(torch.bfloat16)
    for _ in range(10):
        x = torch.randn(6, 4).bfloat16()
        half.zero_grad()
        half(x).float().sub(1).pow(2).mean().backward()
        opt.step()


main()
