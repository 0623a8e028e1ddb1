"""@torch.no_grad() left on the forward of a submodule."""
# expect: GA101 no-grad-region: stem.proj.weight stem.scale
import torch
from torch import nn


class Stem(nn.Module):
    def __init__(self):
        super().__init__()
        self.proj = nn.Linear(3, 5)
        self.scale = nn.Parameter(torch.ones(5))

    @torch.no_grad()  # CUT
    def forward(self, x):  # CUT
        return self.proj(x) * self.scale


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = Stem()
        self.tail = nn.Sequential(nn.ReLU(), nn.Linear(5, 1))

    def forward(self, x):
        return self.tail(self.stem(x))


def main():
    torch.manual_seed(2)
    net = Net()
    opt = torch.optim.AdamW(net.parameters(), lr=1e-2)
    for _ in range(6):
        x = torch.randn(9, 3)
        loss = nn.functional.smooth_l1_loss(net(x), x[:, :1])
        opt.zero_grad()
        loss.backward()
        opt.step()


main()
