# expect: GA101 non-differentiable-op: gen.weight gen.bias
import torch
from torch import nn


class TextGan(nn.Module):
    def __init__(self):
        super().__init__()
        self.gen = nn.Linear(6, 11)
        self.emb = nn.Embedding(11, 4)
        self.score = nn.Linear(4, 1)

    def forward(self, z):
        token = self.gen(z).argmax(dim=-1)  # CUT
        return self.score(self.emb(token))


g = TextGan()
opt = torch.optim.Adam(g.parameters())
for _ in range(3):
    (-g(torch.randn(5, 6)).mean()).backward()
    opt.step()
    opt.zero_grad()
