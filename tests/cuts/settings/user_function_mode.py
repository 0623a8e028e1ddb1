"""The user has a TorchFunctionMode of their own around the step."""
# expect: GA101 rewrapped-value: gain
import torch
from torch import nn
from torch.overrides import TorchFunctionMode


class Count(TorchFunctionMode):
    calls = 0

    def __torch_function__(self, func, types, args=(), kwargs=None):
        Count.calls += 1
        return func(*args, **(kwargs or {}))


class Gain(nn.Module):
    def __init__(self):
        super().__init__()
        self.lin = nn.Linear(3, 3)
        self.gain = nn.Parameter(torch.ones(1))

    def forward(self, x):
        return self.lin(x) * self.gain.item()  # CUT


torch.manual_seed(8)
model = Gain()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for _ in range(5):
    x = torch.randn(5, 3)
    with Count():
        loss = (model(x) - 2 * x).square().mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
