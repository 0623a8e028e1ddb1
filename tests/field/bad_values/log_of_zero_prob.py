# expect: GA202|GA201 nonfinite-op:
import torch
from torch import nn


def entropy(p):
    return -(p * p.log()).sum(-1)  # CUT


class Actor(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Linear(3, 3)

    def forward(self, s, legal):
        logits = self.net(s).masked_fill(~legal, float("-inf"))
        return logits.softmax(-1)


actor = Actor()
opt = torch.optim.Adam(actor.parameters())
legal = torch.tensor([True, True, False])
for _ in range(3):
    p = actor(torch.randn(5, 3), legal)
    loss = -entropy(p).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
