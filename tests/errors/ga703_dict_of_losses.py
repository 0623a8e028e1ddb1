"""Dict of losses."""

# expect: GA703 reused-graph
# exit: 1
import torch
from torch import nn

net = nn.Sequential(nn.Linear(3, 4), nn.Tanh())
h1, h2 = nn.Linear(4, 1), nn.Linear(4, 1)
o = torch.optim.SGD([*net.parameters(), *h1.parameters(), *h2.parameters()], lr=0.1)


class Step:
    def losses(self, x):
        f = net(x)  # HERE
        return {"a": h1(f).square().mean(), "b": h2(f).abs().mean()}

    def run(self):
        o.zero_grad()
        for _k, v in self.losses(torch.randn(3, 3)).items():
            v.backward()
        o.step()


Step().run()
