"""Of two heads, one goes through numpy in the loss function."""
# expect: GA101 rewrapped-value|detach: count.weight count.bias
import numpy as np
import torch
from torch import nn

torch.manual_seed(11)
net = nn.ModuleDict({"value": nn.Linear(4, 1), "count": nn.Linear(4, 1)})
opt = torch.optim.SGD(net.parameters(), lr=0.05)


def loss_fn(value, count, x):
    n = np.round(count.detach().numpy())  # CUT
    err = torch.from_numpy(np.abs(n - 3)).mean()  # CUT
    return (value - x[:, :1]).square().mean() + 0.1 * err


for _ in range(5):
    x = torch.randn(8, 4)
    loss = loss_fn(net["value"](x), net["count"](x), x)
    opt.zero_grad()
    loss.backward()
    opt.step()
