"""The forward of a submodule is decorated."""
# expect: GA101 inference-mode: enc.weight enc.bias
import torch
from torch import nn


class Sub(nn.Module):
    @torch.inference_mode()  # CUT
    def forward(self, layer, x):  # CUT
        return torch.relu(layer(x))


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.enc = nn.Linear(4, 4)
        self.head = nn.Linear(4, 2)
        self.sub = Sub()

    def forward(self, x):
        z = self.sub(self.enc, x).clone()
        return self.head(z)


torch.manual_seed(22)
net = Net()
opt = torch.optim.Adam(net.parameters(), lr=0.05)
for step in range(5):
    x, y = torch.randn(8, 4), torch.randint(0, 2, (8,))
    loss = nn.functional.cross_entropy(net(x), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
