"""A memory bank of detached embeddings is the second operand of a sum of losses."""
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(4)
net = nn.Linear(5, 3)
bank = F.normalize(torch.randn(20, 3), dim=1)
opt = torch.optim.SGD(net.parameters(), lr=0.1)
for _ in range(6):
    index = torch.randint(0, 20, (6,))
    z = F.normalize(net(torch.randn(6, 5)), dim=1)
    loss = F.cross_entropy(z @ bank.T / 0.5, index) + (z - bank[index]).square().mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    with torch.no_grad():
        bank[index] = F.normalize(0.5 * bank[index] + 0.5 * z, dim=1)
