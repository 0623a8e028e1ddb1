"""Softplus layers."""

# expect: GA701 inplace-edit
# exit: 1
import torch
import torch.nn.functional as F
from torch import nn


class Enc(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(4, 4) for _ in range(3)])

    def forward(self, x):
        outs = []
        for layer in self.layers:
            x = F.softplus(layer(x)).sqrt()
            outs.append(x)
        outs[0] -= outs[-1]  # HERE
        return sum(outs)


def main():
    torch.manual_seed(0)
    m = Enc()
    o = torch.optim.Adam(m.parameters())
    for _i in range(3):
        o.zero_grad()
        F.mse_loss(m(torch.randn(3, 4)), torch.zeros(3, 4)).backward()
        o.step()


main()
