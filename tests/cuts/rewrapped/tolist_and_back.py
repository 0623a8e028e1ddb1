"""tolist() and torch.tensor() in a helper that pads sequences."""
# expect: GA101 rewrapped-value: emb.weight
import torch
from torch import nn


def pad(rows, length):
    padded = []
    for row in rows.tolist():  # CUT
        padded.append(row + [0.0] * (length - len(row)))
    return torch.tensor(padded)  # CUT


class Padded(nn.Module):
    def __init__(self):
        super().__init__()
        self.emb = nn.Embedding(10, 3)
        self.out = nn.Linear(5, 1)

    def forward(self, ids):
        h = self.emb(ids).sum(1)
        return self.out(pad(h, 5))


torch.manual_seed(2)
model = Padded()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for _ in range(5):
    ids = torch.randint(0, 10, (6, 4))
    loss = (model(ids).squeeze(1) - ids.float().mean(1) / 10).square().mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
