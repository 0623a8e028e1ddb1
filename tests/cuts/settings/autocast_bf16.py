"""bf16 autocast; the comparison cuts."""
# expect: GA101 non-differentiable-op: mask.weight mask.bias
import torch
from torch import nn


class Masked(nn.Module):
    def __init__(self):
        super().__init__()
        self.mask = nn.Linear(4, 4)
        self.out = nn.Linear(4, 2)

    def forward(self, x):
        m = self.mask(x) >= 0  # CUT
        return self.out(x * m)


torch.manual_seed(1)
model = Masked()
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
for _ in range(5):
    x, y = torch.randn(8, 4), torch.randint(0, 2, (8,))
    with torch.autocast("cpu", dtype=torch.bfloat16):
        loss = nn.functional.cross_entropy(model(x), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
