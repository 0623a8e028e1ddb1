"""Run as -m; the cut is in the module that is run."""
# expect: GA101 no-grad-region: enc.weight enc.bias
# module: tests.cuts.as_module.run_cut_here
import torch
from torch import nn

from tests.cuts.as_module.lib_model import Net


def main():
    torch.manual_seed(0)
    net = Net(cut=False)
    opt = torch.optim.SGD(net.parameters(), lr=0.1)
    for _ in range(5):
        x, y = torch.randn(8, 4), torch.randint(0, 2, (8,))
        with torch.no_grad():  # CUT
            h = net.enc(x)
        loss = nn.functional.cross_entropy(net.head(h), y)
        opt.zero_grad()
        loss.backward()
        opt.step()


if __name__ == "__main__":
    main()
