"""Losses are kept in a list, stacked and averaged; one of them was detached 'for logging'."""
# expect: GA103 detach: seg.weight
import torch
import torch.nn.functional as F
from torch import nn


class Multi(nn.Module):
    def __init__(self):
        super().__init__()
        self.seg = nn.Linear(4, 2)

    def forward(self, x):
        return self.seg(x)


torch.manual_seed(8)
model = Multi()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for _ in range(5):
    x, y = torch.randn(8, 4), torch.randint(0, 2, (8,))
    logits = model(x)
    losses = {"ce": F.cross_entropy(logits, y)}
    losses["entropy"] = -(logits.softmax(1) * logits.log_softmax(1)).sum(1).mean()
    losses["entropy"] = losses["entropy"].detach()  # CUT
    total = torch.stack(list(losses.values())).sum()
    optimizer.zero_grad()
    total.backward()
    optimizer.step()
