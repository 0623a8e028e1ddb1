"""DPO where the reference is the same model with its adapter switched off, under no_grad, subtracted in the loss."""
import torch
import torch.nn.functional as F
from torch import nn


class Lora(nn.Module):
    def __init__(self):
        super().__init__()
        self.base = nn.Linear(6, 10)
        self.a, self.b = nn.Linear(6, 2, bias=False), nn.Linear(2, 10, bias=False)
        nn.init.normal_(self.b.weight, std=0.1)
        self.on = True
        self.base.requires_grad_(False)

    def forward(self, x):
        out = self.base(x)
        return out + self.b(self.a(x)) if self.on else out


torch.manual_seed(82)
net = Lora()
opt = torch.optim.AdamW([p for p in net.parameters() if p.requires_grad], lr=1e-2)


def logp(x, y):
    return net(x).log_softmax(-1).gather(1, y[:, None]).squeeze(1)


for step in range(12):
    x = torch.randn(8, 6)
    good, bad = torch.randint(0, 10, (2, 8))
    net.on = False
    with torch.no_grad():
        rg, rb = logp(x, good), logp(x, bad)
    net.on = True
    pg, pb = logp(x, good), logp(x, bad)
    reward = 0.5 * (pg - rg).detach()
    loss = -F.logsigmoid(0.5 * ((pg - rg) - (pb - rb))).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(f"{loss.item():.4f} {reward.mean().item():.4f}")
