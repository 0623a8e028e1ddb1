# expect: GA101 unused-output: aux.weight aux.bias
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body, self.main, self.aux = nn.Linear(3, 4), nn.Linear(4, 2), nn.Linear(4, 2)

    def forward(self, x):
        h = self.body(x).relu()
        aux = self.aux(h)  # CUT
        return {"main": self.main(h), "aux": aux}


n = Net()
opt = torch.optim.SGD(n.parameters(), lr=0.1)
for _ in range(3):
    out = n(torch.randn(4, 3))
    loss = nn.functional.cross_entropy(out["main"], torch.tensor([0, 1, 0, 1]))
    opt.zero_grad()
    loss.backward()
    opt.step()
