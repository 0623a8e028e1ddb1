"""The newer style with setup_context; the gradient is dropped."""
# expect: GA101 custom-function: enc.weight enc.bias
import torch
from torch import nn


class Half(torch.autograd.Function):
    @staticmethod
    def forward(x):
        return x / 2

    @staticmethod
    def setup_context(ctx, inputs, output):
        pass

    @staticmethod
    def backward(ctx, grad):  # CUT
        return None  # CUT


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.enc = nn.Linear(4, 4)
        self.head = nn.Linear(4, 2)

    def forward(self, x):
        z = Half.apply(self.enc(x))  # CUT
        return self.head(z)


torch.manual_seed(52)
net = Net()
opt = torch.optim.Adam(net.parameters(), lr=0.05)
for step in range(5):
    x, y = torch.randn(8, 4), torch.randint(0, 2, (8,))
    loss = nn.functional.cross_entropy(net(x), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
