"""loss.detach().requires_grad_() after a NaN check helper."""
# expect: GA104 detach: 0.weight 2.weight
import torch
from torch import nn


def safe(loss):
    if torch.isnan(loss):
        return torch.zeros((), requires_grad=True)
    return loss.detach().requires_grad_()  # CUT


torch.manual_seed(12)
model = nn.Sequential(nn.Linear(4, 5), nn.ReLU(), nn.Linear(5, 2))
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
for _ in range(5):
    x, y = torch.randn(8, 4), torch.randint(0, 2, (8,))
    loss = safe(nn.functional.cross_entropy(model(x), y))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
