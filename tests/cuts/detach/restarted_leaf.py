"""detach().requires_grad_() to get the gradient of the code, which is never handed on."""
# expect: GA101 detach: enc.weight enc.bias
# allow: GA105
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.enc = nn.Linear(4, 4)
        self.head = nn.Linear(4, 2)

    def forward(self, x):
        z = torch.relu(self.enc(x))
        z = z.detach().requires_grad_(True)  # CUT
        return self.head(z)


torch.manual_seed(3)
net = Net()
opt = torch.optim.SGD(net.parameters(), lr=0.05)
for step in range(5):
    x, y = torch.randn(8, 4), torch.randint(0, 2, (8,))
    loss = nn.functional.cross_entropy(net(x), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
