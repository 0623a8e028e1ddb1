"""Multi-task learning with homoscedastic uncertainty as bare Parameters in a list given to the optimizer."""
import torch
from torch import nn

torch.manual_seed(77)
trunk, heads = nn.Linear(6, 16), nn.ModuleDict({"reg": nn.Linear(16, 1), "cls": nn.Linear(16, 3)})
log_vars = [nn.Parameter(torch.zeros(1)) for _ in range(2)]
opt = torch.optim.Adam([
    {"params": trunk.parameters()}, {"params": heads.parameters(), "lr": 2e-3}, {"params": log_vars, "lr": 1e-2, "weight_decay": 0.0},
], lr=1e-3, weight_decay=1e-4)
for step in range(30):
    x = torch.randn(16, 6)
    h = torch.relu(trunk(x))
    losses = [nn.functional.mse_loss(heads["reg"](h), x[:, :1]), nn.functional.cross_entropy(heads["cls"](h), x[:, :3].argmax(1))]
    loss = sum(torch.exp(-s) * l + s for s, l in zip(log_vars, losses)).sum()
    opt.zero_grad()
    loss.backward()
    opt.step()
print(loss.item(), [v.item() for v in log_vars])
