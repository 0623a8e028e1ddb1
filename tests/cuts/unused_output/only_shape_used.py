"""The positional branch is only asked for its shape."""
# expect: GA101 unused-output: pos.weight pos.bias
import torch
from torch import nn


class Embedder(nn.Module):
    def __init__(self):
        super().__init__()
        self.tok = nn.Linear(4, 8)
        self.pos = nn.Linear(1, 8)
        self.head = nn.Linear(8, 1)

    def forward(self, x):
        p = self.pos(torch.arange(x.shape[1]).float()[:, None])  # CUT
        h = self.tok(x) + torch.zeros_like(p)  # CUT
        return self.head(h)


torch.manual_seed(0)
model = Embedder()
optimizer = torch.optim.SGD(model.parameters(), lr=0.02)
for _ in range(5):
    x = torch.randn(6, 3, 4)
    loss = (model(x).squeeze(-1) - x.sum(-1)).abs().mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
