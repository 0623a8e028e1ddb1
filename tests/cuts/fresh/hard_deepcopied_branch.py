# expect: GA101|GA103 rewrapped-value|detach: scale
import torch
from torch import nn


class Scale(nn.Module):
    def __init__(self):
        super().__init__()
        self.scale = nn.Parameter(torch.ones(3))
        self.fc = nn.Linear(3, 1)

    def forward(self, x):
        factors = [s.item() for s in self.scale]  # CUT
        return self.fc(torch.stack([f * c for f, c in zip(factors, x.unbind(1), strict=True)], 1))


s = Scale()
opt = torch.optim.Adam(s.parameters())
for _ in range(3):
    loss = s(torch.randn(4, 3)).square().mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
