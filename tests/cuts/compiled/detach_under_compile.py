"""The model is compiled (backend eager); the cut inside is still found."""
# expect: GA101 detach: enc.weight enc.bias
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.enc = nn.Linear(4, 6)
        self.head = nn.Linear(6, 2)

    def forward(self, x):
        h = torch.relu(self.enc(x)).detach()  # CUT
        return self.head(h)


torch.manual_seed(0)
net = Net()
fast = torch.compile(net, backend="eager")
opt = torch.optim.SGD(net.parameters(), lr=0.1)
for _ in range(5):
    x, y = torch.randn(8, 4), torch.randint(0, 2, (8,))
    opt.zero_grad()
    nn.functional.cross_entropy(fast(x), y).backward()
    opt.step()
