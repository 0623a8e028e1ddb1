"""@torch.no_grad() on a method that is used in training as well."""
# expect: GA101 no-grad-region: backbone.weight backbone.bias
import torch
from torch import nn


class Detector(nn.Module):
    def __init__(self):
        super().__init__()
        self.backbone = nn.Linear(6, 6)
        self.cls = nn.Linear(6, 3)

    @torch.no_grad()  # CUT
    def extract(self, x):  # CUT
        x = self.backbone(x)
        return torch.relu(x)

    def forward(self, x):
        return self.cls(self.extract(x))


torch.manual_seed(1)
model = Detector()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for _ in range(5):
    x, y = torch.randn(8, 6), torch.randint(0, 3, (8,))
    loss = nn.functional.cross_entropy(model(x), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
