"""model.compile(), no_grad inside forward."""
# expect: GA101 no-grad-region: enc.weight enc.bias
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.enc = nn.Linear(4, 6)
        self.head = nn.Linear(6, 2)

    def forward(self, x):
        with torch.no_grad():  # CUT
            h = torch.relu(self.enc(x))
        return self.head(h)


torch.manual_seed(1)
net = Net()
net.compile(backend="aot_eager")
opt = torch.optim.SGD(net.parameters(), lr=0.1)
for _ in range(4):
    x, y = torch.randn(8, 4), torch.randint(0, 2, (8,))
    opt.zero_grad()
    nn.functional.cross_entropy(net(x), y).backward()
    opt.step()
