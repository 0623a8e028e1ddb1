"""with torch.no_grad(): layer.weight.copy_(generated)."""
# expect: GA101 no-grad-region: gen.weight gen.bias
import torch
from torch import nn


class Dynamic(nn.Module):
    def __init__(self):
        super().__init__()
        self.gen = nn.Linear(3, 8)
        self.layer = nn.Linear(4, 2)

    def forward(self, style, x):
        with torch.no_grad():  # CUT
            self.layer.weight.copy_(self.gen(style).view(2, 4))
        return self.layer(x)


torch.manual_seed(5)
model = Dynamic()
optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
for _ in range(5):
    style, x = torch.randn(3), torch.randn(6, 4)
    loss = (model(style, x) - x[:, :2] * style[0]).square().mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
