# expect: GA101 detach: fast.weight fast.bias
import torch
from torch import nn
from torch.func import functional_call

nets = nn.ModuleDict({"fast": nn.Linear(2, 2), "slow": nn.Linear(2, 1)})
opt = torch.optim.Adam(nets.parameters())
for _ in range(3):
    h = functional_call(nets["fast"], nets["fast"].state_dict(), (torch.randn(4, 2),))  # CUT
    loss = nets["slow"](h.relu()).square().mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
