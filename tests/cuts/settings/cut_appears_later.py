"""The cut begins after a warm-up phase of the loop in which the body is not called at all."""
# expect: GA101 detach: body.weight body.bias
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Linear(4, 4)
        self.head = nn.Linear(4, 2)
        self.aux = nn.Linear(4, 2)

    def forward(self, x, phase):
        if phase == 0:
            return self.aux(x)
        h = torch.relu(self.body(x))
        return self.head(h.detach())  # CUT


torch.manual_seed(7)
net = Net()
opt = torch.optim.SGD(net.parameters(), lr=0.1)
for step in range(30):
    x, y = torch.randn(8, 4), torch.randint(0, 2, (8,))
    loss = nn.functional.cross_entropy(net(x, int(step >= 3)), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
