"""A learned gate is thresholded: (gate > 0.5).float()."""
# expect: GA101 non-differentiable-op: gate.weight gate.bias
import torch
from torch import nn


class Gated(nn.Module):
    def __init__(self):
        super().__init__()
        self.gate = nn.Linear(6, 6)
        self.lin = nn.Linear(6, 2)

    def forward(self, x):
        p = torch.sigmoid(self.gate(x))
        mask = (p > 0.5).float()  # CUT
        return self.lin(x * mask)


torch.manual_seed(1)
model = Gated()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
for _ in range(5):
    x, y = torch.randn(12, 6), torch.randint(0, 2, (12,))
    loss = nn.functional.cross_entropy(model(x), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
