"""A learned temperature is read with .item() in forward."""
# expect: GA101 rewrapped-value: temperature
import torch
from torch import nn


class Temperature(nn.Module):
    def __init__(self):
        super().__init__()
        self.lin = nn.Linear(4, 3)
        self.temperature = nn.Parameter(torch.tensor(1.5))

    def forward(self, x):
        return self.lin(x) / self.temperature.item()  # CUT


torch.manual_seed(0)
model = Temperature()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for _ in range(5):
    x, y = torch.randn(8, 4), torch.randint(0, 3, (8,))
    optimizer.zero_grad()
    nn.functional.cross_entropy(model(x), y).backward()
    optimizer.step()
