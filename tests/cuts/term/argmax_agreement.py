"""An agreement penalty counted with argmax."""
# expect: GA103 non-differentiable-op: a.weight b.weight
import torch
import torch.nn.functional as F
from torch import nn


class Pair(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Linear(4, 3)
        self.b = nn.Linear(4, 3)


def disagreement(p, q):
    return (p.argmax(1) != q.argmax(1)).float().mean()  # CUT


torch.manual_seed(2)
pair = Pair()
opt = torch.optim.SGD(pair.parameters(), lr=0.1)
for _ in range(6):
    x, y = torch.randn(12, 4), torch.randint(0, 3, (12,))
    p, q = pair.a(x), pair.b(x)
    loss = F.cross_entropy(p, y) + F.cross_entropy(q, y) + disagreement(p, q)
    opt.zero_grad()
    loss.backward()
    opt.step()
