"""A dictionary of metrics collects outputs with their graphs."""

# expect: GA705 kept-graph
# tensor: history
from collections import defaultdict

import torch
from torch import nn

torch.manual_seed(0)
model = nn.Linear(4, 2)
opt = torch.optim.SGD(model.parameters(), lr=0.1)
history = defaultdict(list)
for _epoch in range(3):
    for x in torch.randn(4, 6, 4):
        out = model(x)
        loss = out.square().mean()
        opt.zero_grad()
        loss.backward()
        opt.step()
        history["train"].append(loss)  # HERE
    print(len(history["train"]))
