"""torch.where with the learned value only in the condition."""
# expect: GA101 non-differentiable-op: thr.weight thr.bias
import torch
from torch import nn


class Switch(nn.Module):
    def __init__(self):
        super().__init__()
        self.thr = nn.Linear(3, 1)
        self.a = nn.Linear(3, 2)
        self.b = nn.Linear(3, 2)

    def forward(self, x):
        t = self.thr(x)
        return torch.where(t > 0, self.a(x), self.b(x))  # CUT


torch.manual_seed(8)
model = Switch()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for _ in range(5):
    x = torch.randn(20, 3)
    loss = (model(x) - x[:, :2]).square().mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
