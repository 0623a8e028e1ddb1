# expect: GA201 nonfinite-op: emb.weight
import torch
from torch import nn


class Siamese(nn.Module):
    def __init__(self):
        super().__init__()
        self.emb = nn.Embedding(5, 3)
        self.head = nn.Linear(1, 1)

    def forward(self, a, b):
        d = (self.emb(a) - self.emb(b)).norm(dim=-1, p=2).pow(2)
        return d.sqrt()  # CUT


net = Siamese()
opt = torch.optim.Adam([*net.emb.parameters()])
for i in range(4):
    a = torch.tensor([0, 1, 2])
    b = torch.tensor([3, 4, 2 if i >= 2 else 1])
    loss = (1 - net(a, b)).clamp(min=0).sum()
    opt.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(net.parameters(), 1.0)
    opt.step()
