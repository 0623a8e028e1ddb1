# expect: GA101|GA203 non-differentiable-op: size.weight size.bias
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.size, self.fc = nn.Linear(2, 3), nn.Linear(3, 1)

    def forward(self, x):
        n = torch.sign(self.size(x))  # CUT
        return self.fc(n)


net = Net()
opt = torch.optim.SGD(net.parameters(), lr=0.1)
for _ in range(12):
    loss = net(torch.randn(5, 2)).square().mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
