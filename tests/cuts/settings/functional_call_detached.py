"""torch.func.functional_call with detached parameters of one submodule."""
# expect: GA101 detach: 0.weight 0.bias
import torch
from torch import nn
from torch.func import functional_call

torch.manual_seed(11)
model = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 1))
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for _ in range(5):
    x = torch.randn(6, 3)
    params = dict(model.named_parameters())
    for name in ("0.weight", "0.bias"):
        params[name] = params[name].detach()  # CUT
    loss = (functional_call(model, params, (x,)) - x[:, :1]).square().mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
