"""One head per task in a plain dict."""
# expect: GA105 unregistered-leaf:
import torch
from torch import nn


class MultiTask(nn.Module):
    def __init__(self, tasks=("a", "b")):
        super().__init__()
        self.trunk = nn.Linear(5, 5)
        self.heads = {t: nn.Linear(5, 1) for t in tasks}

    def forward(self, x, task):
        return self.heads[task](torch.relu(self.trunk(x)))


torch.manual_seed(4)
model = MultiTask()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
for step in range(8):
    x = torch.randn(6, 5)
    loss = sum((model(x, t) - x[:, :1]).square().mean() for t in ("a", "b"))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
