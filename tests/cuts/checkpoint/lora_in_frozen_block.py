"""Adapters inside a checkpointed frozen block; the head alone learns."""
# expect: GA101 reentrant-checkpoint: block.down.weight block.up.weight
import torch
from torch import nn
from torch.utils.checkpoint import checkpoint


class Adapted(nn.Module):
    def __init__(self, d=6, r=2):
        super().__init__()
        self.base = nn.Linear(d, d).requires_grad_(False)
        self.down = nn.Linear(d, r, bias=False)
        self.up = nn.Linear(r, d, bias=False)

    def forward(self, x):
        return self.base(x) + self.up(self.down(x))


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.block = Adapted()
        self.head = nn.Linear(6, 3)
        self.gradient_checkpointing = True

    def forward(self, x):
        if self.gradient_checkpointing and self.training:
            x = checkpoint(self.block.__call__, x, use_reentrant=True)  # CUT
        else:
            x = self.block(x)
        return self.head(x)


torch.manual_seed(3)
model = Model()
trainable = [p for p in model.parameters() if p.requires_grad]
optimizer = torch.optim.AdamW(trainable, lr=1e-2)
for _ in range(5):
    x, y = torch.randn(10, 6), torch.randint(0, 3, (10,))
    loss = nn.functional.cross_entropy(model(x), y)
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()
