"""weight_norm in the old and the new form."""
import warnings

import torch
from torch import nn

warnings.filterwarnings("ignore")
torch.manual_seed(21)
net = nn.Sequential(
    nn.utils.parametrizations.weight_norm(nn.Linear(4, 5)),
    nn.ReLU(),
    nn.utils.weight_norm(nn.Linear(5, 2)),
)
opt = torch.optim.SGD(net.parameters(), lr=0.1)
for _ in range(5):
    x, y = torch.randn(8, 4), torch.randint(0, 2, (8,))
    loss = nn.functional.cross_entropy(net(x), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
