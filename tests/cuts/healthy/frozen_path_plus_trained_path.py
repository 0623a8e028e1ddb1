"""A weight used twice, once detached (LoRA-like residual); its gradient comes through the other use."""
import torch
from torch import nn


class Twice(nn.Module):
    def __init__(self):
        super().__init__()
        self.w = nn.Parameter(torch.randn(4, 4) * 0.1)
        self.delta = nn.Parameter(torch.zeros(4, 4))

    def forward(self, x):
        return torch.tanh(x @ (self.w.detach() + self.delta)) @ self.w


torch.manual_seed(9)
net = Twice()
opt = torch.optim.SGD(net.parameters(), lr=0.1)
for _ in range(5):
    x = torch.randn(8, 4)
    loss = (net(x) - x).square().mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
