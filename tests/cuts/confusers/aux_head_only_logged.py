"""An auxiliary head is computed and only its accuracy is logged: unused, nobody cut it."""
# expect: GA101 unused-output: aux.weight aux.bias
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
net = nn.ModuleDict({"body": nn.Linear(4, 6), "main": nn.Linear(6, 3), "aux": nn.Linear(6, 3)})
opt = torch.optim.SGD(net.parameters(), lr=0.1)
log = []
for _ in range(5):
    x, y = torch.randn(8, 4), torch.randint(0, 3, (8,))
    h = torch.relu(net["body"](x))
    aux = net["aux"](h)  # CUT
    log.append((aux.argmax(1) == y).float().mean().item())
    loss = F.cross_entropy(net["main"](h), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
