"""Eight dataset-specific heads in one optimizer, twelve steps: some data sets happen not to be drawn at all."""
import random

import torch
from torch import nn

random.seed(3)
torch.manual_seed(79)
body = nn.Linear(4, 8)
heads = nn.ModuleDict({f"set{i}": nn.Linear(8, 1) for i in range(8)})
opt = torch.optim.Adam([*body.parameters(), *heads.parameters()], lr=1e-3)
for step in range(12):
    key = f"set{random.choices(range(8), weights=[30, 20, 10, 10, 5, 5, 1, 1])[0]}"
    x = torch.randn(8, 4)
    loss = (heads[key](torch.relu(body(x))) - x[:, :1]).pow(2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
print(loss.item())
