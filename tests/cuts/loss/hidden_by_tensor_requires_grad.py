"""torch.tensor(loss.item(), requires_grad=True)."""
# expect: GA104 rewrapped-value: lin.weight lin.bias
import torch
from torch import nn


class Reg(nn.Module):
    def __init__(self):
        super().__init__()
        self.lin = nn.Linear(3, 1)

    def forward(self, x):
        return self.lin(x)


def rmse(p, y):
    value = ((p - y) ** 2).mean().item()  # CUT
    return torch.tensor(value**0.5, requires_grad=True)  # CUT


torch.manual_seed(4)
model = Reg()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
for _ in range(5):
    x = torch.randn(8, 3)
    loss = rmse(model(x), x[:, :1])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
