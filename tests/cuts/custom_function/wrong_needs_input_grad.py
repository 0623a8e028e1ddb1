"""needs_input_grad is asked the wrong way round."""
# expect: GA101 custom-function: enc.weight enc.bias
import torch
from torch import nn


class Scale(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, s):
        ctx.s = s
        return x * s

    @staticmethod
    def backward(ctx, grad):  # CUT
        grad_x = None
        if not ctx.needs_input_grad[0]:
            grad_x = grad * ctx.s
        return grad_x, None  # CUT


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.enc = nn.Linear(4, 4)
        self.head = nn.Linear(4, 2)

    def forward(self, x):
        z = Scale.apply(self.enc(x), 3.0)  # CUT
        return self.head(z)


torch.manual_seed(53)
net = Net()
opt = torch.optim.AdamW(net.parameters(), lr=0.05)
for step in range(5):
    x, y = torch.randn(8, 4), torch.randint(0, 2, (8,))
    loss = nn.functional.cross_entropy(net(x), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
