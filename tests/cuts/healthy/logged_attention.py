"""Attention maps are kept detached for plots, and as numpy in a hook."""
import torch
from torch import nn


class Attend(nn.Module):
    def __init__(self):
        super().__init__()
        self.q, self.k, self.v = (nn.Linear(4, 4) for _ in range(3))
        self.maps = []

    def forward(self, x):
        a = (self.q(x) @ self.k(x).mT / 2).softmax(-1)
        self.maps.append(a.detach().cpu())
        return a @ self.v(x)


torch.manual_seed(23)
attend, head = Attend(), nn.Linear(4, 1)
stats = {}
head.register_forward_hook(lambda m, i, o: stats.update(mean=o.detach().numpy().mean()))
opt = torch.optim.Adam([*attend.parameters(), *head.parameters()], lr=1e-2)
for _ in range(5):
    x = torch.randn(3, 5, 4)
    loss = (head(attend(x)).mean((1, 2)) - x.mean((1, 2))).square().mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
print(len(attend.maps), stats)
