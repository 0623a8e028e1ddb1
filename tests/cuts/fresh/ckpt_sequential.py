# expect: GA101 reentrant-checkpoint: 0.0.weight 0.0.bias
import warnings

import torch
from torch import nn
from torch.utils.checkpoint import checkpoint_sequential

warnings.simplefilter("ignore")


class Deep(nn.ModuleList):
    def forward(self, x):
        h = checkpoint_sequential(self[0], 2, x, use_reentrant=True)  # CUT
        return self[1](h)


deep = Deep([nn.Sequential(nn.Linear(4, 4), nn.ReLU(), nn.Sigmoid(), nn.Sigmoid()), nn.Linear(4, 1)])
opt = torch.optim.SGD(deep.parameters(), lr=0.1)
for _ in range(3):
    opt.zero_grad()
    deep(torch.randn(5, 4)).mean().backward()
    opt.step()
