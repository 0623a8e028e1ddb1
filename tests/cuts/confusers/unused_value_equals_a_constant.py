"""A head's penalty is exactly 0.0 and only logged; the loss holds another 0.0 made by torch.tensor."""
# expect: GA101 unused-output: extra.weight extra.bias
import torch
from torch import nn

torch.manual_seed(1)
net = nn.ModuleDict({"main": nn.Linear(4, 2), "extra": nn.Linear(4, 1)})
opt = torch.optim.SGD(net.parameters(), lr=0.1)
for _ in range(5):
    x, y = torch.randn(8, 4), torch.randint(0, 2, (8,))
    violation = torch.relu(net["extra"](x) - 100).sum()  # CUT
    shown = violation.item()
    loss = nn.functional.cross_entropy(net["main"](x), y) + torch.tensor(0.0)
    opt.zero_grad()
    loss.backward()
    opt.step()
