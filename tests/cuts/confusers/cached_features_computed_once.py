"""Features are computed once before the loop, under no_grad, and used in every step."""
# expect: GA101 unused-output|no-grad-region|unused-module|unknown: enc.weight
import torch
from torch import nn

torch.manual_seed(9)
net = nn.ModuleDict({"enc": nn.Linear(4, 3), "head": nn.Linear(3, 2)})
opt = torch.optim.SGD(net.parameters(), lr=0.1)
x, y = torch.randn(16, 4), torch.randint(0, 2, (16,))
with torch.no_grad():  # CUT
    cache = net["enc"](x)  # CUT
for _ in range(5):
    loss = nn.functional.cross_entropy(net["head"](cache), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
