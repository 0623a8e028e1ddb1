# expect: GA101|GA302|GA303 cleared: fc1.weight fc1.bias
# allow: GA302 GA303 GA101 GA304
import torch
from torch import nn


class N(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1, self.fc2 = nn.Linear(3, 3), nn.Linear(3, 1)

    def forward(self, x):
        return self.fc2(self.fc1(x).relu())


n = N()
opt = torch.optim.SGD(n.parameters(), lr=0.1)
for _ in range(6):
    loss = n(torch.randn(5, 3)).square().mean()
    loss.backward()
    opt.zero_grad()  # CUT
    opt.step()
