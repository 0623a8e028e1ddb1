"""torch.tensor([a, b]) of 0-dim tensors in the loss: should be torch.stack."""
# expect: GA101 rewrapped-value: margin.weight margin.bias
import torch
from torch import nn


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.encode = nn.Linear(5, 4)
        self.margin = nn.Linear(4, 1)

    def forward(self, x):
        z = self.encode(x)
        return z, self.margin(z.detach() * 0 + 1)


def hinge(z, margins, y):
    m = torch.tensor([row.sum() for row in margins])  # CUT
    sign = 2.0 * y - 1
    return torch.relu(1 + m - sign * z.sum(1)).mean()


torch.manual_seed(8)
model = Model()
optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
for _ in range(5):
    x, y = torch.randn(10, 5), torch.randint(0, 2, (10,))
    z, margins = model(x)
    loss = hinge(z, margins, y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
