"""A consistency term rebuilt with torch.tensor."""
# expect: GA103 rewrapped-value: net.weight
import torch
from torch import nn


class Wrap(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Linear(3, 3)

    def forward(self, x):
        return self.net(x)


def consistency(a, b):
    diff = [(u - v).abs().mean().item() for u, v in zip(a, b)]  # CUT
    return torch.tensor(diff).mean()  # CUT


torch.manual_seed(3)
model = Wrap()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for _ in range(5):
    x = torch.randn(6, 3)
    out, noisy = model(x), model(x + 0.1 * torch.randn_like(x))
    loss = (out - x.flip(1)).square().mean() + consistency(out, noisy)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
