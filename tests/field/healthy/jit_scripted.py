"""A scripted model and a traced one, trained with one optimizer each."""
import warnings

import torch
from torch import nn

warnings.simplefilter("ignore")
torch.manual_seed(45)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Linear(4, 8), nn.Linear(8, 1)

    def forward(self, x):
        h = self.a(x)
        if h.sum() > 0:
            h = h.tanh()
        return self.b(h)


scripted = torch.jit.script(Net())
traced = torch.jit.trace(nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 1)), torch.randn(2, 4))
for model in (scripted, traced):
    opt = torch.optim.SGD(model.parameters(), lr=0.05)
    for _ in range(12):
        x = torch.randn(8, 4)
        loss = (model(x) - x[:, :1]).pow(2).mean()
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(loss.item())
