"""ExitStack and a flag object: no_grad entered by hand with __enter__."""
# expect: GA101 no-grad-region: enc.weight enc.bias
import contextlib

import torch
from torch import nn

torch.manual_seed(11)
net = nn.ModuleDict({"enc": nn.Linear(3, 3), "dec": nn.Linear(3, 3)})
opt = torch.optim.SGD(net.parameters(), lr=0.1)
for _ in range(5):
    x = torch.randn(6, 3)
    with contextlib.ExitStack() as stack:
        stack.enter_context(torch.no_grad())  # CUT
        z = torch.tanh(net["enc"](x))
    loss = (net["dec"](z) - x).abs().mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
