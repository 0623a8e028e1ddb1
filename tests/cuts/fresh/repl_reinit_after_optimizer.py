# expect: GA402|GA101|GA401 replaced-parameter: fc.weight
# allow: GA401 GA402 GA101
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Linear(4, 4)
        self.fc = nn.Linear(4, 10)

    def forward(self, x):
        return self.fc(self.body(x).relu())


net = Net()
opt = torch.optim.SGD(net.parameters(), lr=0.1)
net.fc.weight = nn.Parameter(torch.randn(2, 4) * 0.1)  # CUT
net.fc.bias = nn.Parameter(torch.zeros(2))  # CUT
for _ in range(4):
    loss = nn.functional.cross_entropy(net(torch.randn(3, 4)), torch.tensor([0, 1, 1]))
    opt.zero_grad()
    loss.backward()
    opt.step()
