"""Run as -m with a relative import; the cut is in the package's model file."""
# expect: GA101 detach @lib_model.py: enc.weight enc.bias
# module: tests.cuts.as_module.run_cut
import torch
from torch import nn

from .lib_model import Net

torch.manual_seed(0)
net = Net(cut=True)
opt = torch.optim.SGD(net.parameters(), lr=0.1)
for _ in range(5):
    x, y = torch.randn(8, 4), torch.randint(0, 2, (8,))
    opt.zero_grad()
    nn.functional.cross_entropy(net(x), y).backward()
    opt.step()
