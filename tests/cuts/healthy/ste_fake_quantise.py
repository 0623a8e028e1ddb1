"""Quantisation aware training with torch's own fake quantise op and with a round STE in a parametrisation."""
import torch
from torch import nn
from torch.nn.utils import parametrize


class Rounded(nn.Module):
    def forward(self, w):
        scale = w.detach().abs().max() / 7
        q = (w / scale).round().clamp(-8, 7) * scale
        return w + (q - w).detach()


torch.manual_seed(6)
lin = nn.Linear(5, 5)
parametrize.register_parametrization(lin, "weight", Rounded())
net = nn.Sequential(lin, nn.ReLU(), nn.Linear(5, 2))
opt = torch.optim.SGD(net.parameters(), lr=0.1)
for _ in range(6):
    x, y = torch.randn(8, 5), torch.randint(0, 2, (8,))
    h = torch.fake_quantize_per_tensor_affine(net[0](x), 0.05, 0, -128, 127)
    loss = nn.functional.cross_entropy(net[2](net[1](h)), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
