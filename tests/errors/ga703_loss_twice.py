"""The same loss is run backward twice: once by a helper, once by the loop."""

# expect: GA703 reused-graph
# exit: 1
# tensor: loss
import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(4, 8), nn.Sigmoid(), nn.Linear(8, 1))
opt = torch.optim.SGD(model.parameters(), lr=0.1)


def log_gradient_norm(loss):
    loss.backward()
    return sum(p.grad.norm().item() for p in model.parameters())


for _ in range(3):
    x = torch.randn(6, 4)
    loss = (model(x) - x.mean(1, keepdim=True)).square().mean()  # HERE
    opt.zero_grad()
    norm = log_gradient_norm(loss)
    loss.backward()
    opt.step()
