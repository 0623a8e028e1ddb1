"""A forward hook, meant to record activations, hands back a detached one."""
# expect: GA101 detach: 0.weight 0.bias
import torch
from torch import nn

seen = {}


def remember(module, args, output):
    seen["hidden"] = output.detach()  # CUT
    return seen["hidden"]


torch.manual_seed(10)
model = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 1))
model[0].register_forward_hook(remember)
optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
for _ in range(5):
    x = torch.randn(8, 4)
    loss = (model(x) - x[:, :1]).square().mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
