# expect: GA101 custom-function: enc.0.weight enc.0.bias
import torch
from torch import nn


class Quant(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, levels):
        ctx.levels = levels
        return (x * levels).round() / levels

    @staticmethod
    def backward(ctx, grad):  # CUT
        if ctx.levels < 16:
            return None, None  # CUT
        return grad, None


quantize = Quant.apply


class AE(nn.Module):
    def __init__(self):
        super().__init__()
        self.enc = nn.Sequential(nn.Linear(6, 3), nn.Sigmoid())
        self.dec = nn.Linear(3, 6)

    def forward(self, x):
        return self.dec(quantize(self.enc(x), 8))  # CUT


ae = AE()
opt = torch.optim.Adam(ae.parameters())
for _ in range(5):
    x = torch.rand(4, 6)
    loss = nn.functional.mse_loss(ae(x), x)
    opt.zero_grad()
    loss.backward()
    opt.step()
