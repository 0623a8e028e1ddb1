"""Reference outputs."""

# expect: GA703 reused-graph
# exit: 1
import torch
from torch import nn

m = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 1))
o = torch.optim.SGD(m.parameters(), lr=0.1)
x = torch.randn(4, 3)


def distill(student, ref):
    for _ in range(3):
        loss = (student(x) - ref).square().mean()
        o.zero_grad()
        loss.backward()
        o.step()


ref = m(x).exp()  # HERE
distill(m, ref)
