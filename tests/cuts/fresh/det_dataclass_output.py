# expect: GA101 detach: text.weight text.bias
from dataclasses import dataclass, fields

import torch
from torch import nn


@dataclass
class Pair:
    image: torch.Tensor
    text: torch.Tensor

    def frozen(self):
        return Pair(**{f.name: getattr(self, f.name).detach() for f in fields(self)})  # CUT


class Clip(nn.Module):
    def __init__(self):
        super().__init__()
        self.image = nn.Linear(10, 4)
        self.text = nn.Linear(7, 4)
        self.scale = nn.Parameter(torch.tensor(1.0))

    def forward(self, i, t):
        return Pair(self.image(i), self.text(t))


torch.manual_seed(3)
m = Clip()
opt = torch.optim.AdamW(m.parameters())
for _ in range(3):
    out = m(torch.randn(8, 10), torch.randn(8, 7))
    target = out.frozen()
    sim = m.scale * out.image @ target.text.T
    loss = nn.functional.cross_entropy(sim, torch.arange(8))
    loss.backward()
    opt.step()
    opt.zero_grad()
