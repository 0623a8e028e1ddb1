"""Binary weights: sign of the weight, with the gradient passed straight through by a Function that masks it."""
import torch
from torch import nn


class Sign(torch.autograd.Function):
    @staticmethod
    def forward(ctx, w):
        ctx.save_for_backward(w)
        return torch.sign(w)

    @staticmethod
    def backward(ctx, g):
        (w,) = ctx.saved_tensors
        return g * (w.abs() <= 1).to(g.dtype)


class BinaryLinear(nn.Linear):
    def forward(self, x):
        alpha = self.weight.detach().abs().mean(1, keepdim=True)
        return nn.functional.linear(x, Sign.apply(self.weight) * alpha, self.bias)


torch.manual_seed(6)
net = nn.Sequential(BinaryLinear(6, 12), nn.BatchNorm1d(12), nn.Hardtanh(), BinaryLinear(12, 3))
opt = torch.optim.Adam(net.parameters(), lr=1e-2)
x, y = torch.randn(32, 6), torch.randint(0, 3, (32,))
for step in range(15):
    opt.zero_grad()
    loss = nn.functional.cross_entropy(net(x), y)
    loss.backward()
    opt.step()
    for m in net:
        if isinstance(m, BinaryLinear):
            m.weight.data.clamp_(-1, 1)
    print(f"{loss.item():.4f}")
