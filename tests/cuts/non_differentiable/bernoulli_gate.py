"""torch.bernoulli of a learned probability: zeros come back, nothing to learn from (hard gate sampled with rand <)."""
# expect: GA101 non-differentiable-op: p.weight p.bias
import torch
from torch import nn


class HardDrop(nn.Module):
    def __init__(self):
        super().__init__()
        self.p = nn.Linear(4, 4)
        self.out = nn.Linear(4, 1)

    def forward(self, x):
        keep_probability = torch.sigmoid(self.p(x))
        keep = torch.rand_like(keep_probability) < keep_probability  # CUT
        return self.out(x * keep)


torch.manual_seed(12)
model = HardDrop()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
for _ in range(5):
    x = torch.randn(10, 4)
    loss = (model(x).squeeze(1) - x.sum(1)).square().mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
