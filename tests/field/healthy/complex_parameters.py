"""A complex-valued layer (weights cfloat) trained on rotations with Adam."""
import torch
from torch import nn

torch.manual_seed(94)


class ComplexNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.w = nn.Parameter(torch.randn(3, 3, dtype=torch.cfloat) * 0.3)
        self.out = nn.Linear(3, 3, dtype=torch.cfloat)

    def forward(self, z):
        z = z @ self.w
        return self.out(z * torch.sigmoid(z.abs()))


net = ComplexNet()
opt = torch.optim.Adam(net.parameters(), lr=2e-2)
for step in range(25):
    z = torch.randn(16, 3, dtype=torch.cfloat)
    loss = (net(z) - 1j * z).abs().pow(2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
print(loss.item())
