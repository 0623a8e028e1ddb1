"""Noise is added to a batch in place after the first layer has used it."""

# expect: GA701 inplace-edit
# exit: 1
# tensor: batch
import torch
from torch import nn

torch.manual_seed(0)
first, second = nn.Linear(4, 4), nn.Linear(4, 1)
opt = torch.optim.SGD([*first.parameters(), *second.parameters()], lr=0.1)


def step(batch):
    clean = first(batch)  # SAVED
    batch += 0.1 * torch.randn_like(batch)  # HERE
    noisy = first(batch)
    loss = second(noisy - clean).square().mean()
    opt.zero_grad()
    loss.backward()
    opt.step()


for _ in range(3):
    step(torch.randn(7, 4))
