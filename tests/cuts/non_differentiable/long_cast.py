"""Predicted positions are cast to indices with .long()."""
# expect: GA101 non-differentiable-op: where.weight where.bias
import torch
from torch import nn


class Pointer(nn.Module):
    def __init__(self):
        super().__init__()
        self.where = nn.Linear(3, 1)
        self.value = nn.Linear(3, 1)

    def forward(self, seq):
        pos = torch.sigmoid(self.where(seq.mean(1))) * (seq.shape[1] - 1)
        idx = pos.long().squeeze(1)  # CUT
        picked = seq[torch.arange(len(seq)), idx]
        return self.value(picked)


torch.manual_seed(2)
model = Pointer()
opt = torch.optim.SGD(model.parameters(), lr=0.1)
for _ in range(5):
    seq = torch.randn(5, 7, 3)
    loss = (model(seq) - seq.amax((1, 2))[:, None]).abs().mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
