"""Only some blocks of a loop run under no_grad; those before them starve too."""
# expect: GA101 no-grad-region: blocks.0.weight blocks.1.weight
import torch
from torch import nn


class Deep(nn.Module):
    def __init__(self):
        super().__init__()
        self.blocks = nn.ModuleList(nn.Linear(5, 5) for _ in range(4))

    def forward(self, x):
        for i, block in enumerate(self.blocks):
            if i < 2:
                with torch.no_grad():  # CUT
                    x = torch.relu(block(x))
            else:
                x = torch.relu(block(x)) + x
        return x


torch.manual_seed(6)
model = Deep()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for _ in range(5):
    x = torch.randn(6, 5)
    loss = (model(x) - x.flip(1)).square().mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
