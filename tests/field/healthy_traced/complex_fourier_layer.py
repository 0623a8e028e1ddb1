"""A Fourier layer with complex weights, magnitude and phase losses, view_as_real."""
import torch
from torch import nn

torch.manual_seed(28)


class Spectral(nn.Module):
    def __init__(self):
        super().__init__()
        self.w = nn.Parameter(torch.randn(3, 3, 9, dtype=torch.cfloat) * 0.2)
        self.skip = nn.Conv1d(3, 3, 1)

    def forward(self, x):
        f = torch.fft.rfft(x)
        f = torch.einsum("bif,iof->bof", f, self.w)
        return torch.fft.irfft(f, n=x.shape[-1]) + self.skip(x)


net = nn.Sequential(Spectral(), nn.GELU(), Spectral())
opt = torch.optim.Adam(net.parameters(), lr=1e-2)
for step in range(10):
    x = torch.randn(8, 3, 16)
    y = torch.roll(x, 1, -1)
    out = net(x)
    spec = torch.fft.rfft(out)
    mag = (spec.abs() - torch.fft.rfft(y).abs()).pow(2).mean()
    diff = torch.view_as_real(spec - torch.fft.rfft(y)).pow(2).sum(-1).mean()
    loss = (out - y).pow(2).mean() + 0.01 * mag + 0.01 * diff
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(f"{loss.item():.4f}")
