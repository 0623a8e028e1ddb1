"""h.data handed on, as in code from the days of Variable."""
# expect: GA101 data-attribute: conv.weight conv.bias
import torch
import torch.nn as nn
import torch.nn.functional as F


class OldNet(nn.Module):
    def __init__(self):
        super(OldNet, self).__init__()
        self.conv = nn.Conv2d(1, 3, 3)
        self.fc = nn.Linear(3 * 4, 2)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv(x)), 2)
        x = x.data.view(x.size(0), -1)  # CUT
        return self.fc(x)


torch.manual_seed(0)
net = OldNet()
opt = torch.optim.SGD(net.parameters(), lr=0.01, momentum=0.9)
for i in range(5):
    x, y = torch.randn(4, 1, 6, 6), torch.randint(0, 2, (4,))
    opt.zero_grad()
    loss = F.cross_entropy(net(x), y)
    loss.backward()
    opt.step()
