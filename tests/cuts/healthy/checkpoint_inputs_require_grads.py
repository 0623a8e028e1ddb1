"""The known fix: the first input is made to require grad before a reentrant checkpoint."""
import torch
from torch import nn
from torch.utils.checkpoint import checkpoint_sequential

torch.manual_seed(29)
body = nn.Sequential(nn.Linear(4, 4), nn.ReLU(), nn.Linear(4, 4), nn.ReLU())
head = nn.Linear(4, 2)
opt = torch.optim.SGD([*body.parameters(), *head.parameters()], lr=0.1)
for _ in range(5):
    x, y = torch.randn(8, 4), torch.randint(0, 2, (8,))
    h = checkpoint_sequential(body, 2, x.requires_grad_(True), use_reentrant=True)
    loss = nn.functional.cross_entropy(head(h), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
