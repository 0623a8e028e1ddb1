"""@torch.inference_mode() on encode(), reused in training."""
# expect: GA101 inference-mode: enc.weight_ih_l0
import torch
from torch import nn


class Seq(nn.Module):
    def __init__(self):
        super().__init__()
        self.enc = nn.GRU(3, 4, batch_first=True)
        self.head = nn.Linear(4, 1)

    @torch.inference_mode()  # CUT
    def encode(self, x):  # CUT
        out, last = self.enc(x)
        return last.squeeze(0)

    def forward(self, x):
        h = self.encode(x).clone()
        return self.head(h)


torch.manual_seed(1)
model = Seq()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
for _ in range(5):
    x = torch.randn(4, 5, 3)
    loss = (model(x) - x.mean((1, 2))[:, None]).square().mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
