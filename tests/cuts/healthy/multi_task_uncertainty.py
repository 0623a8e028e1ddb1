"""Learned task weights; their values printed as floats."""
import torch
from torch import nn

torch.manual_seed(46)
net = nn.Linear(4, 3)
log_vars = nn.Parameter(torch.zeros(2))
opt = torch.optim.Adam([*net.parameters(), log_vars], lr=1e-2)
for _ in range(6):
    x, y = torch.randn(8, 4), torch.randint(0, 2, (8,))
    out = net(x)
    losses = torch.stack(
        [nn.functional.cross_entropy(out[:, :2], y), (out[:, 2] - x[:, 0]).square().mean()]
    )
    loss = (losses * (-log_vars).exp() + log_vars).sum()
    opt.zero_grad()
    loss.backward()
    opt.step()
    print([round(v, 3) for v in log_vars.exp().tolist()], loss.detach().numpy())
