"""Two cuts at once: each module gets its own cause."""
# expect: GA101 detach #a: left.weight left.bias
# expect: GA101 no-grad-region #b: right.weight right.bias
import torch
from torch import nn


class Fusion(nn.Module):
    def __init__(self):
        super().__init__()
        self.left, self.right = nn.Linear(3, 4), nn.Linear(3, 4)
        self.out = nn.Linear(8, 1)

    def forward(self, x, y):
        a = self.left(x).detach()  # CUT a
        with torch.no_grad():  # CUT b
            b = self.right(y)
        return self.out(torch.cat([a, b], 1))


torch.manual_seed(5)
model = Fusion()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for _ in range(5):
    x, y = torch.randn(6, 3), torch.randn(6, 3)
    loss = (model(x, y) - (x * y).sum(1, keepdim=True)).abs().mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
