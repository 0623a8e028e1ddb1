"""Two losses share a trunk, and each runs its own backward."""

# expect: GA703 reused-graph
# exit: 1
# tensor: shared
import torch
from torch import nn

torch.manual_seed(0)
trunk = nn.Sequential(nn.Linear(4, 8), nn.Tanh())
head_a, head_b = nn.Linear(8, 1), nn.Linear(8, 3)
params = [*trunk.parameters(), *head_a.parameters(), *head_b.parameters()]
opt = torch.optim.Adam(params)
for _ in range(3):
    x, y = torch.randn(6, 4), torch.randint(0, 3, (6,))
    shared = trunk(x)  # HERE
    loss_a = head_a(shared).square().mean()
    loss_b = nn.functional.cross_entropy(head_b(shared), y)
    opt.zero_grad()
    loss_a.backward()
    loss_b.backward()
    opt.step()
