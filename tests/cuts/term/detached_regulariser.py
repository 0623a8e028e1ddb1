"""A penalty on the weights is detached: it is in the loss and trains nothing."""
# expect: GA103 detach: lin.weight
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.lin = nn.Linear(4, 2)


torch.manual_seed(0)
net = Net()
opt = torch.optim.SGD(net.parameters(), lr=0.1)
for _ in range(5):
    x, y = torch.randn(8, 4), torch.randint(0, 2, (8,))
    loss = nn.functional.cross_entropy(net.lin(x), y)
    penalty = net.lin.weight.detach().pow(2).sum()  # CUT
    loss = loss + 0.01 * penalty
    opt.zero_grad()
    loss.backward()
    opt.step()
